//go:build linux && (amd64 || arm64) && !minlambda_net

package wire

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/minlambda/minlambda/internal/peerscript"
)

const (
	pairAnswer = "HTTP/1.1 202 Accepted\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n"
	pairEvent  = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" +
		"Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n" +
		"Lambda-Runtime-Deadline-Ms: 4102444800000\r\nContent-Length: 2\r\n\r\n{}"
	shortEvent = "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: a\r\n" +
		"Content-Length: 2\r\n\r\n{}"
)

// paired returns a connection that waits for pairs, and the server's side of it, which has been
// asked for an event and has to send it.
func paired(t *testing.T) (*Conn, net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	addr, err := ParseAddr(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := NewConn(addr, 1<<20)
	t.Cleanup(c.Close)
	peer := make(chan net.Conn, 1)
	const warmUp = 3
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			close(peer)
			return
		}
		in := bufio.NewReader(conn)
		for n := 0; n <= warmUp; n++ {
			for _, method := range []string{http.MethodPost, http.MethodGet} {
				if n == 0 && method == http.MethodPost {
					continue
				}
				r, err := http.ReadRequest(in)
				if err != nil || r.Method != method {
					t.Errorf("invocation %d: request %v, %v; want a %s", n, r, err, method)
				}
				if method == http.MethodPost {
					in.Discard(int(r.ContentLength))
				}
			}
			answer := pairAnswer + pairEvent
			if n == 0 {
				answer = pairEvent
			}
			conn.Write([]byte(answer))
		}
		peer <- conn
	}()
	for n := 0; n <= warmUp; n++ {
		if n > 0 {
			if a, err := c.Respond([]byte("{}"), "application/json", true); err != nil ||
				!a.Accepted() {
				t.Fatalf("answer %v, %v", a, err)
			}
		}
		if err := c.Next(); err != nil {
			t.Fatal(err)
		}
	}
	conn := <-peer
	conn.(*net.TCPConn).SetNoDelay(true)
	t.Cleanup(func() { conn.Close() })
	// A pause of this process may have made a wait too long. The cases must start without that.
	c.pair.sameLength, c.pair.guess, c.pace.resting = true, guess{}, false
	return c, conn
}

// TestPairWaits: an answer alone does not end the wait, although the event comes later.
func TestPairWaits(t *testing.T) {
	c, conn := paired(t)
	in := bufio.NewReader(conn)
	go func() {
		for {
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			if r.Method == http.MethodPost {
				in.Discard(int(r.ContentLength))
				conn.Write([]byte(pairAnswer))
				continue
			}
			time.Sleep(time.Millisecond) // so that a read would find the answer alone
			conn.Write([]byte(pairEvent))
		}
	}()
	together := 0
	const n = 200
	for range n {
		c.pace.resting = false
		if _, err := c.Respond(nil, "application/json", true); err != nil {
			t.Fatal(err)
		}
		if c.in.end-c.in.start >= len(pairEvent) {
			together++
		}
		if err := c.Next(); err != nil {
			t.Fatal(err)
		}
	}
	// Not all of them: a process that is not scheduled for some milliseconds reads what is there.
	if together < n/4 {
		t.Errorf("of %d events %d came with the answer before them", n, together)
	}
}

// TestPairEnds: whatever comes instead of a pair is read all the same.
func TestPairEnds(t *testing.T) {
	pause := func(net.Conn) { time.Sleep(5 * pairPatience * time.Millisecond) }
	send := func(s string) func(net.Conn) { return func(c net.Conn) { c.Write([]byte(s)) } }
	drop := func(c net.Conn) { c.(*net.TCPConn).CloseWrite() }
	for name, test := range map[string]struct {
		server []func(net.Conn)
		status int
		next   error // nil: an event
	}{
		"event much later": {[]func(net.Conn){
			send(pairAnswer), pause, send(pairEvent),
		}, 202, nil},
		"short event": {[]func(net.Conn){send(pairAnswer), send(shortEvent)}, 202, nil},
		"shorter than an answer": {[]func(net.Conn){
			send("HTTP/1.1 202\r\nContent-Length: 0\r\n\r\n"), pause, send(shortEvent),
		}, 202, nil},
		"a fault, and silence": {[]func(net.Conn){
			send("HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n"),
		}, 500, ErrStopped},
		"half an answer first": {[]func(net.Conn){
			send(pairAnswer[:9]), pause, send(pairAnswer[9:]), pause, send(pairEvent),
		}, 202, nil},
		"half an event first": {[]func(net.Conn){
			send(pairAnswer + pairEvent[:90]), pause, send(pairEvent[90:]),
		}, 202, nil},
		"the end": {[]func(net.Conn){send(pairAnswer), drop}, 202, ErrClosed},
		"no event": {[]func(net.Conn){
			send(pairAnswer), send("HTTP/1.1 204 x\r\n\r\n"),
		}, 202, ErrNoEvent},
		"byte by byte": {[]func(net.Conn){func(c net.Conn) {
			for _, b := range []byte(pairAnswer + pairEvent) {
				c.Write([]byte{b})
			}
		}}, 202, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c, conn := paired(t)
			go func() {
				for _, step := range test.server {
					step(conn)
				}
			}()
			if test.next == ErrStopped {
				// Otherwise Next would wait for ever, as it should.
				time.AfterFunc(time.Second, c.Stop)
			}
			c.expectPair(true, &c.answer)
			if !c.pair.waitsForBoth {
				t.Fatal("it does not wait for a pair")
			}
			a, err := c.Respond([]byte("{}"), "application/json", true)
			if err != nil || a.Status != test.status {
				t.Fatalf("answer %v, %v; want %d", a, err, test.status)
			}
			if err = c.Next(); !errors.Is(err, test.next) {
				t.Fatalf("next: %v, want %v", err, test.next)
			}
			if err == nil && string(c.Event()) != "{}" {
				t.Errorf("event %q", c.Event())
			}
		})
	}
}

// TestPairAlone: an answer that no event follows is not waited for as a pair.
func TestPairAlone(t *testing.T) {
	c, conn := paired(t)
	c.expectPair(true, &c.answer)
	conn.Write([]byte(pairAnswer))
	if a, err := c.Respond([]byte("{}"), "application/json", false); err != nil || !a.Accepted() {
		t.Errorf("answer %v, %v", a, err)
	}
	if c.pair.waitsForBoth {
		t.Error("it waits for a pair")
	}
}

// TestPairStop: a wait for a pair can be stopped.
func TestPairStop(t *testing.T) {
	c, conn := paired(t)
	conn.Write([]byte(pairAnswer))
	if _, err := c.Respond([]byte("{}"), "application/json", true); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(10*time.Millisecond, c.Stop)
	if err := c.Next(); err == nil || !strings.Contains(err.Error(), ErrStopped.Error()) {
		t.Errorf("got %v", err)
	}
}

// TestPairLarge: after a long event the answer is read alone, and the next event is read into the
// front of the buffer.
func TestPairLarge(t *testing.T) {
	const size = 100 << 10
	large := strings.Replace(pairEvent, "Content-Length: 2\r\n\r\n{}",
		"Content-Length: 102400\r\n\r\n"+strings.Repeat("x", size), 1)
	c, conn := paired(t)
	conn.Write([]byte(pairAnswer + large))
	for i := range 5 {
		if _, err := c.Respond([]byte("{}"), "application/json", true); err != nil {
			t.Fatal(err)
		}
		if read := c.in.end - c.in.start; i > 0 && read != 0 {
			t.Errorf("%d bytes of the event were read with the answer", read)
		}
		if err := c.Next(); err != nil || string(c.Event()) != strings.Repeat("x", size) {
			t.Fatalf("event %d: %d bytes, %v", i, len(c.Event()), err)
		}
		go conn.Write([]byte(pairAnswer + large))
	}
}

// A new connection waits for pairs as the first did: the new socket gets the same options.
func TestPairOnASecondConnection(t *testing.T) {
	peer := peerscript.Listen(t)
	a, err := ParseAddr(peer.Addr)
	if err != nil {
		t.Fatal(err)
	}
	c := NewConn(a, 1<<20)
	defer c.Close()
	const turns = 4
	const id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
	go func() {
		for range 2 {
			server := peer.Accept()
			server.Next()
			server.Send(pairEvent)
			for range turns {
				server.Response(id, "{}")
				server.Next()
				server.Send(pairAnswer, pairEvent)
			}
			server.Close()
		}
	}()
	for connection := range 2 {
		if err := c.Next(); err != nil {
			t.Fatal(err)
		}
		for range turns {
			c.pace.resting = false
			if answer, err := c.Respond([]byte("{}"), "application/json", true); err != nil ||
				!answer.Accepted() {
				t.Fatal(answer, err)
			}
			if err := c.Next(); err != nil {
				t.Fatal(err)
			}
		}
		mark, err := syscall.GetsockoptInt(c.sock.fd, syscall.SOL_SOCKET, syscall.SO_RCVLOWAT)
		if err != nil || !c.pair.waitsForBoth || mark != len(pairAnswer)+1 {
			t.Errorf("connection %d: pair %v, low-water mark %d, %v; want %d",
				connection, c.pair.waitsForBoth, mark, err, len(pairAnswer)+1)
		}
		if _, err := c.Respond([]byte("{}"), "application/json", true); !Gone(err) {
			t.Fatalf("on a closed connection: %v", err)
		}
		c.disconnect()
	}
}
