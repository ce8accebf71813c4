//go:build linux && (amd64 || arm64) && !minlambda_net

package wire

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/minlambda/minlambda/internal/peerscript"
)

const (
	pairID     = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
	pairAnswer = "HTTP/1.1 202 Accepted\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n"
	pairEvent  = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" +
		"Lambda-Runtime-Aws-Request-Id: " + pairID + "\r\n" +
		"Lambda-Runtime-Deadline-Ms: 4102444800000\r\nContent-Length: 2\r\n\r\n{}"
	shortEvent = "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: a\r\n" +
		"Content-Length: 2\r\n\r\n{}"
)

// paired returns a connection that waits for pairs, and the server's side of it, which has been
// asked for an event and has to send it.
func paired(t *testing.T) (*Conn, *peerscript.Conn) {
	t.Helper()
	peer := peerscript.Listen(t)
	addr, err := ParseAddr(peer.Addr)
	if err != nil {
		t.Fatal(err)
	}
	c := NewConn(addr, 1<<20)
	t.Cleanup(c.Close)
	played := make(chan *peerscript.Conn, 1)
	const warmUp = 3
	go func() {
		defer close(played)
		server := peer.Accept()
		server.Next()
		server.Send(pairEvent)
		for range warmUp {
			server.Response(pairID, "{}")
			server.Next()
			server.Send(pairAnswer, pairEvent)
		}
		played <- server
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
	server := <-played
	// A pause of this process may have made a wait too long. The cases must start without that.
	c.pair.sameLength, c.pair.guess, c.pace.resting = true, guess{}, false
	return c, server
}

// TestPairWaits: an answer alone does not end the wait, although the event comes later.
func TestPairWaits(t *testing.T) {
	c, server := paired(t)
	go func() {
		for server.More() {
			server.Response(pairID, "")
			server.Send(pairAnswer)
			server.Next()
			time.Sleep(time.Millisecond) // so that a read would find the answer alone
			server.Send(pairEvent)
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
	pause := func(*peerscript.Conn) { time.Sleep(5 * pairPatience * time.Millisecond) }
	send := func(s string) func(*peerscript.Conn) {
		return func(c *peerscript.Conn) { c.Send(s) }
	}
	drop := (*peerscript.Conn).CloseWrite
	for name, test := range map[string]struct {
		server []func(*peerscript.Conn)
		status int
		next   error // nil: an event
	}{
		"event much later": {[]func(*peerscript.Conn){
			send(pairAnswer), pause, send(pairEvent),
		}, 202, nil},
		"short event": {[]func(*peerscript.Conn){send(pairAnswer), send(shortEvent)}, 202, nil},
		"shorter than an answer": {[]func(*peerscript.Conn){
			send("HTTP/1.1 202\r\nContent-Length: 0\r\n\r\n"), pause, send(shortEvent),
		}, 202, nil},
		"a fault, and silence": {[]func(*peerscript.Conn){
			send("HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n"),
		}, 500, ErrStopped},
		"half an answer first": {[]func(*peerscript.Conn){
			send(pairAnswer[:9]), pause, send(pairAnswer[9:]), pause, send(pairEvent),
		}, 202, nil},
		"half an event first": {[]func(*peerscript.Conn){
			send(pairAnswer + pairEvent[:90]), pause, send(pairEvent[90:]),
		}, 202, nil},
		"the end": {[]func(*peerscript.Conn){send(pairAnswer), drop}, 202, ErrClosed},
		"no event": {[]func(*peerscript.Conn){
			send(pairAnswer), send("HTTP/1.1 204 x\r\n\r\n"),
		}, 202, ErrNoEvent},
		"byte by byte": {[]func(*peerscript.Conn){func(c *peerscript.Conn) {
			c.SendPieces(1, pairAnswer, pairEvent)
		}}, 202, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c, server := paired(t)
			done := make(chan struct{})
			go func() {
				defer close(done)
				for _, step := range test.server {
					step(server)
				}
			}()
			defer func() { <-done }()
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
	c, server := paired(t)
	c.expectPair(true, &c.answer)
	server.Send(pairAnswer)
	if a, err := c.Respond([]byte("{}"), "application/json", false); err != nil || !a.Accepted() {
		t.Errorf("answer %v, %v", a, err)
	}
	if c.pair.waitsForBoth {
		t.Error("it waits for a pair")
	}
}

// TestPairStop: a wait for a pair can be stopped.
func TestPairStop(t *testing.T) {
	c, server := paired(t)
	server.Send(pairAnswer)
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
	c, server := paired(t)
	server.Send(pairAnswer + large)
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
		go server.OfferPieces(1<<30, pairAnswer+large) // nobody reads the last of them
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
	go func() {
		for range 2 {
			server := peer.Accept()
			server.Next()
			server.Send(pairEvent)
			for range turns {
				server.Response(pairID, "{}")
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
