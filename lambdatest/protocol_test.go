package lambdatest

import (
	"io"
	"net"
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
		{"two slashes", "GET //2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n", 404,
			false, "404"},
		{"query", "GET /2018-06-01/runtime/invocation/next?a HTTP/1.1\r\nHost: x\r\n\r\n", 404,
			false, "404"},
		{"no such verb", "POST /2018-06-01/runtime/invocation/1/respond HTTP/1.1\r\nHost: x\r\n" +
			"Content-Length: 0\r\n\r\n", 404, false, "404"},
		{"no request ID", "POST /2018-06-01/runtime/invocation//response HTTP/1.1\r\nHost: x\r\n" +
			"Content-Length: 0\r\n\r\n", 404, false, "404"},
		{"method", "POST /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n" +
			"Content-Length: 0\r\n\r\n", 405, false, "405"},
		{"no host", next + "\r\n", 400, true, "no Host"},
		{"empty host", next + "Host: \r\n\r\n", 400, true, "no Host"},
		{"no colon", next + "Host: x\r\nfoo\r\n\r\n", 400, true, "malformed"},
		{"no framing", "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nHost: x\r\n\r\n",
			400, false, "neither Content-Length"},
		{"both framings", "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nHost: x\r\n" +
			"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, false,
			"together"},
		{"bare LF", "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\n" +
			"Host: x\nContent-Length: 0\r\n\r\n", 400, false, "bare LF"},
		{"folded line", "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nHost: x\r\n" +
			"Content-Length: 0\r\nA: b\r\n c\r\n\r\n", 400, false, "folded line"},
		{"space before the colon", "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\n" +
			"Host: x\r\nA : b\r\nContent-Length: 0\r\n\r\n", 400, false,
			"white space in the header name"},
		{"head too large", next + "Host: x\r\nA: " + strings.Repeat("a", maxHead+8192) + "\r\n\r\n",
			431, true, "head too large"},
		{"HTTP/1.0", "POST /2018-06-01/runtime/invocation/1/response HTTP/1.0\r\nHost: x\r\n" +
			"Content-Length: 0\r\n\r\n", 400, true, "version is HTTP/1.0"},
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

// If a field comes twice, it is a list in two lines if it may be a list, and wrong otherwise. The
// server says nothing about a field that nobody has defined.
func TestRepeatedFields(t *testing.T) {
	tests := []struct {
		line     string
		singular bool
	}{
		{"Trailer: Lambda-Runtime-Function-Error-Type", false},
		{"Accept: text/plain", false},
		{"Accept-Encoding: gzip", false},
		{"Cache-Control: no-store", false},
		{"Connection: keep-alive", false},
		{"Content-Encoding: identity", false},
		{"Forwarded: for=x", false},
		{"TE: trailers", false},
		{"Tracestate: a=b", false},
		{"Via: 1.1 x", false},
		{"X-Forwarded-For: 127.0.0.1", false},
		{"X-Unknown: 1", false},
		{"Authorization: x", true},
		{"Content-Length: 3", true},
		{"Content-Type: text/plain", true},
		{"Lambda-Runtime-Function-Error-Type: Function.X", true},
		{"Lambda-Runtime-Function-Response-Mode: streaming", true},
		{"Lambda-Extension-Accept-Feature: accountId", true},
		{"User-Agent: x", true},
	}
	for _, test := range tests {
		name, _, _ := strings.Cut(test.line, ":")
		t.Run(name, func(t *testing.T) {
			s := start(t)
			c := dial(t, s)
			framing, body := "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"
			if name == "Content-Length" {
				framing, body = "", "abc"
			}
			c.send("POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nHost: x\r\n"+
				"%s\r\n%s\r\n%s\r\n%s",
				test.line, strings.ToLower(name)+test.line[len(name):], framing, body)
			c.expect(400)
			if test.singular {
				blamed(t, s, "header "+strings.ToLower(name)+" comes twice")
			} else {
				blameless(t, s)
			}
		})
	}
}

// Where there is nothing, the answers are those of Lambda's emulator. So are they on the routes
// that a function under test does not need.
func TestOtherRoutes(t *testing.T) {
	const text = "Content-Type: text/plain; charset=utf-8\r\nDate: D\r\n"
	const json = "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nDate: D\r\n"
	tests := []struct{ request, answer, violation string }{
		{"GET /2018-06-01/ping",
			"HTTP/1.1 200 OK\r\n" + text + "Content-Length: 4\r\n\r\npong", ""},
		{"PUT /2020-08-15/logs", json + "Content-Length: 77\r\n\r\n" +
			`{"errorMessage":"Logs API is not supported",` +
			`"errorType":"Logs.NotSupported"}` + "\n", ""},
		{"PUT /2022-07-01/telemetry", json + "Content-Length: 87\r\n\r\n" +
			`{"errorMessage":"Telemetry API is not supported",` +
			`"errorType":"Telemetry.NotSupported"}` + "\n", ""},
		{"GET /2018-06-01/runtime", "HTTP/1.1 404 Not Found\r\n" +
			strings.Replace(text, "Date", "X-Content-Type-Options: nosniff\r\nDate", 1) +
			"Content-Length: 19\r\n\r\n404 page not found\n", "404"},
		{"GET /2020-01-01/extension/register",
			"HTTP/1.1 405 Method Not Allowed\r\nAllow: POST\r\nDate: D\r\n" +
				"Content-Length: 0\r\n\r\n", "405"},
	}
	for _, test := range tests {
		t.Run(test.request, func(t *testing.T) {
			s := start(t)
			c := dial(t, s)
			c.send("%s HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", test.request)
			got := make([]byte, len(test.answer)-1+len("Mon, 23 Nov 2026 20:26:06 GMT"))
			if _, err := io.ReadFull(c.in, got); err != nil || string(undated(got)) != test.answer {
				t.Errorf("got %q, %v\nwant %q", got, err, test.answer)
			}
			if test.violation == "" {
				blameless(t, s)
			} else {
				blamed(t, s, test.violation)
			}
		})
	}
}

// A client that stops sending in the middle of a body can still read, and gets an answer.
func TestTruncatedBodyIsAnswered(t *testing.T) {
	const head = "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nHost: x\r\n"
	for name, rest := range map[string]string{
		"length": "Content-Length: 10\r\n\r\nfive!",
		"chunks": "Transfer-Encoding: chunked\r\n\r\nzz\r\nwrong",
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			c := dial(t, s)
			c.send("%s", head+rest)
			c.Conn.(*net.TCPConn).CloseWrite()
			const want = `{"errorMessage":"HTTP request detected as truncated",` +
				`"errorType":"TruncatedHTTPRequest"}` + "\n"
			if a := c.expect(400); a.body != want || !a.Close {
				t.Errorf("body %q, close %v", a.body, a.Close)
			}
			c.ended()
			blamed(t, s, "/response: body: ")
		})
	}
}

func TestGetWithBody(t *testing.T) {
	s := start(t)
	s.Queue(Event{})
	c := dial(t, s)
	c.send("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n" +
		"Content-Length: 2\r\n\r\nhi")
	c.expect(200)
	blamed(t, s, "GET with a body")
}

func TestTruncatedBody(t *testing.T) {
	s := start(t)
	p := s.Queue(Event{})
	c := dial(t, s)
	c.send(getNext)
	id := c.id(c.expect(200))
	c.send("POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: x\r\n"+
		"Content-Length: 10\r\n\r\nfive!", id)
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
	c.send("POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: x\r\n"+
		"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n", id)
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
	answer, err := http.Get("http://" + s.Addr() + "/2018-06-01/runtime/invocation/next")
	if err != nil || answer.StatusCode != 200 {
		t.Fatalf("with the base path: %v, %v", answer, err)
	}
	answer.Body.Close()
	c := dial(t, s)
	c.send(getNext)
	c.expect(404)
	http.DefaultClient.CloseIdleConnections()
}
