package minlambda

import (
	"context"
	"time"

	"github.com/minlambda/minlambda/parse"
	"github.com/minlambda/minlambda/wire"
)

const defaultContentType = "application/json"

// An Invocation is one event, what Lambda says about it, and the response
// being written. It belongs to the loop: neither it nor any slice that it has
// handed out may be used after the handler has returned. What Lambda says is
// looked up when it is asked for, and costs nothing otherwise.
type Invocation struct {
	conn        *wire.Conn
	parent      context.Context
	ctx         context.Context
	cancel      context.CancelFunc
	out         []byte
	contentType string
}

func (inv *Invocation) begin(parent context.Context, conn *wire.Conn) {
	*inv = Invocation{conn: conn, parent: parent, out: conn.Dst(), contentType: defaultContentType}
}

func (inv *Invocation) end() {
	if inv.cancel != nil {
		inv.cancel()
	}
}

// Event is the event's payload.
func (inv *Invocation) Event() []byte { return inv.conn.Event() }

// RequestID is the invocation's request ID, which is the same in every retry
// of an asynchronous invocation.
func (inv *Invocation) RequestID() []byte { return inv.conn.RequestID() }

// Header is the value of the named header of the event, such as
// Lambda-Runtime-Trace-Id, without the white space around it; nil if it is not
// there, not nil if it is empty. The case of the name does not matter. The
// headers that Lambda sends are listed on AWS's page "Using the Lambda runtime
// API for custom runtimes".
func (inv *Invocation) Header(name string) []byte {
	value, ok := parse.Field(inv.conn.Head(), name)
	if ok && value == nil {
		value = []byte{}
	}
	return value
}

// Deadline is when the function times out, to the millisecond; ok is false
// where the server does not say so in a number.
func (inv *Invocation) Deadline() (deadline time.Time, ok bool) {
	value := inv.Header("Lambda-Runtime-Deadline-Ms")
	if len(value) == 0 || len(value) > 15 {
		return time.Time{}, false // 15 digits are 31,000 years
	}
	ms := int64(0)
	for _, c := range value {
		if c < '0' || c > '9' {
			return time.Time{}, false
		}
		ms = ms*10 + int64(c-'0')
	}
	return time.UnixMilli(ms), true
}

// Context is a context that ends with the invocation: when the deadline comes,
// when the handler returns, or when the context given to Loop.Run ends. A
// deadline that has passed when Context is first called is left out, since a
// server for development may send a constant. The context itself may be kept.
func (inv *Invocation) Context() context.Context {
	if inv.ctx == nil {
		if inv.parent == nil {
			inv.parent = context.Background()
		}
		if deadline, ok := inv.Deadline(); ok && deadline.After(time.Now()) {
			inv.ctx, inv.cancel = context.WithDeadline(inv.parent, deadline)
		} else {
			inv.ctx, inv.cancel = context.WithCancel(inv.parent)
		}
	}
	return inv.ctx
}

// Write appends p to the response. It takes all of p and never fails.
func (inv *Invocation) Write(p []byte) (int, error) {
	inv.out = append(inv.out, p...)
	return len(p), nil
}

// WriteString is Write for a string.
func (inv *Invocation) WriteString(s string) (int, error) {
	inv.out = append(inv.out, s...)
	return len(s), nil
}

// Dst is the response so far, to be appended to by functions such as
// strconv.AppendInt; what they return is set with SetResponse.
func (inv *Invocation) Dst() []byte { return inv.out }

// SetResponse makes body the whole response, in place of what was written. It
// may be what was appended to Dst, or any slice that stays unchanged until the
// handler is called again, the event among them.
func (inv *Invocation) SetResponse(body []byte) { inv.out = body }

// SetContentType sets the response's content type in place of
// application/json. One with a byte other than visible ASCII, space and tab
// makes the invocation fail.
func (inv *Invocation) SetContentType(contentType string) { inv.contentType = contentType }

func validContentType(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' && c != '\t' || c > '~' {
			return false
		}
	}
	return true
}
