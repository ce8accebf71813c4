package lambdatest

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	// lingerTime is how long the server still reads a connection that it has closed, so that the
	// client sees the last answer and not a reset. net/http waits as long.
	lingerTime = 500 * time.Millisecond

	// unreadTime is how long the answer to an unread body may travel before closing the connection
	// resets it, and how long Close lingers.
	unreadTime = 50 * time.Millisecond
)

var longAgo = time.Unix(1, 0)

// after says what happens to a connection after an answer.
type after int

const (
	goOn   after = iota
	hangUp       // close, once the client has closed too
	abort        // close now
	mute         // never answer anything again
)

// conn is one connection. serve reads its requests and answers them in turn. Only the answer to a
// GET /next has a goroutine of its own, so that serve notices a client that goes away, or that has
// already sent its next request.
type conn struct {
	id     int
	server *Server
	socket *net.TCPConn
	reader *reader
	out    []byte     // reused from answer to answer
	next   chan after // of the waiting GET; nil if none waits

	gone sync.Once
	left chan struct{} // closed when the client has gone, or was dropped

	// The server's lock guards these.
	dropped bool // a dropped connection neither brings nor gets anything
	waits   bool // an extension waits on it for its next event
}

func newConn(s *Server, socket *net.TCPConn, id int) *conn {
	return &conn{id: id, server: s, socket: socket, reader: newReader(socket),
		left: make(chan struct{})}
}

// drop closes the connection from another goroutine, which holds the server's lock. The client gets
// what was sent, and then the end of the stream. serve reads on for a moment: closing a socket with
// unread bytes resets it, and the reset may overtake what was sent.
func (c *conn) drop(linger time.Duration) {
	c.dropped = true
	c.gone.Do(func() { close(c.left) })
	c.socket.SetWriteDeadline(longAgo)
	c.socket.CloseWrite()
	c.socket.SetReadDeadline(time.Now().Add(linger))
}

func (c *conn) wasDropped() bool {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	return c.dropped
}

func (c *conn) serve() {
	defer c.server.running.Done()
	defer c.server.forget(c)
	then := goOn
	for then == goOn {
		q, head, err := c.reader.head()
		if err != nil {
			c.gone.Do(func() { close(c.left) })
		}
		if c.next != nil {
			then = <-c.next // the answer to the GET before this request goes first
			c.next = nil
		}
		switch {
		case then == hangUp, then == mute:
		case err != nil:
			then = c.refuse(head, err)
		case then == goOn:
			then = c.handle(q)
		}
	}
	if then != abort || c.wasDropped() {
		// Read until the client closes, or until the deadline that finish or drop has set.
		io.Copy(io.Discard, c.socket)
	}
}

// refuse ends a connection on which no further request comes, or none that can be read.
func (c *conn) refuse(head []byte, err error) after {
	var netError net.Error
	if len(head) == 0 || errors.As(err, &netError) {
		// The client has gone between two requests, or the connection was reset or dropped.
		return abort
	}
	c.server.note(c, "malformed request: %v in %.200q", err, head)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return abort
	case errors.Is(err, errHeadTooLarge):
		return c.plain(http.StatusRequestHeaderFieldsTooLarge, "")
	default:
		return c.plain(http.StatusBadRequest, "")
	}
}

// plain sends an answer of the HTTP server below the Runtime API, and closes the connection.
func (c *conn) plain(status int, reason string) after {
	text := fmt.Sprintf("%d %s%s", status, http.StatusText(status), reason)
	c.out = append(c.out[:0], "HTTP/1.1 "+text+"\r\nContent-Type: text/plain; charset=utf-8\r\n"+
		"Connection: close\r\n\r\n"+text...)
	if c.send(0) != nil {
		return abort
	}
	return c.finish(true, false)
}

// handle answers one request.
func (c *conn) handle(q *request) after {
	if c.wasDropped() {
		return abort
	}
	q.ConnID = c.id
	for _, fault := range q.faults() {
		c.server.note(c, "%s %s: %s", q.Method, q.Path, fault)
	}
	if q.parsed.Host == "" {
		c.server.note(c, "%s %s: no Host", q.Method, q.Path)
		c.server.record(c, q)
		return c.plain(http.StatusBadRequest, ": missing required Host header")
	}
	r, status := c.server.route(q.Method, q.Path)
	if r.response || r.fault || r.initError || r.restoreError {
		return c.post(r, q)
	}
	if then := c.body(q); then != goOn {
		return then
	}
	c.server.record(c, q)
	switch {
	case r.next:
		return c.ask(q)
	case r.restoreNext:
		return c.askRestore(q)
	case r.metadata:
		return c.tellMetadata(q)
	case r.extension != "":
		return c.extend(r, q)
	case r.fixed != nil:
		return c.sendAnswer(q, *r.fixed, verdict{})
	}
	c.server.note(c, "%s %s: %d %s", q.Method, q.Path, status, http.StatusText(status))
	return c.sendAnswer(q, noRoute(status, r.allow), verdict{})
}

// body reads the body of a request. It answers a body that has no end.
func (c *conn) body(q *request) after {
	if strings.EqualFold(q.Header.Get("Expect"), "100-continue") {
		c.out = append(c.out[:0], "HTTP/1.1 100 Continue\r\n\r\n"...)
		if c.send(0) != nil {
			return abort
		}
	}
	var netError net.Error
	switch err := c.readBody(q); {
	case err == nil:
		return goOn
	case errors.As(err, &netError):
		return abort
	default:
		const message = "HTTP request detected as truncated"
		v := verdict{http.StatusBadRequest, kindTruncated, message, nil}
		return c.sendAnswer(q, Answer{Header: http.Header{"Connection": {"close"}}, Close: true}, v)
	}
}

// readBody reads the body of a request, and notes what is wrong with it.
func (c *conn) readBody(q *request) error {
	if err := q.readBody(); err != nil {
		var netError net.Error
		if !errors.As(err, &netError) {
			c.server.note(c, "%s %s: body: %v after %d bytes", q.Method, q.Path, err, len(q.Body))
		}
		c.server.record(c, q)
		return err
	}
	for _, name := range q.dropUndeclared() {
		c.server.note(c, "%s %s: trailer %s was not declared", q.Method, q.Path, name)
	}
	for name, values := range q.Trailer {
		if len(values) > 1 && singleton(name) {
			c.server.note(c, "%s %s: trailer %s comes twice", q.Method, q.Path, name)
		}
	}
	return nil
}

// post answers a response, or an error of any kind.
func (c *conn) post(r route, q *request) after {
	s := c.server
	answer := s.nextAnswer(c, r.requestID)
	if !answer.BeforeBody {
		s.receive(c, r, q, answer.Lost)
		if then := c.body(q); then != goOn {
			s.cut(c, q)
			return then
		}
	}
	s.record(c, q)
	v := s.judge(c, r, q, answer.Lost)
	then := c.sendAnswer(q, answer, v)
	if v.ends != nil {
		v.ends.publish(answer.sentStatus(v))
	} else {
		s.cut(c, q) // dropped before it was judged
	}
	return then
}

// sendAnswer sends the answer to a request.
func (c *conn) sendAnswer(q *request, answer Answer, v verdict) after {
	if answer.Silent {
		return mute
	}
	if !c.sleep(answer.Delay) {
		return abort
	}
	c.out = answer.append(c.out[:0], v, time.Now())
	if c.send(answer.Trickle) != nil {
		return abort
	}
	if answer.BeforeBody {
		if answer.Close && !answer.Reset {
			c.socket.CloseWrite()
			c.sleep(unreadTime)
			return abort
		}
		if !answer.Reset && c.readBody(q) != nil {
			return abort
		}
	}
	return c.finish(answer.Close || q.parsed.Close, answer.Reset)
}

// finish does what remains to be done after the last byte of an answer.
func (c *conn) finish(closing, reset bool) after {
	switch {
	case reset:
		c.socket.SetLinger(0)
		c.socket.Close()
		return abort
	case closing:
		c.socket.CloseWrite()
		c.socket.SetReadDeadline(time.Now().Add(lingerTime))
		return hangUp
	default:
		return goOn
	}
}

// send writes c.out, in pieces of trickle bytes if that is positive.
func (c *conn) send(trickle int) error {
	piece := len(c.out)
	if trickle > 0 {
		piece = trickle
	}
	for out := c.out; len(out) > 0; {
		n := min(piece, len(out))
		if _, err := c.socket.Write(out[:n]); err != nil {
			return err
		}
		out = out[n:]
	}
	return nil
}

// sleep waits for d. It reports false if the connection or the server went away first.
func (c *conn) sleep(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.left:
		return false
	case <-c.server.done:
		return false
	}
}
