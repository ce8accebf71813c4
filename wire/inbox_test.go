package wire

import (
	"strings"
	"testing"
)

// The answer to a response lies after the event, and the next event after the answer, until the
// response was accepted. This must not double the buffer that a large event has made.
func TestLargeEventsShareABuffer(t *testing.T) {
	const size = 1 << 19
	large := "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: id\r\n" +
		"Transfer-Encoding: chunked\r\n\r\n80000\r\n" +
		strings.Repeat("7", size) + "\r\n0\r\n\r\n"
	c, peer := played(t, "tcp", "127.0.0.1:0", "")
	done := make(chan struct{})
	go func() {
		defer close(done)
		server := peer.Accept()
		server.Next()
		server.Send(large)
		for server.More() {
			server.Response("id", strings.Repeat("7", size))
			server.Next()
			server.OfferPieces(1<<30, accepted+large) // nobody reads the last event
		}
	}()
	defer func() { c.disconnect(); <-done }()
	before := 0
	for i := range 5 {
		if err := c.Next(); err != nil {
			t.Fatal(err)
		}
		if n := len(c.Event()); n != size {
			t.Fatalf("event of %d bytes", n)
		}
		if i == 0 {
			before = len(c.in.lent.B)
		} else if len(c.in.lent.B) != before {
			t.Fatalf("the buffer grew from %d to %d bytes for event %d", before, len(c.in.lent.B),
				i)
		}
		if _, err := c.Respond(c.Event(), "application/json", true); err != nil {
			t.Fatal(err)
		}
	}
}
