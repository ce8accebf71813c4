package wire

import (
	"strings"
	"testing"

	"github.com/minlambda/minlambda/internal/peerscript"
)

// played returns a Conn and the server that it connects to, which the test plays itself.
func played(t *testing.T, network, host, suffix string) (*Conn, *peerscript.Peer) {
	t.Helper()
	peer := peerscript.ListenOn(t, network, host)
	a, err := ParseAddr("http://" + peer.Addr + suffix)
	if err != nil {
		t.Fatal(err)
	}
	c := NewConn(a, 1<<20)
	t.Cleanup(c.Close)
	return c, peer
}

const (
	event    = "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: id\r\nContent-Length: 2\r\n\r\n{}"
	accepted = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
)

// exchange plays a server: for each pair it expects the first in one piece, then sends the second.
// HOST in what it expects stands for the address.
func exchange(server *peerscript.Conn, pairs ...string) {
	host := server.Socket.LocalAddr().String()
	for i := 0; i < len(pairs); i += 2 {
		server.Piece(strings.ReplaceAll(pairs[i], "HOST", host))
		server.Send(pairs[i+1])
	}
}

func get(base string) string {
	return "GET " + base + "/2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: HOST\r\n" +
		"User-Agent: " + userAgent + "\r\n\r\n"
}

func post(base, what, fields, body string) string {
	return "POST " + base + "/2018-06-01/runtime/invocation/id/" + what + " HTTP/1.1\r\n" +
		"Host: HOST\r\nContent-Type: application/json\r\n" + fields + "\r\n\r\n" + body
}

// Each request has exactly these bytes, and a response and the next GET arrive in one segment.
func TestBytesOnTheWire(t *testing.T) {
	withID := strings.Replace(event, "Content-", "Lambda-Runtime-Invocation-Id: nonce\r\nContent-",
		1)
	emptyID := strings.Replace(event, "Content-", "Lambda-Runtime-Invocation-Id: \r\nContent-", 1)
	for _, host := range []string{"127.0.0.1:0", "[::1]:0"} {
		t.Run(host, func(t *testing.T) {
			c, peer := played(t, "tcp", host, "/a/base/")
			done := make(chan struct{})
			go func() {
				defer close(done)
				const b = "/a/base"
				exchange(peer.Accept(),
					get(b), event,
					post(b, "response", "Content-Length: 3", "abc")+get(b), accepted+withID,
					post(b, "response", "Lambda-Runtime-Invocation-Id: nonce\r\nContent-Length: 0",
						"")+get(b), accepted+emptyID,
					post(b, "response", "Content-Length: 3", "own")+get(b), accepted+withID,
					post(b, "error", "Lambda-Runtime-Invocation-Id: nonce\r\n"+
						"Lambda-Runtime-Function-Error-Type: Function.Bad\r\n"+
						"Lambda-Runtime-Function-XRay-Error-Cause: {\"x\":[]}\r\nContent-Length: 2",
						"{}")+get(b), accepted+event,
					post(b, "response", "Content-Length: 2", "{}"), accepted, // in sequence
					get(b), event)
			}()
			next := func() {
				t.Helper()
				if err := c.Next(); err != nil || string(c.Event()) != "{}" ||
					string(c.RequestID()) != "id" {
					t.Fatalf("event %q, %v", c.Event(), err)
				}
			}
			sent := func(a Answer, err error) {
				t.Helper()
				if err != nil || !a.Accepted() {
					t.Fatalf("answer %v, %v", a, err)
				}
			}
			next()
			sent(c.Respond(append(c.Dst(), "abc"...), "application/json", true))
			next()
			sent(c.Respond(nil, "application/json", true))
			next()
			sent(c.Respond([]byte("own"), "application/json", true))
			next()
			sent(c.Fail(append(c.Dst(), "{}"...), "Function.Bad", `{"x":[]}`, true))
			next()
			sent(c.Respond(c.Event(), "application/json", false))
			next()
			<-done
		})
	}
}

// A server that closes the connection after an event will close the next one as well. So the
// response goes over a new connection, and no GET follows it, since nobody would read that.
func TestEventThatCloses(t *testing.T) {
	c, peer := played(t, "tcp", "127.0.0.1:0", "")
	done := make(chan struct{})
	go func() {
		defer close(done)
		// It stays open: the response must not wait for its end.
		exchange(peer.Accept(), get(""),
			strings.Replace(event, "Content-", "Connection: close\r\nContent-", 1))
		exchange(peer.Accept(), post("", "response", "Content-Length: 2", "{}"), accepted,
			get(""), event)
	}()
	if err := c.Next(); err != nil {
		t.Fatal(err)
	}
	if a, err := c.Respond(c.Event(), "application/json", true); err != nil || !a.Accepted() {
		t.Fatalf("answer %v, %v", a, err)
	}
	if err := c.Next(); err != nil {
		t.Fatal(err)
	}
	<-done
}

// The answers that real servers give to next and to a POST, read byte by byte and whole.
func TestAnswersOfTheWild(t *testing.T) {
	events := []string{
		event,
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n" +
			"Content-Length: 9\r\n\r\n" + event,
		"HTTP/1.1 200\r\nLAMBDA-RUNTIME-AWS-REQUEST-ID:id\r\ncontent-length:2\r\n" +
			"Content-Length: 2\r\n\r\n{}",
		"HTTP/1.1 200 \r\nLambda-Runtime-Aws-Request-Id:\t id \t\r\nX: y: \xff\r\n" +
			"Transfer-Encoding: Chunked\r\n\r\n01;a=\"b;c\"\r\n{\r\n1\r\n}\r\n00\r\nT: u\r\n\r\n",
		"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nLambda-Runtime-Aws-Request-Id: id\r\n" +
			"Content-Length: 2\r\n\r\n{}",
	}
	answers := []string{
		accepted,
		"HTTP/1.1 202 Accepted\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK",
		"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\n\r\n",
		"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n",
	}
	for _, e := range events {
		for _, a := range answers {
			for _, piece := range []int{1, 1 << 20} {
				wild(t, e, a, piece, false)
			}
		}
	}
	wild(t, event, "HTTP/1.0 200 OK\r\n\r\n", 1<<20, true)
	wild(t, event, "HTTP/1.0 202 Accepted\r\n\r\nOK", 1<<20, true)
	wild(t, event, "HTTP/1.1 202 Accepted\r\nConnection: close\r\n\r\n", 1, true)
	wild(t, "HTTP/1.1 204 No Content\r\n\r\n", "", 1, false)
}

func wild(t *testing.T, event, answer string, piece int, closes bool) {
	t.Helper()
	c, peer := played(t, "tcp", "127.0.0.1:0", "")
	done := make(chan struct{})
	defer func() { c.disconnect(); <-done }()
	go func() {
		defer close(done)
		server := peer.Accept()
		server.Next()
		server.SendPieces(piece, event)
		if answer == "" || !server.More() {
			return
		}
		server.Response("id", "response")
		server.SendPieces(piece, answer)
		if closes {
			server.Close()
		}
	}()
	err := c.Next()
	if answer == "" {
		if e, ok := err.(*Error); !ok || e.Err != ErrNoEvent {
			t.Errorf("Next returned %v", err)
		}
		return
	}
	if err != nil || string(c.Event()) != "{}" || string(c.RequestID()) != "id" {
		t.Fatalf("%q: event %q of %q, %v", event, c.Event(), c.RequestID(), err)
	}
	if a, err := c.Respond([]byte("response"), "a/b", false); err != nil || !a.Accepted() {
		t.Errorf("%q: %v, %v", answer, a, err)
	}
}

// 6 MiB go through a window of 64 KB, whole and unharmed, wherever the body lies.
func TestSlowReader(t *testing.T) {
	body := make([]byte, 6<<20)
	for i := range body {
		body[i] = byte(i ^ i>>8 ^ i>>16)
	}
	for _, own := range []bool{false, true} {
		c, peer := played(t, "tcp", "127.0.0.1:0", "")
		played := make(chan struct{})
		go func() {
			defer close(played)
			server := peer.Accept()
			server.Socket.SetReadBuffer(64 << 10)
			server.Next()
			server.Send(event)
			server.Response("id", string(body))
			server.Next()
			server.Send(accepted)
		}()
		if err := c.Next(); err != nil {
			t.Fatal(err)
		}
		response := body
		if !own {
			response = append(c.Dst(), body...)
		}
		if _, err := c.Respond(response, "a/b", true); err != nil {
			t.Errorf("own %v: %v", own, err)
		}
		<-played
	}
}
