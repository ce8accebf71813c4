package wire

import (
	"github.com/minlambda/minlambda/internal/ascii"
	"github.com/minlambda/minlambda/parse"
)

// Next reads the next event. It asks for it first, unless Respond or Fail has done so. It waits as
// long as the connection lives, without a limit of its own: the sandbox is frozen between
// invocations, and a pending GET must not be abandoned, since the server would hand the event to it
// all the same. If Next returns nil, the event's parts can be read. After an error there is no
// event, and the connection is closed unless the error is ErrNoEvent.
//
// Next ends the life of every slice that c handed out before.
func (c *Conn) Next() error {
	c.recycle()
	if !c.beginWait() {
		return failed("next", ErrStopped, "")
	}
	err := c.readEvent()
	running := c.endWait()
	if err == nil {
		if !running {
			c.disconnect() // stop has shut it down: the response needs a new one
		}
		return nil
	}
	if e, ok := err.(*Error); !running || !ok || e.Err != ErrNoEvent {
		c.disconnect()
	}
	if !running {
		return failed("next", ErrStopped, "")
	}
	return err
}

func (c *Conn) readEvent() error {
	if err := c.connected(); err != nil {
		return err
	}
	joined := c.asked // sent together with a response
	if !joined {
		if err := c.ask(); err != nil {
			return lost("next", err, "sending the request")
		}
		c.asked = true
	}
	c.event.late = c.pace.resting
	if err := c.event.read(&c.link, "next"); err != nil {
		return err
	}
	c.asked = false
	c.consume(&c.event)
	refused := c.refuse()
	if c.event.head.Close {
		c.disconnect()
	}
	if refused != nil {
		refused.joined = joined && isRefusal(&c.event.head)
		c.alone = c.alone || refused.joined
		return refused
	}
	c.ready(c.event.body.Len())
	c.pace.event()
	return nil
}

// refuse returns what is wrong with the answer to a GET; nil if it is an event.
func (c *Conn) refuse() *Error {
	h, extra := &c.event.head, c.unread()
	var err error
	switch {
	case h.Status == requestTimeout:
		err = ErrTimeout
	case h.Status != 200 && h.Status != 204:
		err = ErrStatus
	case c.event.unframed():
		err = ErrUnframed
	case len(extra) > 0: // they would be taken for the answer to the response
		err = ErrUnasked
	case h.Status == 204:
		err = ErrNoEvent
	case h.RequestID.Len() == 0:
		err = ErrNoRequest
	default:
		return nil
	}
	found := ""
	switch err {
	case ErrTimeout, ErrStatus:
		found = c.event.answer().String()
	case ErrUnasked:
		found = ascii.Quote(string(extra)) + " after the event"
	}
	e := failed("next", err, found)
	e.gone = err == ErrTimeout
	return e
}

// isRefusal reports whether an answer to a GET may be a 403 that a proxy has changed: a status of
// the same class, or a 200 that has lost the headers of an event. A 408 refuses nothing: the server
// gives the connection up.
func isRefusal(h *parse.Head) bool {
	return h.Status/100 == 4 && h.Status != requestTimeout ||
		h.Status == 200 && h.RequestID.Len() == 0
}

// Event returns the event's payload. It lives until Next.
func (c *Conn) Event() []byte { return c.event.payload() }

// Head returns the head of the message that brought the event, for parse.Field. It lives until
// Next.
func (c *Conn) Head() []byte {
	h := &c.event.head
	return c.event.text(parse.Span{Start: h.Start, End: h.End})
}

// RequestID returns the invocation's request ID. It lives until Next.
func (c *Conn) RequestID() []byte { return c.event.text(c.event.head.RequestID) }

// delivery returns the IDs that a request about the event must carry.
func (c *Conn) delivery() delivery {
	d := delivery{requestID: c.RequestID()}
	if !c.event.head.Unfit {
		d.invocationID = c.event.text(c.event.head.InvocationID)
	}
	return d
}

// Delivery names this handing-out of the event: by the request ID, which a retry of an asynchronous
// invocation has too, and by the invocation ID if there is one.
//
//go:noinline
func (c *Conn) Delivery() string {
	id := string(c.RequestID())
	if nonce := c.event.text(c.event.head.InvocationID); len(nonce) > 0 {
		id += " " + string(nonce)
	}
	return id
}

// Unfit says why the event's invocation ID will not be echoed. It returns nil if it will be, or if
// there is none.
func (c *Conn) Unfit() error {
	if !c.event.head.Unfit {
		return nil
	}
	id := c.event.text(c.event.head.InvocationID)
	return quoted("next", ErrUnfit, id, " of "+string(c.RequestID()))
}

// closing reports whether the server closes the connection after the event. It will do so again.
func (c *Conn) closing() bool { return c.event.head.Close }

// expectPair prepares the link for what will arrive after a write: the answer alone or, with next
// set, the next event as well. If the event is expected to be late, the answer is read when it
// arrives. Handling it then does not delay the response to that event.
func (c *Conn) expectPair(next bool, answer *message) {
	c.link.expectPair(next && !c.pace.resting, c.event.head.End-c.event.head.Start)
	answer.firstMax = 0
	if next && c.pair.sameLength && c.event.end-c.event.base > 2*tail {
		// The next event, if it is as long as this one, would have to move to the front, or would
		// not fit here. Moving costs more than another read.
		answer.firstMax = c.pair.answerLen
	}
}
