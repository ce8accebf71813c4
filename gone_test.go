package minlambda_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdatest"
	"github.com/minlambda/minlambda/wire"
)

func TestConnectionGoneWhileWaitingForNext(t *testing.T) {
	for name, fault := range map[string]lambdatest.Event{
		"closed":         {Raw: []byte{}, Close: true},
		"reset":          {Raw: []byte{}, Reset: true},
		"in status line": {Raw: []byte("HTTP/1."), Close: true},
		"in the head":    {Raw: []byte(ok200 + goodID + "Content-"), Close: true},
		"reset in head":  {Raw: []byte(ok200 + goodID + "Content-"), Reset: true},
	} {
		for _, times := range []int{1, 3} {
			s := start(t, nil, minlambda.Loop{Handler: echo})
			for range times {
				s.api.Queue(fault)
			}
			s.fine()
			if n := s.api.Connections(); n != 1+times {
				t.Errorf("%s, %d times: %d connections", name, times, n)
			}
			if got := posts(s.api); len(got) != 1 {
				t.Errorf("%s, %d times: POSTs %q", name, times, got)
			}
			s.stop()
		}
	}
}

// A server that restarts while the loop waits costs no event.
func TestDropWhileWaiting(t *testing.T) {
	t.Parallel()
	s := start(t, nil, minlambda.Loop{Handler: echo})
	for range 20 {
		s.fine()
		s.api.Drop()
	}
	s.fine()
	s.quiet()
}

// A connection that fails for ever ends the loop, after a bounded number of attempts.
func TestConnectionAlwaysGone(t *testing.T) {
	for name, linger := range map[string]int{"closed": -1, "reset": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp4", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			var accepted atomic.Int32
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					accepted.Add(1)
					c.(*net.TCPConn).SetLinger(linger)
					c.Close()
				}
			}()
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			err = (&minlambda.Loop{Handler: echo, API: l.Addr().String()}).Run(ctx)
			var e *minlambda.Error
			// The connect of package net does not block, and may find the reset at its end.
			op := "next"
			if errors.As(err, &e) && linger == 0 && errors.Is(err, syscall.ECONNRESET) && e.Op == "connect" {
				op = e.Op
			}
			if !errors.As(err, &e) || e.Op != op || strings.Contains(e.Error(), "\n") {
				t.Errorf("Run returned %v", err)
			}
			if n := accepted.Load(); n < 3 || n > 30 {
				t.Errorf("%d attempts", n)
			}
		})
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err = (&minlambda.Loop{Handler: echo, API: l.Addr().String()}).Run(ctx)
	var e *minlambda.Error
	if !errors.As(err, &e) || e.Op != "connect" || !errors.Is(err, syscall.ECONNREFUSED) ||
		!strings.Contains(err.Error(), l.Addr().String()) {
		t.Errorf("Run returned %v", err)
	}
}

// A successful invocation makes the count of failures begin anew: so many in all are nothing.
func TestFailuresAreCountedInARow(t *testing.T) {
	t.Parallel()
	s := start(t, nil, minlambda.Loop{Handler: echo})
	for range 30 {
		s.api.Queue(lambdatest.Event{Raw: []byte{}, Close: true})
		s.fine()
	}
}

// An event that was cut anywhere is neither handled nor answered; the one that comes on the next connection is.
func TestConnectionGoneInMidEvent(t *testing.T) {
	const body = `{"a":1}`
	for name, raw := range map[string]string{
		"length":  ok200 + "Content-Length: 7\r\n" + "Lambda-Runtime-Aws-Request-Id: cut\r\n\r\n" + body,
		"chunked": ok200 + "Lambda-Runtime-Aws-Request-Id: cut\r\n" + chunked + "3;x=\"y\"\r\n" + body[:3] + "\r\n4\r\n" + body[3:] + "\r\n0\r\nT: u\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			handled := 0
			s := start(t, nil, minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
				handled++
				return event, nil
			}})
			s.api.Keep(10000)
			for cut := range len(raw) {
				s.api.Queue(lambdatest.Event{Raw: []byte(raw[:cut]), Close: cut%5 > 0, Reset: cut%5 == 0})
				s.fine()
			}
			s.stop()
			if handled != len(raw) {
				t.Errorf("the handler was called %d times for %d whole events", handled, len(raw))
			}
			for _, path := range posts(s.api) {
				if strings.Contains(path, "cut") {
					t.Errorf("POST to %s", path)
				}
			}
			s.quiet()
		})
	}
}

// A large event breaks off when its buffer has long grown.
func TestConnectionGoneInMidLargeEvent(t *testing.T) {
	s := start(t, nil, minlambda.Loop{Handler: echo})
	large := ok200 + "Lambda-Runtime-Aws-Request-Id: cut\r\n" + "Content-Length: 1000000\r\n\r\n" + strings.Repeat("x", 999_999)
	s.api.Queue(lambdatest.Event{Raw: []byte(large), Close: true})
	s.fine()
	if got := posts(s.api); len(got) != 1 {
		t.Errorf("POSTs %q", got)
	}
}

func TestConnectionGoneWhileAHandlerRuns(t *testing.T) {
	for _, inSequence := range []bool{false, true} {
		for _, size := range []int{0, 100, 1 << 20} {
			api := lambdatest.NewServer()
			response := strings.Repeat("x", size)
			drop := true
			s := start(t, api, minlambda.Loop{InSequence: inSequence, Handler: func(dst, event []byte) ([]byte, error) {
				if drop {
					api.Drop()
				}
				drop = false
				return append(dst, response...), nil
			}})
			if r := s.invoke("{}"); string(r.Body) != response || r.Err != nil || r.ConnID != 2 {
				t.Errorf("%d bytes, %v came on connection %d", len(r.Body), r.Err, r.ConnID)
			}
			if r := s.invoke("{}"); string(r.Body) != response {
				t.Errorf("the next ended with %d bytes, %v", len(r.Body), r.Err)
			}
			if got := posts(api); len(got) != 2 {
				t.Errorf("POSTs %q", got)
			}
			s.quiet()
			s.stop()
		}
	}
}

func TestConnectionGoneWhileAResponseIsSent(t *testing.T) {
	close202 := []byte("HTTP/1.1 202 Accepted\r\nContent-Length: 16\r\n\r\n{\"sta")
	for _, c := range []struct {
		name   string
		answer lambdatest.Answer
		logs   string // what the answer to the second try makes the loop log
	}{
		{"the reply is lost", lambdatest.Answer{Raw: []byte{}, Close: true}, "403"},
		{"the reply is reset", lambdatest.Answer{Raw: []byte{}, Reset: true}, "403"},
		{"the reply is cut", lambdatest.Answer{Raw: close202, Close: true}, "403"},
		{"the reply's status is cut", lambdatest.Answer{Raw: close202[:10], Close: true}, "403"},
		{"the response is lost", lambdatest.Answer{Raw: []byte{}, Close: true, Lost: true}, ""},
		{"the response is lost, reset", lambdatest.Answer{Raw: []byte{}, Reset: true, Lost: true}, ""},
		{"the response is lost before its body", lambdatest.Answer{Raw: []byte{}, Close: true, Lost: true, BeforeBody: true}, ""},
	} {
		for _, inSequence := range []bool{false, true} {
			for _, event := range []string{"fail", "small", strings.Repeat("large", 100_000)} {
				if c.answer.BeforeBody && event == "fail" {
					continue // the API would miss the report that it has not read
				}
				s := start(t, nil, minlambda.Loop{Handler: failing, InSequence: inSequence})
				s.api.Script(c.answer)
				p := s.queue(event)
				r := s.result(p)
				s.fine()
				if event == "fail" && r.Err == nil || event != "fail" && string(r.Body) != event {
					t.Errorf("ended with %d bytes, %v", len(r.Body), r.Err)
				}
				if got := posts(s.api); len(got) != 3 || got[0] != got[1] {
					t.Errorf("POSTs %q; want the first sent twice", got)
				}
				if c.logs != "" {
					s.logs(p.RequestID(), c.logs)
				} else {
					s.quiet()
				}
				s.stop()
				if t.Failed() {
					t.Fatalf("%s; in sequence %v, %d bytes", c.name, inSequence, len(event))
				}
			}
		}
	}
}

// A response that is lost twice ends the loop: it is sent once more, not for ever.
func TestResponseLostTwice(t *testing.T) {
	s := start(t, nil, minlambda.Loop{Handler: echo})
	lost := lambdatest.Answer{Raw: []byte{}, Close: true, Lost: true}
	s.api.Script(lost, lost, lost)
	s.queue("{}")
	if e := s.failed(); e.Op != "response" || !errors.Is(e, wire.ErrClosed) {
		t.Errorf("Run returned %v", e)
	}
	if got := posts(s.api); len(got) != 2 {
		t.Errorf("POSTs %q", got)
	}
}

// A malformed answer to a response is not tried again: the response may have arrived.
func TestMalformedAnswerToAResponse(t *testing.T) {
	for name, raw := range map[string]string{
		"garbage":    "garbage",
		"unframed":   "HTTP/1.1 202 Accepted\r\n\r\n{}",
		"too large":  "HTTP/1.1 202 Accepted\r\nContent-Length: 33554433\r\n\r\n",
		"3xx":        "HTTP/1.1 307 Temporary Redirect\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
		"bare chunk": "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\nx",
	} {
		s := start(t, nil, minlambda.Loop{Handler: echo})
		s.api.Script(lambdatest.Answer{Raw: []byte(raw)})
		s.queue("{}")
		if e := s.failed(); e.Op != "response" {
			t.Errorf("%s: Run returned %v", name, e)
		}
		if got := posts(s.api); len(got) != 1 {
			t.Errorf("%s: POSTs %q", name, got)
		}
	}
}

// After Connection: close the GET that went along was never read, and is sent again.
func TestConnectionCloseOnEveryAnswer(t *testing.T) {
	closing := http.Header{"Connection": {"close"}}
	for _, inSequence := range []bool{false, true} {
		s := start(t, nil, minlambda.Loop{Handler: echo, InSequence: inSequence})
		for range 5 {
			s.api.Script(lambdatest.Answer{Header: closing, Close: true})
			s.fine()
		}
		for range 5 {
			r := s.result(s.api.Queue(lambdatest.Event{Payload: []byte("e"), Header: closing, Close: true}))
			if string(r.Body) != "e" {
				t.Errorf("ended with %q, %v", r.Body, r.Err)
			}
			s.api.Script(lambdatest.Answer{Close: true}) // and silently
			s.fine()
		}
		s.quiet()
		s.stop()
	}
}

// A server that has stopped answering doesn't hold the end up; that the response may be lost is an error.
func TestServerSilentAfterAResponse(t *testing.T) {
	t.Parallel()
	s := start(t, nil, minlambda.Loop{Handler: echo})
	s.api.Script(lambdatest.Answer{Silent: true})
	s.result(s.queue("{}"))
	s.cancel()
	if e := s.failed(); e.Op != "response" {
		t.Errorf("Run returned %v", e)
	}
}
