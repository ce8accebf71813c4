package server

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"
)

const (
	// bufSize is the most that one read takes: enough that a large response comes in few reads, and
	// less than a core's own cache.
	bufSize = 256 << 10

	api = "/2018-06-01/runtime/invocation/"
)

var (
	getNext    = []byte("GET " + api + "next HTTP/1.1\r\n")
	postPrefix = []byte("POST " + api)
	postSuffix = []byte("/response HTTP/1.1\r\n")
	blank      = []byte("\r\n\r\n")
	register   = []byte("POST /2020-01-01/extension/register HTTP/1.1\r\n")
	forEvents  = []byte("GET /2020-01-01/extension/event/next HTTP/1.1\r\n")
	registered = []byte("HTTP/1.1 200 OK\r\nLambda-Extension-Identifier: " +
		"8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\nContent-Length: 2\r\n\r\n{}")
	newline      = []byte("\r\n")
	length       = []byte("\r\nContent-Length:")
	chunked      = []byte("\r\nTransfer-Encoding: chunked\r\n")
	acceptedOnly = []byte(accepted)
)

// A conn is one connection of the runtime. Unread bytes are buf[r:w].
type conn struct {
	server *Server
	sock   sock
	buf    []byte
	r, w   int
	owes   bool // a 202, to be sent with the next event
	holds  bool // its system calls hold their thread's P
}

// serve handles requests until the runtime has closed the connection. That is an error only within
// a request.
func (c *conn) serve() error {
	for {
		head, err := c.through(blank)
		if err == io.EOF && c.r == c.w {
			return nil
		}
		asks := bytes.HasPrefix(head, getNext)
		if err == nil {
			c.server.mu.Lock()
			err = c.handle(head)
			c.server.mu.Unlock()
		}
		if err != nil {
			return err
		}
		if asks && c.server.ByHand { // from now on c is Once's
			<-c.server.closed
			return nil
		}
	}
}

// handle handles one request. Reading more changes the buffer, and so head.
func (c *conn) handle(head []byte) error {
	if bytes.HasPrefix(head, getNext) {
		return c.next()
	}
	switch {
	case bytes.HasPrefix(head, register):
		return c.register(head)
	case bytes.HasPrefix(head, forEvents):
		return nil // there are none
	}
	s := c.server
	id, ok := bytes.CutPrefix(head, postPrefix)
	if !ok {
		return fmt.Errorf("request %.100q is none that a benchmark knows", head)
	}
	if !s.open {
		return fmt.Errorf("request %.100q, but no event is out", head)
	}
	verb, ok := bytes.CutPrefix(id, s.event.id)
	if !ok || !bytes.HasPrefix(verb, postSuffix) {
		return fmt.Errorf("request %.100q is no response to event %s", head, s.event.id)
	}
	if err := c.response(head); err != nil {
		return err
	}
	s.took = time.Since(s.sent)
	s.Latency.Add(s.took)
	s.open = false
	s.served.Add(1)
	if s.Joined && c.r < c.w {
		c.owes = true
		return nil
	}
	return c.write(acceptedOnly)
}

// register handles the registration of an extension.
func (c *conn) register(head []byte) error {
	at := bytes.Index(head, length)
	if at < 0 {
		return fmt.Errorf("registration %.300q has no length", head)
	}
	for left := number(bytes.TrimLeft(head[at+len(length):], " "), 10); left > 0; {
		if c.r == c.w {
			if err := c.fill(); err != nil {
				return err
			}
		}
		n := min(left, c.w-c.r)
		c.r += n
		left -= n
	}
	return c.write(registered)
}

// next handles a request for an event.
func (c *conn) next() error {
	s := c.server
	if s.open {
		return errors.New("the runtime asks for an event, and has not answered the last")
	}
	if s.left > 0 {
		return c.deliver()
	}
	if c.owes {
		c.owes = false
		if err := c.write(acceptedOnly); err != nil {
			return err
		}
	}
	s.asked = time.Now()
	select {
	case s.idle <- c:
		return nil
	default:
		return errors.New("the runtime asks for two events at once")
	}
}

// deliver sends the next event.
func (c *conn) deliver() error {
	s := c.server
	s.left--
	s.open = true
	s.event.advance()
	b := s.event.bytes
	if !c.owes {
		b = b[len(accepted):]
	}
	c.owes = false
	s.sent = time.Now()
	return c.write(b)
}

// response reads a body, in either framing, and checks it.
func (c *conn) response(head []byte) error {
	total := 0
	// Go's client and ours write the names of fields in this case.
	if at := bytes.Index(head, length); at >= 0 {
		if total = number(bytes.TrimLeft(head[at+len(length):], " "), 10); total < 0 {
			return fmt.Errorf("response %.300q has no good length", head)
		}
		if err := c.body(0, total); err != nil {
			return err
		}
	} else if bytes.Contains(head, chunked) {
		var err error
		if total, err = c.chunks(); err != nil {
			return err
		}
	} else {
		return fmt.Errorf("response %.300q is not framed", head)
	}
	if s := c.server; s.capture == nil && total != len(s.event.want()) {
		return fmt.Errorf("response of %d bytes in place of %d", total, len(s.event.want()))
	}
	return nil
}

// chunks reads a chunked body with its trailers, and returns its size.
func (c *conn) chunks() (total int, err error) {
	for {
		line, err := c.through(newline)
		if err != nil {
			return total, err
		}
		n := number(line, 16)
		if n < 0 {
			return total, fmt.Errorf("chunk size %.20q", line)
		}
		if n == 0 {
			break
		}
		if total == 0 {
			c.server.First.Add(time.Since(c.server.sent))
		}
		if err = c.body(total, n); err != nil {
			return total, err
		}
		total += n
		if line, err = c.through(newline); err != nil {
			return total, err
		}
		if len(line) > len(newline) {
			return total, fmt.Errorf("%.20q after a chunk", line)
		}
	}
	for { // the trailers, up to and including an empty line
		line, err := c.through(newline)
		if err != nil || len(line) == len(newline) {
			return total, err
		}
	}
}

// body reads and checks n bytes of the response, from offset off on.
func (c *conn) body(off, n int) error {
	for n > 0 {
		if c.r == c.w {
			if err := c.fill(); err != nil {
				return err
			}
		}
		part := c.buf[c.r:min(c.w, c.r+n)]
		if err := c.server.check(part, off); err != nil {
			return err
		}
		c.r += len(part)
		off += len(part)
		n -= len(part)
	}
	return nil
}

// ends is how many bytes of a response are compared at either end.
const ends = 32

// check compares part of a response, from offset off on.
func (s *Server) check(part []byte, off int) error {
	if s.capture != nil {
		room := min(len(part), cap(s.capture)-len(s.capture))
		s.capture = append(s.capture, part[:room]...)
		return nil
	}
	want := s.event.want()
	if off+len(part) > len(want) {
		return fmt.Errorf("response of more than %d bytes", len(want))
	}
	same := true
	if s.Thorough {
		same = bytes.Equal(part, want[off:off+len(part)])
	} else {
		if off < ends {
			n := min(ends-off, len(part))
			same = bytes.Equal(part[:n], want[off:off+n])
		}
		if from := max(len(want)-ends, off); from < off+len(part) {
			same = same && bytes.Equal(part[from-off:], want[from:off+len(part)])
		}
	}
	if !same {
		return fmt.Errorf(
			"response is not what it should be, in the %d bytes from %d on",
			len(part),
			off,
		)
	}
	return nil
}

// through returns the unread bytes up to and including the first mark, and marks them as read. They
// are valid until more is read.
func (c *conn) through(mark []byte) ([]byte, error) {
	for {
		if i := bytes.Index(c.buf[c.r:c.w], mark); i >= 0 {
			b := c.buf[c.r : c.r+i+len(mark)]
			c.r += len(b)
			return b, nil
		}
		if err := c.fill(); err != nil {
			return nil, err
		}
	}
}

// fill reads more after the unread bytes.
func (c *conn) fill() error {
	if c.r > 0 {
		c.w = copy(c.buf, c.buf[c.r:c.w])
		c.r = 0
	}
	if c.w == len(c.buf) {
		return fmt.Errorf("%.100q goes on for too long", c.buf)
	}
	read := c.sock.read
	if c.holds {
		read = c.sock.readHolding
	}
	n, err := read(c.buf[c.w:])
	c.w += n
	if err == io.EOF && c.w > 0 {
		err = io.ErrUnexpectedEOF
	}
	return err
}

func (c *conn) write(p []byte) error {
	if c.holds {
		return c.sock.writeHolding(p)
	}
	return c.sock.write(p)
}

// number reads the digits at the start of b; -1 if there are none, or too many.
func number(b []byte, base int) int {
	n := -1
	for _, d := range b {
		switch {
		case '0' <= d && d <= '9':
			d -= '0'
		case base == 16 && 'a' <= d && d <= 'f':
			d -= 'a' - 10
		default:
			return n
		}
		if n = max(n, 0)*base + int(d); n > 1<<30 {
			return -1
		}
	}
	return n
}
