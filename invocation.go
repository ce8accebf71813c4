package minlambda

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"github.com/minlambda/minlambda/internal/ascii"
	"github.com/minlambda/minlambda/internal/verbatim"
	"github.com/minlambda/minlambda/parse"
	"github.com/minlambda/minlambda/wire"
)

const (
	defaultContentType = "application/json"

	// maxContentType is the most bytes that a content type may have. It ends up in the head of a
	// request, of which a server reads a limited number of bytes, and strangers' data may be in it.
	maxContentType = 1 << 10

	// ring is how many Invocations a loop hands out in turn: a kept one is dead for the 1,023
	// invocations after its own. One takes 8 bytes; a loop that has no Invoke takes none.
	ring = 1024
)

// ErrResponseTooLarge is what Write, WriteString and ReadFrom return when the response would be
// longer than [MaxResponse]. The invocation is reported as Function.ResponseSizeTooLarge, whether
// the handler returns this error or not, unless SetResponse replaces the response, or the handler
// returns an error of its own.
var ErrResponseTooLarge error = &apiError{typeTooLarge,
	"minlambda: response is longer than 6291556 bytes"}

// errInUse is the error of an invocation whose handler did not wait for a goroutine of its own.
var errInUse error = &apiError{"Function.InvocationInUse",
	"minlambda: handler returned while Invocation.ReadFrom was running"}

// errSending is the same of one that was sending a part of a stream.
var errSending error = &apiError{"Function.InvocationInUse",
	"minlambda: handler returned while a goroutine of its own was sending the stream"}

// An Invocation is one event, what Lambda says about it, and the response being written. What
// Lambda says is looked up when it is asked for, and costs nothing otherwise.
//
// It belongs to the loop, and is dead once its handler has returned: every method then panics.
// Slices that it has handed out may not be used then either; the context may. A kept Invocation
// stays dead for 1,023 invocations of its loop, and then becomes one of theirs; with Loop.Poison
// set it stays dead. Its methods are for one goroutine at a time, and a handler waits for the
// goroutines that call them: the race detector finds one that does not.
type Invocation struct {
	call *call // says who is alive, so that nothing here changes, and a copy is dead
}

// A call is what the Invocations of a loop share: the invocation that is being handled.
type call struct {
	owner       atomic.Pointer[Invocation] // the one that is alive; nil between invocations
	reads       atomic.Int32               // calls of Read into the write buffer, under way
	conn        *wire.Conn
	parent      context.Context
	ctx         *invocationContext // the newest of its contexts
	out         []byte             // the response; spare capacity is the write buffer's, or none
	asked       int64              // bytes that the response should have had, once that is too many
	contentType string
	named       bool // contentType is the handler's

	stream  streamer // what the response is, or is to become; nil if it is sent as a whole
	flushed bool     // it is a stream, and out is what has not been sent of it
	prelude []byte   // of the stream, if not empty
	lost    error    // what Write and Flush return, since the stream was lost
	fault   error    // what the invocation comes to, if the handler returns no other error
	sends   *atomic.Uint32
	sending sync.Mutex // held by the methods that send parts of a stream
}

// invocations are those of a loop with Invoke. The loop knows them as a func value, which is their
// method handle: a program that only calls Run has none, and does not link what they need.
type invocations struct {
	call *call
	ring *[ring]Invocation
	turn int // in ring
}

// handle gives the event that has come to h, and says what it has come to.
func (i *invocations) handle(
	ctx context.Context, conn *wire.Conn, sends *atomic.Uint32, h func(*Invocation) error,
) (out []byte, contentType string, err error) {
	c, inv := i.next(conn.Poison)
	c.conn, c.parent, c.sends = conn, ctx, sends
	c.out, c.asked, c.contentType, c.named = conn.Dst(), 0, defaultContentType, false
	c.owner.Store(inv)
	ended := false
	defer func() { // also if the handler panics
		if c.end() {
			i.call = nil
			conn.LeaveDst()
			if err == nil {
				err = errInUse
			}
		}
		if c.stream != nil && c.stream.await() && ended && err == nil {
			err = errSending
		}
		err = c.fit(err)
		if c.stream != nil {
			err = c.stream.end(ended, err)
		}
		if own := verbatim.Of(err); own != nil {
			err = &ownReport{err, own}
		}
		out, contentType = c.out, c.contentType
		c.forget()
	}()
	err = h(inv)
	ended = true
	return nil, "", err
}

// next is the next Invocation to be used: with poison a new one, else one that was not used for
// the longest time.
func (i *invocations) next(poison bool) (*call, *Invocation) {
	if i.call == nil {
		i.call, i.ring = new(call), nil
	}
	if poison {
		return i.call, &Invocation{i.call}
	}
	if i.ring == nil {
		i.ring = new([ring]Invocation)
		for n := range i.ring {
			i.ring[n].call = i.call
		}
	}
	i.turn = (i.turn + 1) % ring
	return i.call, &i.ring[i.turn]
}

// fit is err, or what is wrong with the response: nothing can be with that of a stream any more.
func (c *call) fit(err error) error {
	if c.flushed {
		return err
	}
	asked := max(c.asked, int64(len(c.out)))
	if asked > MaxResponse && (err == nil || err == ErrResponseTooLarge) {
		return tooLarge(asked)
	}
	if err == nil {
		err = checkContentType(c.contentType)
	}
	return err
}

// end makes the Invocation dead. It reports whether a goroutine that the handler has left behind is
// reading into the write buffer: then the buffer is that goroutine's from now on, and so are c and
// its Invocations, which stay dead for ever.
func (c *call) end() (busy bool) {
	c.owner.Store(nil)
	for ctx := c.ctx; ctx != nil; ctx = ctx.older {
		ctx.end()
	}
	return c.reads.Load() > 0
}

// forget lets go of what c holds.
func (c *call) forget() {
	c.conn, c.parent, c.ctx = nil, nil, nil
	c.out, c.contentType = nil, ""
	c.stream, c.flushed, c.prelude, c.lost, c.fault = nil, false, c.prelude[:0], nil, nil
}

// live is the call of an Invocation whose handler is running.
func (inv *Invocation) live() *call {
	c := inv.call
	if c == nil || c.owner.Load() != inv {
		panic("minlambda: Invocation used after its handler returned")
	}
	return c
}

// Event is the event's payload.
func (inv *Invocation) Event() []byte { return inv.live().conn.Event() }

// RequestID is the invocation's request ID, which is the same in every retry
// of an asynchronous invocation.
func (inv *Invocation) RequestID() []byte { return inv.live().conn.RequestID() }

// Header is the value of the named header of the event, such as
// Lambda-Runtime-Trace-Id, without the white space around it; nil if it is not
// there, not nil if it is empty. The case of the name does not matter. The
// headers that Lambda sends are listed on AWS's page "Using the Lambda runtime
// API for custom runtimes".
func (inv *Invocation) Header(name string) []byte {
	value, ok := parse.Field(inv.live().conn.Head(), name)
	if ok && value == nil {
		value = []byte{}
	}
	return value
}

// Write appends p to the response: all of it, or nothing and ErrResponseTooLarge. After that it
// takes nothing more, unless SetResponse makes a new response. On a stream, see Flush, it sends
// whenever 32 KiB are there, and returns the number of bytes that it has taken, and what has ended
// the stream.
func (inv *Invocation) Write(p []byte) (int, error) {
	c := inv.live()
	if c.flushed {
		return c.stream.write(inv, p)
	}
	if err := c.extend(len(p)); err != nil {
		return 0, err
	}
	c.out = append(c.out, p...)
	return len(p), nil
}

// WriteString appends s to the response, as Write does.
func (inv *Invocation) WriteString(s string) (int, error) {
	c := inv.live()
	if c.flushed {
		return c.stream.writeString(inv, s)
	}
	if err := c.extend(len(s)); err != nil {
		return 0, err
	}
	c.out = append(c.out, s...)
	return len(s), nil
}

// extend makes room for n bytes after the response.
func (c *call) extend(n int) error {
	if c.asked > 0 || n > MaxResponse-len(c.out) {
		c.asked = max(c.asked, int64(len(c.out))) + int64(n)
		return ErrResponseTooLarge
	}
	if n > cap(c.out)-len(c.out) {
		c.out = c.conn.Extend(c.out, n)
	}
	return nil
}

// ReadFrom reads r to its end, straight into the response's memory, after what is there already.
// io.Copy calls it, unless its source is an io.WriterTo. It returns the number of bytes read, and
// the error of r; ErrResponseTooLarge, as Write does, after reading one byte too many; or
// io.ErrNoProgress if r returns neither bytes nor an error a hundred times in a row. On a stream it
// sends after each Read, of at most 32 KiB.
func (inv *Invocation) ReadFrom(r io.Reader) (n int64, err error) {
	// Go's bytes.Buffer makes room for as many, and bufio gives up after as many.
	const leastRead, maxEmpty = 512, 100
	for empty := 0; empty < maxEmpty; empty++ {
		c := inv.live()
		at := len(c.out)
		// One byte more than may be there tells a response of the largest size from a larger one.
		most := MaxResponse + 1 - at
		least := min(leastRead, most)
		switch {
		case c.flushed && (at >= chunk || c.lost != nil):
			if err = c.stream.flush(inv); err != nil {
				return n, err
			}
			continue
		case c.flushed:
			most, least = chunk-at, chunk-at
		case c.asked > 0 || most <= 0:
			return n, c.extend(1)
		}
		if cap(c.out)-at < least {
			c.out = c.conn.Extend(c.out, least)
		}
		whole := c.out
		b := whole[at:min(cap(whole), at+most)]
		c.out = whole[:at:at]
		got, err := inv.read(r, b)
		inv.live()
		switch {
		case got < 0 || got > len(b):
			return n, errors.New("minlambda: ReadFrom: the reader says that it has read " +
				ascii.Itoa(got) + " bytes into " + ascii.Itoa(len(b)))
		case c.changed(whole):
			return n, errors.New("minlambda: ReadFrom: the reader has changed the response")
		}
		c.out = whole
		switch {
		case got == most && !c.flushed:
			return n + int64(got), c.extend(got)
		case got > 0:
			c.out, n, empty = c.out[:at+got], n+int64(got), -1
			if c.flushed {
				if lost := c.stream.flush(inv); lost != nil {
					return n, lost
				}
			}
		}
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
	return n, io.ErrNoProgress
}

// changed reports whether the response is no longer what ReadFrom has left to the reader: the bytes
// that were there, without room for more. It is not if the reader has called Flush and there were
// none.
func (c *call) changed(whole []byte) bool {
	at := len(whole)
	return len(c.out) != at || cap(c.out) != at || at > 0 && &c.out[0] != &whole[0]
}

// read has r read into the write buffer. A Read may take long, longer than the handler. So that
// the loop knows, reads is counted up before the last look at whether inv is alive: either the
// loop sees that, and leaves the buffer, or Read is not called.
func (inv *Invocation) read(r io.Reader, b []byte) (int, error) {
	c := inv.call
	c.reads.Add(1)
	defer c.reads.Add(-1)
	inv.live()
	return r.Read(b)
}

// Dst returns the response so far, to be appended to by functions such as strconv.AppendInt; what
// they return is set with SetResponse. It may be used until the next call of Write, WriteString,
// ReadFrom, Flush or SetResponse. On a stream it is what has not been sent.
func (inv *Invocation) Dst() []byte { return inv.live().out }

// SetResponse makes body the whole response, in place of what was written. It may be what was
// appended to Dst, or any slice that stays unchanged until the handler is called again, the event
// among them. What is written afterwards goes to a copy: body's memory is not written to. On a
// stream it takes the place of what has not been sent; it sends nothing.
func (inv *Invocation) SetResponse(body []byte) {
	c := inv.live()
	dst := c.conn.Dst()
	switch {
	case len(body) == 0:
		body = dst
	case &body[0] != &dst[:1][0]:
		body = body[:len(body):len(body)]
	}
	c.out, c.asked = body, 0
}

// SetContentType sets the response's content type in place of application/json, or, if the response
// becomes a stream, of application/octet-stream. One of more than 1 KiB, or with a byte other than
// visible ASCII, space and tab, makes the invocation fail. After the first Flush it changes
// nothing.
func (inv *Invocation) SetContentType(contentType string) {
	c := inv.live()
	c.contentType, c.named = contentType, true
}

// checkContentType says what is wrong with a content type; nil if nothing is.
func checkContentType(s string) error {
	if len(s) > maxContentType {
		return badContentType("content type of " + ascii.Itoa(len(s)) +
			" bytes, over the limit of " + ascii.Itoa(maxContentType) + ": " + ascii.Quote(s))
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' && c != '\t' || c > '~' {
			return badContentType(
				"content type has a byte other than visible ASCII, space and tab: " +
					ascii.Quote(s))
		}
	}
	return nil
}
