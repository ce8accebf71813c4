package wire

import (
	"bytes"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/pool"
)

// Extend puts the response into the room of Dst, with the capacity asked for, wherever it lay
// before, in a buffer that is large enough or has to grow. What was handed out before stays as it
// is.
func TestExtend(t *testing.T) {
	const text = "0123456789"
	own := []byte(text)
	whole := func(c *Conn) []byte { return append(c.Dst(), text...) }
	for name, c := range map[string]struct {
		body func(c *Conn) []byte
		want string
	}{
		"nothing":           {func(c *Conn) []byte { return nil }, ""},
		"in place":          {whole, text},
		"in place, a part":  {func(c *Conn) []byte { return whole(c)[:3:3] }, "012"},
		"shifted":           {func(c *Conn) []byte { return whole(c)[3:] }, "3456789"},
		"elsewhere":         {func(c *Conn) []byte { return own }, text},
		"elsewhere, a part": {func(c *Conn) []byte { return own[:1] }, "0"},
	} {
		for _, n := range []int{0, 1, 100, firstWrite, 100_000} {
			conn := NewConn(Addr{}, 1)
			pool.Put(conn.out.lent)
			conn.out.lent = &pool.Buffer{B: make([]byte, firstWrite)}
			before := c.body(conn)
			got := conn.Extend(before, n)
			if string(got) != c.want || cap(got) < len(c.want)+n ||
				len(got) > 0 && !conn.out.inPlace(got) {
				t.Errorf("%s, %d more: %q with capacity %d", name, n, got, cap(got))
			}
			if end := cap(got) + headRoom + len(conn.out.get); end > len(conn.out.lent.B) {
				t.Errorf("%s, %d more: ends at %d of a buffer of %d bytes",
					name, n, end, len(conn.out.lent.B))
			}
			got = append(got, strings.Repeat("x", n)...)
			if n >= firstWrite && string(before) != c.want {
				t.Errorf("%s, %d more: what it was before has become %q", name, n, before)
			}
			if string(own) != text {
				t.Errorf("%s, %d more: what lies elsewhere has become %q", name, n, own)
			}
			if n > 0 && !conn.out.inPlace(got) {
				t.Errorf("%s, %d more: the append has moved it", name, n)
			}
			conn.Close()
		}
	}
}

// After LeaveDst nothing touches what was handed out, not even Poison.
func TestLeaveDst(t *testing.T) {
	c, peer := played(t, "tcp", "127.0.0.1:0", "")
	c.Poison = true
	done := make(chan struct{})
	go func() {
		defer close(done)
		exchange(peer.Accept(), get(""), event,
			post("", "response", "Content-Length: 3", "new")+get(""), accepted+event)
	}()
	if err := c.Next(); err != nil {
		t.Fatal(err)
	}
	left := append(c.Dst(), "left"...)
	c.LeaveDst()
	a, err := c.Respond(append(c.Dst(), "new"...), "application/json", true)
	if err != nil || !a.Accepted() {
		t.Fatalf("answer %v, %v", a, err)
	}
	if err := c.Next(); err != nil || !bytes.Equal(left, []byte("left")) {
		t.Errorf("what was left has become %q; %v", left, err)
	}
	<-done
}

// A response arrives whole whether the write buffer has room for it or not, and wherever it lies.
func TestResponsesOutgrowTheBuffer(t *testing.T) {
	sizes := []int{1, firstWrite - headRoom - 100, firstWrite - headRoom, firstWrite, 20_000,
		gather, gather + 1, 100_000}
	for _, size := range sizes {
		for _, lies := range []string{"elsewhere", "in place", "grown in place", "shifted"} {
			c, peer := played(t, "tcp", "127.0.0.1:0", "")
			pool.Put(c.out.lent)
			c.out.lent = &pool.Buffer{B: make([]byte, firstWrite)}
			want := make([]byte, size)
			for i := range want {
				want[i] = byte(i % 251)
			}
			done := make(chan struct{})
			go func() {
				defer close(done)
				server := peer.Accept()
				exchange(server, get(""), event)
				server.Response("id", string(want))
				server.Next()
				server.Send(accepted + event)
			}()
			if err := c.Next(); err != nil {
				t.Fatal(err)
			}
			var body []byte
			switch lies {
			case "elsewhere":
				body = bytes.Clone(want)
			case "in place":
				body = append(c.Dst(), want...)
			case "grown in place":
				body = append(c.Extend(append(c.Dst(), want[0]), size-1), want[1:]...)
			case "shifted":
				body = append(append(c.Dst(), "x"...), want...)[1:]
			}
			if a, err := c.Respond(body, "application/json", true); err != nil || !a.Accepted() {
				t.Fatalf("%d bytes %s: answer %v, %v", size, lies, a, err)
			}
			<-done
		}
	}
}
