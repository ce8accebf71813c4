package lambdatest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// patience bounds every wait of these tests: it is used up only when something hangs.
const patience = time.Minute

func start(t *testing.T) *Server {
	t.Helper()
	s := NewServer()
	t.Cleanup(s.Close)
	return s
}

func limited(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// client is a plain connection: it sends any bytes, and reads responses with net/http's parser.
type client struct {
	t *testing.T
	net.Conn
	in *bufio.Reader
}

func dial(t *testing.T, s *Server) *client {
	t.Helper()
	host, _, _ := strings.Cut(s.Addr(), "/")
	socket, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	socket.SetDeadline(time.Now().Add(patience))
	return &client{t: t, Conn: socket, in: bufio.NewReader(socket)}
}

func (c *client) send(format string, args ...any) {
	c.t.Helper()
	if _, err := fmt.Fprintf(c, format, args...); err != nil {
		c.t.Fatal(err)
	}
}

const getNext = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n"

func post(id, verb, header, body string) string {
	return fmt.Sprintf("POST /2018-06-01/runtime/invocation/%s/%s HTTP/1.1\r\nHost: x\r\n"+
		"%sContent-Length: %d\r\n\r\n%s",
		id, verb, header, len(body), body)
}

type answer struct {
	*http.Response
	body string
}

// read reads one answer, body and all.
func (c *client) read() answer {
	c.t.Helper()
	response, err := http.ReadResponse(c.in, nil)
	if err != nil {
		c.t.Fatalf("answer: %v", err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatalf("answer's body after %d bytes: %v", len(body), err)
	}
	return answer{response, string(body)}
}

// readRaw reads exactly as many bytes as want has, and compares them.
func (c *client) readRaw(want string) {
	c.t.Helper()
	got := make([]byte, len(want))
	n, err := io.ReadFull(c.in, got)
	if err != nil || string(got) != want {
		c.t.Fatalf("got %q, %v\nwant %q", got[:n], err, want)
	}
}

// ended checks that the server has closed the connection.
func (c *client) ended() {
	c.t.Helper()
	rest, err := io.ReadAll(c.in)
	if len(rest) > 0 || err != nil {
		c.t.Fatalf("got %q, %v; want the end", rest, err)
	}
}

// expect reads an answer and checks its status.
func (c *client) expect(status int) answer {
	c.t.Helper()
	a := c.read()
	if a.StatusCode != status {
		c.t.Fatalf("got %s with %q, want %d", a.Status, a.body, status)
	}
	return a
}

func (c *client) id(a answer) string { return a.Header.Get(headerRequestID) }

// result waits for the end of an invocation.
func result(t *testing.T, p *Pending) Result {
	t.Helper()
	r, err := p.Wait(limited(t))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// blameless checks that the server saw nothing wrong.
func blameless(t *testing.T, s *Server) {
	t.Helper()
	for _, v := range s.Violations() {
		t.Errorf("violation: %s", v)
	}
}

// blamed checks that the server saw exactly one thing wrong, and that its note matches.
func blamed(t *testing.T, s *Server, pattern string) {
	t.Helper()
	got := s.Violations()
	if len(got) != 1 || !regexp.MustCompile(pattern).MatchString(got[0]) {
		t.Errorf("violations %q, want one like %q", got, pattern)
	}
}

// undated removes the value of the Date header from an answer.
func undated(b []byte) string {
	return string(regexp.MustCompile(`Date: [^\r]+ GMT\r\n`).ReplaceAll(b, []byte("Date: D\r\n")))
}

// payload returns n bytes with every value in them.
func payload(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i ^ i>>8)
	}
	return b
}

// httpRuntime runs a runtime over net/http: it answers every event as handle says, until the server
// closes.
func httpRuntime(s *Server, handle func(event []byte) (verb string, body []byte)) (stop func()) {
	transport := &http.Transport{}
	client := &http.Client{Transport: transport}
	base := "http://" + s.Addr() + "/2018-06-01/runtime/invocation/"
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			next, err := client.Get(base + "next")
			if err != nil {
				return
			}
			event, err := io.ReadAll(next.Body)
			next.Body.Close()
			if err != nil || next.StatusCode != http.StatusOK {
				return
			}
			verb, body := handle(event)
			answer, err := client.Post(base+next.Header.Get(headerRequestID)+"/"+verb, "",
				bytes.NewReader(body))
			if err != nil {
				return
			}
			io.Copy(io.Discard, answer.Body)
			answer.Body.Close()
		}
	}()
	return func() { <-stopped; transport.CloseIdleConnections() }
}
