package minlambda

import (
	"context"
	"sync"
	"time"

	"github.com/minlambda/minlambda/internal/ascii"
	"github.com/minlambda/minlambda/internal/invoked"
	"github.com/minlambda/minlambda/parse"
	"github.com/minlambda/minlambda/wire"
)

const (
	headerDeadline = "Lambda-Runtime-Deadline-Ms"
	headerARN      = "Lambda-Runtime-Invoked-Function-Arn"
	headerTenant   = "Lambda-Runtime-Aws-Tenant-Id"
)

// Deadline is when the function times out, to the millisecond; ok is false
// where the server does not say so in a number.
func (inv *Invocation) Deadline() (deadline time.Time, ok bool) {
	return deadlineOf(inv.Header(headerDeadline))
}

func deadlineOf(value []byte) (deadline time.Time, ok bool) {
	ms, ok := ascii.Decimal(value, 1e15-1) // 31,000 years
	if !ok || ms < 0 || len(value) > 15 {
		return time.Time{}, false
	}
	return time.UnixMilli(ms), true
}

const (
	// tooOld is how long ago a deadline must have passed to be no deadline of this invocation: a
	// function runs for 15 minutes at the most, and the rest is for clocks that differ. Servers
	// for development send a constant of the past, such as 0.
	tooOld = 20 * time.Minute

	// tooFar is so far away that no clock that jumps matters, and that time.Duration, which ends
	// after 292 years, need not count it.
	tooFar = 365 * 24 * time.Hour
)

// Context returns a context that ends with the invocation: when the deadline comes, when the
// handler returns, or when the context given to Loop.Run ends. If the deadline has passed when
// Context is first called, the context has ended already, with context.DeadlineExceeded. A
// deadline that passed more than 20 minutes ago is left out, since some servers for development
// send a constant of the past.
//
// The deadline is a time of the system's clock, which is read once, when Context is first called;
// after that Go's timers count. If the clock is set, or the machine stopped and continued, the
// context ends early or late by as much; if the clock jumps more than 20 minutes past the deadline
// before the first call, the deadline is left out.
//
// The first call allocates the context, of some 200 bytes. Its timer and its channel are made when
// somebody asks for Done, Err, or a value that it does not know, with five more allocations.
// The context may be kept, and used by any goroutine; [FromContext] says what Lambda says about
// its invocation.
func (inv *Invocation) Context() context.Context { return inv.ContextBefore(0) }

// ContextBefore is Context with a deadline that comes so much before the function's: a handler
// that gives up at the function's own has no time left to say so. The margin is at most half of
// the time that is left at the first call, since a context that has ended before anything was done
// helps nobody; a negative one is none. Each margin has a context of its own.
func (inv *Invocation) ContextBefore(margin time.Duration) context.Context {
	c := inv.live()
	margin = max(margin, 0)
	for ctx := c.ctx; ctx != nil; ctx = ctx.older {
		if ctx.margin == margin {
			return ctx
		}
	}
	ctx := &invocationContext{parent: c.parent, conn: c.conn, margin: margin, older: c.ctx}
	if ctx.parent == nil {
		ctx.parent = context.Background()
	}
	if deadline, ok := inv.Deadline(); ok {
		now := time.Now()
		left := deadline.Sub(now)
		margin = max(min(margin, left/2), 0)
		switch {
		case left > tooFar:
			ctx.deadline = deadline.Add(-margin)
		case left > -tooOld:
			ctx.deadline = now.Add(left - margin) // Go's timers count from now
		}
	}
	if first, ok := ctx.parent.Deadline(); ok &&
		(ctx.deadline.IsZero() || first.Before(ctx.deadline)) {
		ctx.deadline = first
	}
	c.ctx = ctx
	return ctx
}

// An invocationContext is the context of one invocation, and of no other: it is never used again.
// It makes what it is asked for when it is asked.
type invocationContext struct {
	parent   context.Context
	deadline time.Time // zero if there is none
	margin   time.Duration
	older    *invocationContext // of the same invocation, with another margin

	mu     sync.Mutex
	conn   *wire.Conn      // has the event; nil once the invocation is over
	inner  context.Context // has the timer and the channel
	cancel context.CancelFunc
	head   []byte // a copy of the event's head
	id     []byte // a copy of the request ID
	tenant []byte // a part of head, as is
	arn    []byte
}

// Deadline returns the time when the context ends by itself, if there is one.
func (c *invocationContext) Deadline() (deadline time.Time, ok bool) {
	return c.deadline, !c.deadline.IsZero()
}

// Done returns the channel that is closed when the context ends.
func (c *invocationContext) Done() <-chan struct{} { return c.whole().Done() }

// Err says why the context has ended; nil if it has not.
func (c *invocationContext) Err() error { return c.whole().Err() }

// Value finds the invocation itself. For every other key the context is made whole: package
// context has keys by which it finds what cancels a context, and why.
func (c *invocationContext) Value(key any) any {
	if key == any(invoked.Key{}) {
		return c
	}
	return c.whole().Value(key)
}

// whole returns the context with its timer and its channel, which it makes if they are not there.
// A context of package context that is derived from c finds it by its value, and is linked to it
// without a goroutine between the two.
func (c *invocationContext) whole() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inner != nil {
		return c.inner
	}
	if c.deadline.IsZero() {
		c.inner, c.cancel = context.WithCancel(c.parent)
	} else {
		c.inner, c.cancel = context.WithDeadline(c.parent, c.deadline)
	}
	if c.conn == nil {
		c.cancel()
	}
	return c.inner
}

// end ends the context with its invocation, both in one: who is told that it is over finds the
// context ended. When end returns, nobody reads the event's head, and nobody will. Package context
// starts a goroutine for what the user has asked to be run then, so that the lock is not held for
// long.
func (c *invocationContext) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn = nil
	if c.cancel != nil {
		c.cancel()
	}
}

// copied copies the event's head when it is first called, unless the invocation is over by then.
// All of that is done under the lock that end takes: a goroutine that the handler has left behind
// gets the head of this invocation, or nothing.
func (c *invocationContext) copied() (running bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.head == nil && c.conn != nil {
		head, id := c.conn.Head(), c.conn.RequestID()
		n := len(head)
		both := append(append(make([]byte, 0, n+len(id)), head...), id...)
		c.head, c.id = both[:n:n], both[n:]
		c.tenant, _ = parse.Field(c.head, headerTenant)
		c.arn, _ = parse.Field(c.head, headerARN)
	}
	return c.conn != nil
}

// Names are those that a line of log shows; see package invoked.
func (c *invocationContext) Names() (requestID, tenantID, functionARN []byte) {
	c.copied()
	return c.id, c.tenant, c.arn
}

// Metadata is what Lambda says about an invocation. It is a copy, which may be kept, and used by
// several goroutines at once; the zero Metadata is about none, and all of it is empty. Each method
// looks its answer up when it is called, and allocates the text that it returns.
type Metadata struct{ head, id []byte }

// FromContext returns what Lambda says about the invocation whose context ctx is, or is derived
// from: one that Invocation.Context has returned, or that a handler of package typed was given. It
// may be called from any goroutine, and copies the head of the event, some 600 bytes, when it is
// first called for an invocation. After the handler has returned ok is false, as it is of a context
// that has no invocation: it is never about another one.
func FromContext(ctx context.Context) (m Metadata, ok bool) {
	c, _ := ctx.Value(invoked.Key{}).(*invocationContext)
	if c == nil || !c.copied() {
		return Metadata{}, false
	}
	return Metadata{c.head, c.id}, true
}

// RequestID is the invocation's request ID, which is the same in every retry of an asynchronous
// invocation.
func (m Metadata) RequestID() string { return string(m.id) }

// FunctionARN is the ARN by which the function was invoked, with the version or alias if the
// caller has named one.
func (m Metadata) FunctionARN() string { return m.Header(headerARN) }

// TraceID is the X-Ray tracing header, such as Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1;
// empty if there is none.
func (m Metadata) TraceID() string { return m.Header("Lambda-Runtime-Trace-Id") }

// TenantID is the tenant's, of a function whose tenants are isolated; else empty.
func (m Metadata) TenantID() string { return m.Header(headerTenant) }

// ClientContext is the JSON that the AWS Mobile SDK has sent about the application and the device;
// else empty.
func (m Metadata) ClientContext() string { return m.Header("Lambda-Runtime-Client-Context") }

// CognitoIdentity is the JSON about the identity of a caller by the AWS Mobile SDK; else empty.
func (m Metadata) CognitoIdentity() string { return m.Header("Lambda-Runtime-Cognito-Identity") }

// Deadline is when the function times out, to the millisecond, whatever margin the context has; ok
// is false where the server does not say so in a number.
func (m Metadata) Deadline() (deadline time.Time, ok bool) {
	value, _ := parse.Field(m.head, headerDeadline)
	return deadlineOf(value)
}

// Header is the value of the named header of the event, without the white space around it; empty
// if it is not there. The case of the name does not matter.
func (m Metadata) Header(name string) string {
	if m.head == nil {
		return ""
	}
	value, _ := parse.Field(m.head, name)
	return string(value)
}
