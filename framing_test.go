package minlambda_test

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
)

// A rawServer is a Runtime API that a test plays byte by byte, on any number of
// connections.
type rawServer struct {
	t    *testing.T
	l    net.Listener
	conn net.Conn
}

// accept takes the next connection. The one before, if there is one, must have
// been closed by the loop, with nothing more on it.
func (s *rawServer) accept() {
	s.t.Helper()
	if s.conn != nil {
		if rest, err := io.ReadAll(s.conn); err != nil || len(rest) > 0 {
			s.t.Errorf("%q, %v on a connection that must not be used again", rest, err)
		}
		s.conn.Close()
	}
	s.l.(*net.TCPListener).SetDeadline(time.Now().Add(patience))
	conn, err := s.l.Accept()
	if err != nil {
		s.t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(patience))
	s.conn = conn
	s.t.Cleanup(func() { conn.Close() })
}

// expect reads and returns what must begin and end so: a request, or two.
func (s *rawServer) expect(begin, end string) string {
	s.t.Helper()
	buf := make([]byte, 64<<10)
	for n := 0; ; {
		k, err := s.conn.Read(buf[n:])
		n += k
		got := string(buf[:n])
		if strings.HasPrefix(got, begin) && strings.HasSuffix(got, end) {
			return got
		}
		if err != nil {
			s.t.Fatalf("read %q, %v; want %q … %q", got, err, begin, end)
		}
	}
}

func (s *rawServer) send(answer string) { io.WriteString(s.conn, answer) }

const (
	nextGET     = "GET /2018-06-01/runtime/invocation/next "
	invocations = "POST /2018-06-01/runtime/invocation/"
	getEnd      = "\r\n\r\n"
	accepted202 = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
)

// An event that is chunked and has a length is read by its chunks, and its
// response goes over a new connection, with no GET behind it.
func TestEventWithLengthAndChunks(t *testing.T) {
	const body = "4\r\n{\"a\"\r\n3\r\n:1}\r\n0\r\n\r\n"
	for name, framing := range map[string]string{
		"length first":  "Content-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n",
		"chunked first": "Transfer-Encoding: chunked\r\nContent-Length: 7\r\n\r\n",
		"length 0":      "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n",
		"keep-alive":    "Connection: keep-alive\r\nContent-Length: 9\r\n" + chunked,
	} {
		t.Run(name, func(t *testing.T) {
			s := &rawServer{t: t, l: listen(t)}
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			done := make(chan error, 1)
			go func() {
				l := minlambda.Loop{Handler: echo, API: s.l.Addr().String()}
				done <- l.Run(ctx)
			}()
			s.accept()
			s.expect(nextGET, getEnd)
			for _, id := range []string{"one", "two"} {
				s.send(ok200 + "Lambda-Runtime-Aws-Request-Id: " + id + "\r\n" + framing + body)
				s.accept()
				s.expect(invocations+id+"/response ", "\r\n\r\n{\"a\":1}")
				s.send(accepted202)
				s.expect(nextGET, getEnd)
			}
			cancel()
			if err := <-done; err != context.Canceled {
				t.Errorf("Run returned %v", err)
			}
		})
	}
}

// An answer to a response that is chunked and has a length is an answer, and
// the last on its connection. From then on no GET is sent that could be lost.
func TestAnswerWithLengthAndChunks(t *testing.T) {
	const body = "2\r\nOK\r\n0\r\n\r\n"
	for name, framing := range map[string]string{
		"length first":  "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
		"chunked first": "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := &rawServer{t: t, l: listen(t)}
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			done := make(chan error, 1)
			go func() {
				l := minlambda.Loop{Handler: echo, API: s.l.Addr().String()}
				done <- l.Run(ctx)
			}()
			event := func(id string) string {
				return ok200 + "Lambda-Runtime-Aws-Request-Id: " + id + "\r\n" + two
			}
			s.accept()
			s.expect(nextGET, getEnd)
			s.send(event("one"))
			s.expect(invocations+"one/response ", getEnd) // the GET came with it
			s.send("HTTP/1.1 202 Accepted\r\n" + framing + body)
			s.accept()
			s.expect(nextGET, getEnd)
			s.send(event("two"))
			s.expect(invocations+"two/response ", "\r\n\r\n{}") // and here it did not
			s.send("HTTP/1.1 202 Accepted\r\n" + framing + body)
			s.accept()
			s.expect(nextGET, getEnd)
			cancel()
			if err := <-done; err != context.Canceled {
				t.Errorf("Run returned %v", err)
			}
		})
	}
}
