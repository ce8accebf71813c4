package wire

import (
	"github.com/minlambda/minlambda/internal/ascii"
	"github.com/minlambda/minlambda/parse"
)

// allFrom is the number of bytes, known to come, from which on they are read
// by one system call that waits for all of them: a long event comes in pieces
// of up to 64 KB, each of which would wake us. Below, reading whatever has come
// gets the framing behind them along.
const allFrom = 16 << 10

// A response is where one response lies in the read buffer.
type response struct {
	head   parse.Head
	chunks parse.Chunks
	base   int // where it begins; offsets in head and chunks count from here
	end    int // where it ends
	body   parse.Span
	guess  guess
}

// A wait says how a read waits.
type wait struct {
	all     bool // until the buffer is full
	patient bool // for more than a byte, and not for ever: see awaitMore
	resting bool // for long: see restingRead
}

// read reads one response into r, from the read buffer's unread bytes and then
// from the socket. It leaves start alone.
func (c *Conn) read(r *response, op string) error {
	r.base, r.end, r.body = c.start, 0, parse.Span{}
	r.head.Reset(c.limit(r, 0))
	n := 0
	for {
		var err error
		n, err = r.head.Parse(c.in.B[r.base:c.end])
		if n > 0 && r.head.Length > c.limit(r, r.head.Status) {
			err, r.head.Fault = parse.ErrTooLarge, r.head.LengthText
		}
		if err != nil {
			found := r.head.Fault.Of(c.in.B[r.base:])
			if err == parse.ErrStatusLine {
				found = c.in.B[r.base:c.end] // whatever this is, it is no response
			}
			return quoted(op, err, found, "")
		}
		if n > 0 {
			break
		}
		if err = c.fill(r, op, 0); err != nil {
			return err
		}
	}
	r.end = r.base + n
	switch {
	case r.head.Chunked:
		return c.readChunks(r, op)
	case r.head.Length > 0:
		r.body = parse.Span{Start: r.end, End: r.end + r.head.Length}
		for c.end < r.body.End {
			if err := c.fill(r, op, r.body.End-c.end); err != nil {
				return err
			}
		}
		r.end = r.body.End
	}
	return nil
}

// limit is the most bytes that the body of r may have. As long as the status of
// an answer to next is not known, 0, it may be an event or say why there is none.
func (c *Conn) limit(r *response, status int) int {
	switch {
	case r != &c.event:
		return MaxAnswer
	case status == 200:
		return c.maxEvent
	default:
		return max(c.maxEvent, MaxAnswer)
	}
}

func (c *Conn) readChunks(r *response, op string) error {
	r.chunks.Reset(r.end-r.base, c.limit(r, r.head.Status))
	for {
		b := c.in.B[r.base:c.end]
		n, err := r.chunks.Decode(b)
		if err != nil {
			at := r.chunks.Fault
			return quoted(op, err, b[max(0, at-8):at+1], " at byte "+ascii.Itoa(at))
		}
		r.body = parse.Span{Start: r.base + r.chunks.Body.Start, End: r.base + r.chunks.Body.End}
		if n > 0 {
			r.end = r.base + n
			return nil
		}
		c.end = r.body.End
		if err := c.fill(r, op, r.chunks.Left); err != nil {
			return err
		}
	}
}

// fill reads more of r into the buffer behind end: at least one byte. If want
// bytes are known to come, the buffer grows to hold them: once, unless they are
// more than stride.
func (c *Conn) fill(r *response, op string, want int) error {
	if want > stride {
		// What room there is goes first, and growing doubles it.
		if want = min(want, len(c.in.B)-c.end-tail); want <= 0 {
			want = stride
		}
	}
	if c.end+want+tail > len(c.in.B) {
		// Twice the tail: the answer to the response will come behind this, and
		// must not make a buffer of megabytes grow once more.
		c.grow(c.in, c.end, c.end+want+2*tail)
	}
	p, all := c.in.B[c.end:], want >= allFrom
	if all {
		p = p[:want]
	}
	if r == &c.answer && c.event.end-c.event.base > 2*tail && c.expectsEvent() {
		// The next event, if it is as long, would have to move to the front, or
		// had no room here. Moving costs more than another read.
		p = p[:min(len(p), c.pair.answer)]
	}
	if c.pair.on && c.end > r.base {
		c.breakPair() // the rest of a response may be less
	}
	w := wait{all: all, patient: c.pair.on}
	w.resting = c.resting && c.end == r.base && (c.pair.on || r == &c.event)
	n, err := c.sock.read(p, w, &r.guess)
	if c.pair.on && err == errPatience {
		c.breakPair()
		w.patient = false
		n, err = c.sock.read(p, w, &r.guess)
	}
	if err == nil && n == 0 {
		err = ErrClosed
	}
	if err != nil {
		return lost(op, err, c.progress(r))
	}
	c.end += n
	return nil
}

// progress says how much of r had come.
func (c *Conn) progress(r *response) string {
	switch {
	case r.end == 0:
		return ascii.Itoa(c.end-r.base) + " bytes into its head"
	case r.head.Chunked:
		return ascii.Itoa(r.body.Len()) + " bytes into its chunked body"
	default:
		return ascii.Itoa(c.end-r.body.Start) + " of " + ascii.Itoa(r.body.Len()) +
			" bytes into its body"
	}
}
