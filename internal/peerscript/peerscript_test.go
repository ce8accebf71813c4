package peerscript

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// A witness is a test that a script may fail, and that remembers what was said.
type witness struct {
	testing.TB
	mu   sync.Mutex
	said []string
}

func (w *witness) Helper() {}

func (w *witness) Errorf(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, fmt.Sprintf(format, args...))
}

const (
	get  = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n"
	post = "POST /2018-06-01/runtime/invocation/a/response HTTP/1.1\r\nHost: x\r\n" +
		"Content-Length: 2\r\n\r\nok"
	chunks = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" +
		"2\r\nok\r\n0\r\n\r\n"
)

var large = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" +
	strings.Repeat("0123456789", 10_000)

// A stepTest is a client that sends bytes, and a script that expects something.
type stepTest struct {
	sends  string
	script func(*Conn)
	fails  string // what the failure says; "" if the step passes
}

var steps = map[string]stepTest{
	"next":           {get, (*Conn).Next, ""},
	"next, a POST":   {post, (*Conn).Next, "got the request"},
	"next, nothing":  {"", (*Conn).Next, "want a request"},
	"next, cut":      {get[:20], (*Conn).Next, "want a request"},
	"response":       {post, func(c *Conn) { c.Response("a", "ok") }, ""},
	"response, id":   {post, func(c *Conn) { c.Response("b", "ok") }, "got the request"},
	"response, body": {post, func(c *Conn) { c.Response("a", "no") }, `is "ok"`},
	"response, cut": {post[:len(post)-1], func(c *Conn) { c.Response("a", "ok") },
		"want a request"},
	"error, response": {post, func(c *Conn) { c.Error("a") }, "got the request"},
	"bytes":           {"abc", func(c *Conn) { c.Bytes("abc") }, ""},
	"bytes, others":   {"abd", func(c *Conn) { c.Bytes("abc") }, `got "abd"`},
	"piece":           {"abc", func(c *Conn) { c.Piece("abc") }, ""},
	"piece, others":   {"abd", func(c *Conn) { c.Piece("abc") }, `got the piece "abd"`},
	"piece, more":     {"abcd", func(c *Conn) { c.Piece("abc") }, `got the piece "abcd"`},
	"piece, less":     {"ab", func(c *Conn) { c.Piece("abc") }, `got the piece "ab"`},
	"piece, nothing":  {"", func(c *Conn) { c.Piece("abc") }, "EOF"},
	"more, then none": {"abc", func(c *Conn) {
		if !c.More() {
			c.fail("no more")
		}
		c.Bytes("abc")
		if c.More() {
			c.fail("more")
		}
	}, ""},
	"rest": {"abc", func(c *Conn) {
		if rest, err := c.Rest(); rest != "abc" || err != nil {
			c.fail("the rest is %q, %v", rest, err)
		}
	}, ""},
	"drained": {"abc", func(c *Conn) { c.Drain(); c.Bytes("abc") }, `got ""`},
	"large body, short": {large[:len(large)-1], func(c *Conn) { c.Request("POST ") },
		"want a request"},
	"large body": {large + get, func(c *Conn) {
		if got := c.Request("POST "); got != large {
			c.fail("%d bytes", len(got))
		}
		c.Next()
	}, ""},
	"chunks": {chunks + get, func(c *Conn) {
		if got := c.Request("POST "); got != chunks {
			c.fail("%q", got)
		}
		c.Next()
	}, ""},
	"ended":        {"", (*Conn).Ended, ""},
	"ended, bytes": {"x", (*Conn).Ended, `got "x"`},
	"two requests": {post + get, func(c *Conn) {
		c.Response("a", "ok")
		if !c.Together() {
			c.fail("not together")
		}
		c.Next()
		c.Ended()
	}, ""},
	"one request": {post, func(c *Conn) {
		c.Response("a", "ok")
		if c.Together() {
			c.fail("together")
		}
	}, ""},
}

// Each step sees what it is to see: the witness says whether the step has failed.
func TestSteps(t *testing.T) {
	for name, c := range steps {
		t.Run(name, func(t *testing.T) {
			w := &witness{TB: t}
			peer := Listen(w)
			client, err := net.Dial("tcp", peer.Addr)
			if err != nil {
				t.Fatal(err)
			}
			io.WriteString(client, c.sends)
			client.(*net.TCPConn).CloseWrite()
			done := make(chan struct{})
			go func() {
				defer close(done)
				c.script(peer.Accept())
			}()
			<-done
			client.Close()
			if got := strings.Join(w.said, "; "); (got == "") != (c.fails == "") ||
				!strings.Contains(got, c.fails) {
				t.Errorf("the script said %q; want %q", got, c.fails)
			}
		})
	}
}

// What is sent arrives, and so does the way in which a connection ends.
func TestEnds(t *testing.T) {
	for name, c := range map[string]struct {
		end   func(*Conn)
		reset bool
	}{
		"close":       {(*Conn).Close, false},
		"close write": {(*Conn).CloseWrite, false},
		"reset":       {(*Conn).Reset, true},
	} {
		t.Run(name, func(t *testing.T) {
			peer := Listen(t)
			client, err := net.Dial("tcp", peer.Addr)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			client.SetDeadline(time.Now().Add(Patience))
			server := peer.Accept()
			want := Event("id", "{}") + Accepted
			server.SendPieces(7, want)
			got := make([]byte, len(want))
			if _, err := io.ReadFull(client, got); err != nil || string(got) != want {
				t.Errorf("got %q, %v", got, err)
			}
			c.end(server)
			if _, err := client.Read(got); (err != io.EOF) != c.reset {
				t.Errorf("then %v", err)
			}
		})
	}
}

// What comes in two pieces is not one.
func TestTwoPieces(t *testing.T) {
	w := &witness{TB: t}
	peer := Listen(w)
	client, err := net.Dial("tcp", peer.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		server := peer.Accept()
		server.Piece("ab")
		server.Send("x")
		server.Piece("cd")
	}()
	io.WriteString(client, "ab")
	if _, err := io.ReadFull(client, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	io.WriteString(client, "c") // and the d only when this was read
	<-done
	if got := strings.Join(w.said, "; "); !strings.Contains(got, `got the piece "c"`) {
		t.Errorf("the script said %q", got)
	}
}

// A connection that nobody should have made is seen.
func TestNone(t *testing.T) {
	for _, connects := range []bool{false, true} {
		w := &witness{TB: t}
		peer := Listen(w)
		if connects {
			client, err := net.Dial("tcp", peer.Addr)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
		}
		done := make(chan struct{})
		go func() { defer close(done); peer.None() }()
		<-done
		if len(w.said) > 0 != connects {
			t.Errorf("connects %v: the script said %q", connects, w.said)
		}
	}
}

// A script that is repeated is played with every connection, and what is offered may be left.
func TestRepeat(t *testing.T) {
	peer := Listen(t)
	played := peer.Repeat(func(c *Conn) { c.Offer("abc") })
	for n := 1; n <= 3; n++ {
		conn, err := net.Dial("tcp", peer.Addr)
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(Patience))
		if n == 2 {
			conn.(*net.TCPConn).SetLinger(0)
			conn.Close() // and the next is served all the same
			continue
		}
		if got, err := io.ReadAll(conn); string(got) != "abc" || err != nil {
			t.Errorf("read %q, %v", got, err)
		}
		conn.Close()
		if played() != n {
			t.Errorf("%d connections, want %d", played(), n)
		}
	}
}
