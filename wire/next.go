package wire

import (
	"github.com/minlambda/minlambda/parse"
	"github.com/minlambda/minlambda/pool"
)

// Next reads the next event, after asking for it unless Respond or Fail has. It waits
// without a limit of its own, as long as the connection lives: the sandbox is
// frozen between invocations, and a pending GET must not be abandoned, since
// the server would hand the event to it all the same. After nil, the event's
// parts are there; after an error nothing is, and the connection is closed
// unless the error is ErrNoEvent.
//
// Next ends the life of every slice that c has handed out before.
func (c *Conn) Next() error {
	c.settle()
	if !c.wait() {
		return failed("next", ErrStopped, "")
	}
	err := c.next()
	running := c.waited()
	if err == nil {
		return nil
	}
	if e := err.(*Error); e.Err != ErrNoEvent {
		c.disconnect()
	}
	if !running {
		return failed("next", ErrStopped, "")
	}
	return err
}

// settle ends an invocation: what has come behind it moves to the front, and
// the write buffer gets the size that it should have had.
func (c *Conn) settle() {
	if c.start > 0 {
		copy(c.in.B, c.in.B[c.start:c.end])
		c.start, c.end = 0, c.end-c.start
	}
	c.body = nil
	c.grow(c.out, 0, c.want)
	if c.Poison {
		pool.Poison(c.in.B[c.end:])
		pool.Poison(c.out.B)
		for _, b := range c.outgrown {
			pool.Poison(b)
		}
		c.outgrown = nil
	}
}

func (c *Conn) next() error {
	if err := c.connect(); err != nil {
		return err
	}
	joined := c.asked // by Respond or Fail
	if !joined {
		if err := c.sock.write(c.get); err != nil {
			return lost("next", err, "sending the request")
		}
		c.asked = true
	}
	r := &c.event
	if err := c.read(r, "next"); err != nil {
		return err
	}
	c.asked = false
	c.start = r.end
	refused := c.refuse(r)
	if r.head.Close {
		c.disconnect()
	}
	if refused != nil {
		refused.joined = joined && refusal(&r.head)
		c.alone = c.alone || refused.joined
		return refused
	}
	// A response is often as long as its event. Room that is not used is
	// address space, and no memory: nobody touches it.
	c.grow(c.out, 0, room+min(r.body.Len(), maxRoom)+len(c.get))
	c.handled = nanotime()
	c.resting = c.handled-c.answered > longRest
	return nil
}

// longRest is how long an event must have kept us waiting, in nanoseconds, for the
// next one to be expected as late, and waited for by restingRead.
const longRest = 200_000

// refuse says what is wrong with an answer that was read; nil if it is an
// event.
func (c *Conn) refuse(r *response) *Error {
	body, extra := r.body.Of(c.in.B), c.in.B[c.start:c.end]
	unframed := !r.head.Chunked && r.head.Length < 0
	if unframed {
		body = extra // as far as it has come, for the message
	}
	switch {
	case r.head.Status == requestTimeout:
		return lost("next", ErrTimeout, Answer{r.head.Status, body}.String())
	case r.head.Status != 200 && r.head.Status != 204:
		return failed("next", ErrStatus, Answer{r.head.Status, body}.String())
	case unframed:
		return failed("next", ErrUnframed, "")
	case len(extra) > 0:
		// Whatever it is, it would be taken for the answer to the response.
		return quoted("next", ErrUnasked, extra, " behind the event")
	case r.head.Status == 204:
		return failed("next", ErrNoEvent, "")
	case r.head.RequestID.Len() == 0:
		return failed("next", ErrNoRequest, "")
	}
	return nil
}

// refusal reports whether an answer to a GET is what a proxy makes of a 403: a
// status of the same class, or a 200 that has lost what makes it an event.
func refusal(h *parse.Head) bool {
	return h.Status/100 == 4 || h.Status == 200 && h.RequestID.Len() == 0
}

// Event is the event's payload, as long as the invocation lasts: until Next.
func (c *Conn) Event() []byte { return c.event.body.Of(c.in.B) }

// Head is the head of the response that brought the event, for parse.Field; it
// lives as long as Event.
func (c *Conn) Head() []byte {
	return c.ofHead(parse.Span{Start: c.event.head.Start, End: c.event.head.End})
}

// ofHead is what Parse has found in the head of the event.
//
//go:noinline
func (c *Conn) ofHead(s parse.Span) []byte { return s.Of(c.in.B[c.event.base:]) }

// RequestID is the invocation's request ID; it lives as long as Event.
func (c *Conn) RequestID() []byte { return c.ofHead(c.event.head.RequestID) }

// Delivery names this handing-out of the event: by its request ID, which a
// retry of an asynchronous invocation has too, and the invocation ID if it has
// one.
//
//go:noinline
func (c *Conn) Delivery() string {
	id := string(c.RequestID())
	if nonce := c.event.head.InvocationID; nonce.Len() > 0 {
		id += " " + string(c.ofHead(nonce))
	}
	return id
}

// Unfit says why the event's invocation ID will not be echoed; nil if it will,
// or if there is none.
func (c *Conn) Unfit() error {
	if !c.event.head.Unfit {
		return nil
	}
	id := c.ofHead(c.event.head.InvocationID)
	return quoted("next", ErrUnfit, id, " of "+string(c.RequestID()))
}
