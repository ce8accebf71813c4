package wire

import (
	"bytes"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/pool"
)

// With Poison, Next also overwrites the memory that the buffers had before they grew during an
// invocation: the read buffer grows for the answer after a long event, the write buffer for a long
// response. Without Poison that memory stays as it is.
func TestOutgrownBuffersArePoisoned(t *testing.T) {
	const size = firstRead - 2000
	long := "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: id\r\nContent-Length: 6192\r\n\r\n" +
		strings.Repeat("e", size)
	response := "kept" + strings.Repeat("r", 100_000)
	for _, poison := range []bool{false, true} {
		c, peer := played(t, "tcp", "127.0.0.1:0", "")
		pool.Put(c.in.lent)
		pool.Put(c.out.lent)
		c.in.lent = &pool.Buffer{B: make([]byte, firstRead)}
		c.out.lent = &pool.Buffer{B: make([]byte, firstWrite)}
		c.Poison = poison
		done := make(chan struct{})
		go func() {
			defer close(done)
			server := peer.Accept()
			exchange(server, get(""), long)
			server.Response("id", response)
			server.Next()
			server.Send(accepted + event)
		}()
		if err := c.Next(); err != nil {
			t.Fatal(err)
		}
		in, out := &c.in.lent.B[0], &c.out.lent.B[0]
		keptEvent, keptDst := c.Event(), append(c.Dst(), "kept"...)
		body := append(c.Extend(keptDst, len(response)-4), response[4:]...)
		if a, err := c.Respond(body, "application/json", true); err != nil || !a.Accepted() {
			t.Fatalf("answer %v, %v", a, err)
		}
		if err := c.Next(); err != nil {
			t.Fatal(err)
		}
		<-done
		if in == &c.in.lent.B[0] || out == &c.out.lent.B[0] {
			t.Error("the buffers have not grown: the test shows nothing")
		}
		for name, b := range map[string][]byte{"event": keptEvent, "dst": keptDst} {
			if got := bytes.Equal(b, bytes.Repeat([]byte{0xdb}, len(b))); got != poison {
				t.Errorf("poison %v: the kept %s is overwritten: %v", poison, name, got)
			}
		}
		if len(c.in.outgrown)+len(c.out.outgrown) > 0 {
			t.Errorf("%d outgrown buffers are kept", len(c.in.outgrown)+len(c.out.outgrown))
		}
	}
}
