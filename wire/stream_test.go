package wire

import (
	"bytes"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/internal/peerscript"
)

// streaming is a connection that has read an event, and the script's end of it.
func streaming(t *testing.T) (*Conn, *peerscript.Conn, *peerscript.Peer) {
	t.Helper()
	peer := peerscript.Listen(t)
	addr, err := ParseAddr(peer.Addr)
	if err != nil {
		t.Fatal(err)
	}
	c := NewConn(addr, 1<<20)
	t.Cleanup(c.Close)
	read := make(chan error)
	go func() { read <- c.Next() }()
	conn := peer.Accept()
	conn.Next()
	conn.Send(peerscript.Event("id", "event"))
	if err := <-read; err != nil {
		t.Fatal(err)
	}
	return c, conn, peer
}

// A stream that is lost sends nothing any more, whoever goes on, and says why each time; its end
// says that it was cut. The connection is good for the next event.
func TestBrokenStream(t *testing.T) {
	c, conn, peer := streaming(t)
	c.Begin("text/plain", nil, nil)
	if !c.Streaming() {
		t.Error("no stream has begun")
	}
	if err := c.Send(nil, nil); err != nil {
		t.Fatal(err)
	}
	conn.Reset()
	var broken error
	for broken == nil {
		broken = c.Send(append(c.Dst(), strings.Repeat("x", 10_000)...), nil)
	}
	for range 3 {
		if err := c.Send([]byte("more"), nil); err != broken {
			t.Fatalf("Send returned %v; want %v", err, broken)
		}
	}
	c.Last([]byte("last"))
	if _, err := c.Respond(nil, "", true); err != broken || !Cut(err) || Gone(err) {
		t.Errorf("Respond returned %v; want %v", err, broken)
	}
	if c.Streaming() {
		t.Error("the stream has not ended")
	}
	read := make(chan error)
	go func() { read <- c.Next() }()
	conn = peer.Accept()
	conn.Next()
	conn.Send(peerscript.Event("id", "another"))
	if err := <-read; err != nil || string(c.Event()) != "another" {
		t.Errorf("event %q, %v", c.Event(), err)
	}
}

// Where no connection can be made there is no stream, and the invocation can be reported.
func TestStreamNotBegun(t *testing.T) {
	c, conn, peer := streaming(t)
	peer.Close()
	conn.Close()
	c.disconnect()
	c.Begin("text/plain", nil, nil)
	if err := c.Send([]byte("x"), nil); !Gone(err) || Cut(err) || c.Streaming() {
		t.Errorf("Send returned %v, streaming %v", err, c.Streaming())
	}
}

// Trailers have at most as many bytes as Go's net/http takes, whatever the type.
func TestTrailersFit(t *testing.T) {
	for n := 1; n <= 300; n++ {
		most := maxReport - n/4*3 - 3
		kind, report := strings.Repeat("k", n), bytes.Repeat([]byte("r"), most)
		size := len(appendTrailers(nil, kind, report)) - len(lastChunk)
		if size > maxTrailers || size < maxTrailers-16 {
			t.Fatalf("a type of %d bytes: trailers of %d", n, size)
		}
	}
}
