package minlambda_test

import (
	"bytes"
	"fmt"
	"net"
	"strconv"
	"testing"
	"time"
)

// A canned Runtime API sends one event again and again, under a new request ID
// each time, and allocates nothing while it does: what is allocated is the
// loop's. The 202 and the next event leave in one write, as they arrive after
// a freeze.
type canned struct {
	listener net.Listener
	event    string
	response string // what every response must be
	reads    int    // system calls that it took to read the requests
}

func newCanned(t *testing.T, event, response string) *canned {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return &canned{listener: listener, event: event, response: response}
}

func (c *canned) addr() string { return c.listener.Addr().String() }

// idDigits is the length of the request IDs, which count.
const idDigits = 12

// serve accepts one connection and serves n invocations on it. between is
// called after the first warm ones, and at the end.
func (c *canned) serve(n, warm int, between func()) error {
	conn, err := c.listener.Accept()
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(4 * patience)); err != nil {
		return err
	}

	const id = "000000000000"
	accepted := "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n"
	next := "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: " + id + "\r\nContent-Length: " + strconv.Itoa(len(c.event)) + "\r\n\r\n" + c.event
	both := []byte(accepted + next)
	at := bytes.Index(both, []byte(id))
	path := []byte("POST /2018-06-01/runtime/invocation/" + id + "/response HTTP/1.1\r\n")
	pathAt := bytes.Index(path, []byte(id))
	getEnd, postEnd, response := []byte("\r\n\r\n"), []byte("\r\n\r\n"), []byte(c.response)
	buf := make([]byte, 64<<10)

	for i := 0; i <= n; i++ {
		size := 0
		for size == 0 || !bytes.HasSuffix(buf[:size], getEnd) {
			k, err := conn.Read(buf[size:])
			if err != nil {
				return fmt.Errorf("invocation %d: %w", i, err)
			}
			size += k
			c.reads++
		}
		answer := both
		if i == 0 {
			answer = both[len(accepted):]
		} else {
			count(path[pathAt:pathAt+idDigits], i-1)
			if !bytes.HasPrefix(buf[:size], path) {
				return fmt.Errorf("invocation %d answered as %.70q", i-1, buf[:size])
			}
			body := buf[bytes.Index(buf[:size], postEnd)+len(postEnd) : size]
			if !bytes.HasPrefix(body, response) || !bytes.HasPrefix(body[len(response):], []byte("GET ")) {
				return fmt.Errorf("invocation %d answered with %.70q", i-1, body)
			}
		}
		if i == warm || i == n {
			between()
		}
		count(both[at:at+idDigits], i)
		if _, err := conn.Write(answer); err != nil {
			return err
		}
	}
	return nil
}

// count writes i in decimal into all of b.
func count(b []byte, i int) {
	for k := len(b) - 1; k >= 0; k-- {
		b[k] = byte('0' + i%10)
		i /= 10
	}
}
