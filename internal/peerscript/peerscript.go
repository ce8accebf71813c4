// Package peerscript is a server for tests that plays a script: it expects a
// request, sends bytes, expects another, closes or resets. It judges nothing but
// what the script asks for; lambdatest is the server that knows the rules. It
// imports the standard library only, so that every package's tests may use it.
//
//	peer := peerscript.Listen(t)
//	go run(peer.Addr)
//	conn := peer.Accept()
//	conn.Next()
//	conn.Send(peerscript.Event("id", "payload"))
//	conn.Response("id", "response")
//	conn.Send(peerscript.Accepted)
//
// A script may run in any goroutine. A step that fails fails the test, closes the
// connection, and ends the script's goroutine.
package peerscript

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Patience bounds every step. It is only used up when something hangs.
const Patience = time.Minute

// A Peer listens for connections.
type Peer struct {
	Addr string // host and port, as AWS_LAMBDA_RUNTIME_API has them

	tb       testing.TB
	listener *net.TCPListener
}

// Listen starts a peer on a free port of 127.0.0.1. It ends with the test.
func Listen(tb testing.TB) *Peer { return ListenOn(tb, "tcp4", "127.0.0.1:0") }

// ListenOn is Listen at an address. The test is skipped where the system does
// not have it.
func ListenOn(tb testing.TB, network, addr string) *Peer {
	tb.Helper()
	l, err := net.Listen(network, addr)
	if err != nil {
		tb.Skipf("listen on %s: %v", addr, err)
	}
	tb.Cleanup(func() { l.Close() })
	return &Peer{Addr: l.Addr().String(), tb: tb, listener: l.(*net.TCPListener)}
}

// Accept waits for a connection. It ends with the test.
func (p *Peer) Accept() *Conn {
	p.tb.Helper()
	p.listener.SetDeadline(time.Now().Add(Patience))
	socket, err := p.listener.AcceptTCP()
	if err != nil {
		p.tb.Errorf("no connection: %v", err)
		runtime.Goexit()
	}
	p.tb.Cleanup(func() { socket.Close() })
	return p.conn(socket)
}

func (p *Peer) conn(socket *net.TCPConn) *Conn {
	// 64 KiB are more than any request of a test that looks at Together.
	return &Conn{tb: p.tb, Socket: socket, in: bufio.NewReaderSize(socket, 64<<10)}
}

// None expects that nobody has connected. A connection that was made is there at
// once; one that is about to be made is not seen. A failure ends no goroutine.
func (p *Peer) None() {
	p.tb.Helper()
	p.listener.SetDeadline(time.Now().Add(10 * time.Millisecond))
	if socket, err := p.listener.AcceptTCP(); err == nil {
		socket.Close()
		p.tb.Errorf("a connection; want none")
	}
}

// Repeat plays a script with each connection, one after the other, until the peer
// is closed. It returns how many there were so far.
func (p *Peer) Repeat(play func(c *Conn)) (played func() int) {
	var n atomic.Int32
	go func() {
		for {
			socket, err := p.listener.AcceptTCP()
			if err != nil {
				return
			}
			n.Add(1)
			play(p.conn(socket))
			socket.Close()
		}
	}()
	return func() int { return int(n.Load()) }
}

// Close stops listening.
func (p *Peer) Close() { p.listener.Close() }

// A Conn is one connection, as the server sees it.
type Conn struct {
	Socket *net.TCPConn // for its address and its options

	tb testing.TB
	in *bufio.Reader
}

// step begins a step, which Patience bounds.
func (c *Conn) step() { c.Socket.SetDeadline(time.Now().Add(Patience)) }

func (c *Conn) fail(format string, args ...any) {
	c.tb.Helper()
	c.tb.Errorf(format, args...)
	c.Socket.Close()
	runtime.Goexit()
}

// Request reads a request with its body, which must begin with want, as in
// "GET /path". It is returned whole, as it was sent.
func (c *Conn) Request(want string) string {
	c.tb.Helper()
	c.step()
	var raw bytes.Buffer
	tee := bufio.NewReaderSize(io.TeeReader(oneByte{c.in}, &raw), 16)
	r, err := http.ReadRequest(tee)
	if err == nil && r.ContentLength >= 0 {
		_, err = io.CopyN(&raw, c.in, r.ContentLength) // tee has read no more than the head
	} else if err == nil {
		_, err = io.Copy(io.Discard, r.Body)
	}
	if err != nil {
		c.fail("want a request %q: %v after %q", want, err, head(raw.Bytes()))
	}
	if !strings.HasPrefix(raw.String(), want) {
		c.fail("got the request %q; want %q", head(raw.Bytes()), want)
	}
	return raw.String()
}

// oneByte reads single bytes, so that nothing of the next request is taken.
type oneByte struct{ r io.Reader }

func (o oneByte) Read(p []byte) (int, error) { return o.r.Read(p[:1]) }

func head(b []byte) []byte { return b[:min(len(b), 300)] }

// Next expects a GET for the next event.
func (c *Conn) Next() {
	c.tb.Helper()
	c.Request("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n")
}

// Response expects the response to an event, and its body.
func (c *Conn) Response(id, body string) {
	c.tb.Helper()
	got := c.Request("POST /2018-06-01/runtime/invocation/" + id + "/response HTTP/1.1\r\n")
	if _, sent, _ := strings.Cut(got, "\r\n\r\n"); sent != body {
		c.fail("the response to %s is %q; want %q", id, head([]byte(sent)), head([]byte(body)))
	}
}

// Error expects the report of an error, and returns its JSON.
func (c *Conn) Error(id string) string {
	c.tb.Helper()
	got := c.Request("POST /2018-06-01/runtime/invocation/" + id + "/error HTTP/1.1\r\n")
	_, report, _ := strings.Cut(got, "\r\n\r\n")
	return report
}

// Together reports whether bytes have come in the same piece as the last
// request: a GET, that is, which left in one write with a response.
func (c *Conn) Together() bool { return c.in.Buffered() > 0 }

// Bytes expects exactly these bytes.
func (c *Conn) Bytes(want string) {
	c.tb.Helper()
	c.step()
	got := make([]byte, len(want))
	n, err := io.ReadFull(c.in, got)
	if string(got[:n]) != want {
		c.fail("got %q, %v; want %q", got[:n], err, want)
	}
}

// Piece expects exactly these bytes in one piece, as one write sends them. They
// are at most 64 KiB.
func (c *Conn) Piece(want string) {
	c.tb.Helper()
	c.step()
	got := make([]byte, 64<<10)
	n, err := c.in.Read(got)
	if err != nil || string(got[:n]) != want {
		c.fail("got the piece %q, %v; want %q", got[:n], err, want)
	}
}

// More waits for the client, and reports whether it sends more. If not, it has
// ended the connection.
func (c *Conn) More() bool {
	c.tb.Helper()
	c.step()
	_, err := c.in.Peek(1)
	if e, ok := err.(net.Error); ok && e.Timeout() {
		c.fail("the client sends nothing, and the connection stays open")
	}
	return err == nil
}

// Send sends bytes, in one piece.
func (c *Conn) Send(answers ...string) { c.SendPieces(1<<30, answers...) }

// SendPieces sends bytes in pieces of n bytes, each a segment of its own.
func (c *Conn) SendPieces(n int, answers ...string) {
	c.tb.Helper()
	c.step()
	for rest := strings.Join(answers, ""); rest != ""; {
		piece := rest[:min(n, len(rest))]
		rest = rest[len(piece):]
		if _, err := io.WriteString(c.Socket, piece); err != nil {
			c.fail("sending %q: %v", head([]byte(piece)), err)
		}
	}
}

// Offer sends bytes, each a segment of its own, of which the client may take as
// many as it likes: it may close the connection meanwhile.
func (c *Conn) Offer(bytes string) { c.OfferPieces(1, bytes) }

// OfferPieces is Offer in pieces of n bytes.
func (c *Conn) OfferPieces(n int, bytes string) {
	c.step()
	for bytes != "" {
		piece := bytes[:min(n, len(bytes))]
		bytes = bytes[len(piece):]
		if _, err := io.WriteString(c.Socket, piece); err != nil {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// Rest reads what the client sends until it closes the connection. The error is
// nil if it was closed in order.
func (c *Conn) Rest() (string, error) {
	c.step()
	rest, err := io.ReadAll(c.in)
	return string(rest), err
}

// Drain takes whatever the client sends, until the connection ends. Patience does
// not bound it.
func (c *Conn) Drain() {
	c.Socket.SetDeadline(time.Time{})
	sink := make([]byte, 1<<20)
	for {
		if _, err := c.in.Read(sink); err != nil {
			return
		}
	}
}

// Ended expects that the client closes the connection, and sends nothing before.
func (c *Conn) Ended() {
	c.tb.Helper()
	rest, err := c.Rest()
	if rest != "" {
		c.fail("got %q, %v; want the end of the connection", head([]byte(rest)), err)
	}
	if e, ok := err.(net.Error); ok && e.Timeout() {
		c.fail("the connection stays open")
	}
}

// Close closes the connection.
func (c *Conn) Close() { c.Socket.Close() }

// CloseWrite closes the server's side of the connection, and goes on reading.
func (c *Conn) CloseWrite() { c.Socket.CloseWrite() }

// Reset closes the connection with an RST.
func (c *Conn) Reset() {
	c.Socket.SetLinger(0)
	c.Socket.Close()
}

// Accepted is Lambda's answer to a response, in the least bytes.
const Accepted = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"

// Event is an event, with further fields if there are some: "Name: value".
func Event(id, payload string, fields ...string) string {
	fields = append(fields, "Lambda-Runtime-Aws-Request-Id: "+id)
	return Answer(200, payload, fields...)
}

// Answer is an answer with a status, further fields, and a body.
func Answer(status int, body string, fields ...string) string {
	fields = append(fields, fmt.Sprint("Content-Length: ", len(body)))
	return fmt.Sprintf("HTTP/1.1 %d %s\r\n%s\r\n\r\n%s",
		status, http.StatusText(status), strings.Join(fields, "\r\n"), body)
}
