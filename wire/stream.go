package wire

import (
	"github.com/minlambda/minlambda/internal/ascii"
	"github.com/minlambda/minlambda/pool"
)

// A stream is a response that is sent while it is being made, in chunks (RFC 9112 section 7.1): one
// Begin, any number of Sends, perhaps Last, and then Respond or Fail, which end it.
//
//	none --- Begin ---> begun --- Send ---> on the wire --- Respond, Fail ---> none
//	                      |                     |
//	                      | Send: no connection | Send: not written
//	                      v                     v
//	                     none                 broken --- Respond, Fail ---> none
//
// What is on the wire can't be taken back: no byte of it is sent again, and no other response to
// the event is.
type stream struct {
	out     *outbox
	end     func(c *Conn, report []byte, errorType string, next bool) (Answer, error)
	shorten func(report []byte, most int) []byte

	onWire  bool
	sent    uint64 // bytes, but for a prelude
	broken  error  // what Send has returned, and returns from now on
	judged  bool   // answer and err are what the end of the stream returns
	answer  Answer
	err     error
	unasked string
}

// Streaming reports whether a stream has begun, and not ended: Respond and Fail then end it.
func (c *Conn) Streaming() bool { return c.stream.end != nil }

// begin puts what a stream begins with after the head of its request: the prelude, and the NULs, as
// chunks of their own.
func (s *stream) begin(prelude []byte) {
	if len(prelude) == 0 {
		return
	}
	b := append(appendChunkSize(s.out.head, len(prelude)), prelude...)
	b = appendChunkSize(add(b, lineEnd), len(separator))
	s.out.head = add(b, separator, lineEnd)
}

// Send sends body, and more after it, as one chunk, in one write; the head of the request leaves
// with the first, even if that has no byte. If there is more, body must be what was appended to
// Dst, or of at most 32 KiB. Afterwards Dst is empty again.
//
// If the connection can't be made for the first, Send returns the error, and there is no stream.
// Otherwise what Send returns once it returns from then on, and sends nothing. Whatever the server
// had to say, such as that the stream is too long, is then its answer, and what has ended the
// connection the end's error.
func (c *Conn) Send(body, more []byte) error {
	s, o := &c.stream, c.stream.out
	if s.broken != nil {
		return s.broken
	}
	if !s.onWire {
		if err := c.connected(); err != nil {
			s.end = nil
			return err
		}
	}
	size := len(body) + len(more)
	if size == 0 && s.onWire {
		return nil
	}
	s.chunk(body, more)
	wrote := o.write(&c.link, false)
	s.onWire = true
	if c.Poison && o.inPlace(body) {
		pool.Poison(body)
	}
	if wrote == nil {
		s.sent += uint64(size)
		o.head, o.body, o.more, o.tail = o.head[:0], nil, nil, o.tail[:0]
		return nil
	}
	s.answer, s.err = c.judge("response", wrote, false)
	s.judged = true
	s.broken = s.cut(s.err)
	if s.broken == nil {
		s.broken = failed("response", ErrStatus, s.answer.String())
	}
	return s.broken
}

// Last is a chunk that leaves together with the end of the stream.
func (c *Conn) Last(body []byte) {
	if c.stream.broken == nil {
		c.stream.out.place(body)
	}
}

// chunk puts a chunk into the outbox, after the head if that has not been sent.
func (s *stream) chunk(body, more []byte) {
	o := s.out
	o.place(body)
	o.more, o.tail = more, o.tail[:0]
	if size := len(o.body) + len(more); size > 0 {
		o.head = appendChunkSize(o.head, size)
		o.tail = add(o.tail, lineEnd)
	}
}

// endStream is what Respond and Fail do with a stream. If the connection is lost, and nothing of
// the stream was on the wire before, Resend may be tried.
func (c *Conn) endStream(report []byte, errorType string, next bool) (Answer, error) {
	s, o := &c.stream, c.stream.out
	s.end = nil
	if s.judged {
		return s.answer, s.err
	}
	s.chunk(o.body, nil)
	if errorType == "" {
		o.tail = add(o.tail, lastChunk, lineEnd)
	} else {
		report = s.shorten(report, maxReport-len(errorType)/4*3-3)
		o.tail = appendTrailers(o.tail, errorType, report)
	}
	answer, err := c.finish(next)
	return answer, s.cut(err)
}

// cut makes of a lost connection's error that of a stream that is lost with it.
func (s *stream) cut(err error) error {
	if e, ok := err.(*Error); ok && e.gone && s.onWire {
		e.gone, e.cut = false, true
		e.Found = "in a stream, after " + ascii.Utoa(s.sent) + " bytes"
	}
	return err
}

// Cut reports whether err is that of a stream that was lost with its connection: a part of it may
// have arrived, and nothing is to be sent again.
func Cut(err error) bool {
	e, ok := err.(*Error)
	return ok && e.cut
}
