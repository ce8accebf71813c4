package lambdatest

import (
	"net/http"
	"strings"
	"testing"
)

func TestProtocolFaults(t *testing.T) {
	const next = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n"
	tests := []struct {
		name, request string
		status        int
		closes        bool
		violation     string
	}{
		{"two slashes", "GET //2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n", 404, false, "404"},
		{"query", "GET /2018-06-01/runtime/invocation/next?a HTTP/1.1\r\nHost: x\r\n\r\n", 404, false, "404"},
		{"no such verb", "POST /2018-06-01/runtime/invocation/1/respond HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 404, false, "404"},
		{"no request ID", "POST /2018-06-01/runtime/invocation//response HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 404, false, "404"},
		{"method", "POST /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 405, false, "405"},
		{"no host", next + "\r\n", 400, true, "no Host"},
		{"empty host", next + "Host: \r\n\r\n", 400, true, "no Host"},
		{"no colon", next + "Host: x\r\nfoo\r\n\r\n", 400, true, "malformed"},
		{"no framing", "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nHost: x\r\n\r\n", 400, false, "neither Content-Length"},
		{"both framings", "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, false, "together"},
		{"doubled header", "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nHost: x\r\nA: 1\r\na: 1\r\nContent-Length: 0\r\n\r\n", 400, false, "header a comes twice"},
		{"bare LF", "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nHost: x\nContent-Length: 0\r\n\r\n", 400, false, "bare LF"},
		{"folded line", "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nA: b\r\n c\r\n\r\n", 400, false, "folded line"},
		{"space before the colon", "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nHost: x\r\nA : b\r\nContent-Length: 0\r\n\r\n", 400, false, "white space in the header name"},
		{"head too large", next + "Host: x\r\nA: " + strings.Repeat("a", maxHead+8192) + "\r\n\r\n", 431, true, "head too large"},
		{"HTTP/1.0", "POST /2018-06-01/runtime/invocation/1/response HTTP/1.0\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 400, true, "version is HTTP/1.0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := start(t)
			c := dial(t, s)
			c.send("%s", test.request)
			c.expect(test.status)
			blamed(t, s, test.violation)
			if test.closes {
				c.ended()
				return
			}
			s.Queue(Event{Payload: []byte("alive")})
			c.send(getNext)
			if a := c.expect(200); a.body != "alive" {
				t.Errorf("got %q", a.body)
			}
		})
	}
}

func TestGetWithBody(t *testing.T) {
	s := start(t)
	s.Queue(Event{})
	c := dial(t, s)
	c.send("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
	c.expect(200)
	blamed(t, s, "GET with a body")
}

func TestTruncatedBody(t *testing.T) {
	s := start(t)
	p := s.Queue(Event{})
	c := dial(t, s)
	c.send(getNext)
	id := c.id(c.expect(200))
	c.send("POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nfive!", id)
	c.Close()
	again := dial(t, s)
	again.send("%s", post(id, "response", "", "whole"))
	again.expect(202)
	if r := result(t, p); string(r.Body) != "whole" {
		t.Errorf("result %q", r.Body)
	}
	for limit := limited(t); s.Open() > 1; { // until the server has seen the first connection's end
		select {
		case <-limit.Done():
			t.Fatal("the cut connection stays open")
		default:
		}
	}
	blamed(t, s, "unexpected EOF after 5 bytes")
}

func TestExpectContinue(t *testing.T) {
	s := start(t)
	s.Queue(Event{})
	c := dial(t, s)
	c.send(getNext)
	id := c.id(c.expect(200))
	c.send("POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n", id)
	c.readRaw("HTTP/1.1 100 Continue\r\n\r\n")
	c.send("ok")
	c.expect(202)
}

func TestBasePath(t *testing.T) {
	s := NewServer()
	defer s.Close()
	s.BasePath = "/worker/1"
	if !strings.HasSuffix(s.Addr(), "/worker/1") {
		t.Errorf("address %q", s.Addr())
	}
	s.Queue(Event{Payload: []byte("x")})
	reply, err := http.Get("http://" + s.Addr() + "/2018-06-01/runtime/invocation/next")
	if err != nil || reply.StatusCode != 200 {
		t.Fatalf("with the base path: %v, %v", reply, err)
	}
	reply.Body.Close()
	c := dial(t, s)
	c.send(getNext)
	c.expect(404)
	http.DefaultClient.CloseIdleConnections()
}
