package minlambda_test

import (
	"bytes"
	"errors"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdatest"
	"github.com/minlambda/minlambda/parse"
	"github.com/minlambda/minlambda/wire"
)

// failing returns an error for the event "fail", and echoes any other.
func failing(dst, event []byte) ([]byte, error) {
	if string(event) == "fail" {
		return nil, errors.New("it was asked to")
	}
	return append(dst, event...), nil
}

func TestHandlerReturnsAnError(t *testing.T) {
	for _, inSequence := range []bool{false, true} {
		s := start(t, nil, minlambda.Loop{Handler: failing, InSequence: inSequence})
		p := s.queue("fail")
		r := s.result(p)
		if r.Err == nil {
			t.Fatalf("the invocation ended with %q", r.Body)
		}
		if want := `{"errorMessage":"it was asked to","errorType":"errorString"}`; string(r.Err.Raw) != want {
			t.Errorf("report %s\nwant   %s", r.Err.Raw, want)
		}
		if got := r.Header.Get("Lambda-Runtime-Function-Error-Type"); got != "Function.ErrorString" {
			t.Errorf("error type header %q", got)
		}
		if got := r.Header.Get("Content-Type"); got != "application/json" {
			t.Errorf("content type %q", got)
		}
		if got, want := posts(s.api), "/2018-06-01/runtime/invocation/"+p.RequestID()+"/error"; len(got) != 1 || got[0] != want {
			t.Errorf("POSTs to %q; want %q", got, want)
		}
		s.fine()
		s.quiet()
		s.stop()
	}
}

// What the API says against a response ends that invocation and nothing else.
func TestRefusedResponse(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer lambdatest.Answer
		says   string
	}{
		{"413", lambdatest.Answer{Status: 413}, "413"},
		{"413 and close", lambdatest.Answer{Status: 413, Header: http.Header{"Connection": {"close"}}, Close: true}, "RequestEntityTooLarge"},
		{"413 before the body, and close", lambdatest.Answer{Status: 413, BeforeBody: true,
			Header: http.Header{"Connection": {"close"}}, Close: true}, "413"},
		{"400", lambdatest.Answer{Status: 400}, "InvalidRequestID"},
		{"403", lambdatest.Answer{Status: 403}, "InvalidStateTransition"},
		{"410", lambdatest.Answer{Status: 410}, "InvokeTimeout"},
		{"400 without a body", lambdatest.Answer{Status: 400, Body: []byte{}}, "400"},
	} {
		for _, inSequence := range []bool{false, true} {
			for _, event := range []string{"something", "fail"} {
				if c.answer.BeforeBody && event == "fail" {
					continue // the API would miss the report that it has not read
				}
				s := start(t, nil, minlambda.Loop{Handler: failing, InSequence: inSequence})
				s.api.Script(c.answer)
				p := s.queue(event)
				s.result(p)
				s.fine()
				op := map[string]string{"something": "response", "fail": "error"}[event]
				s.logs("minlambda: "+op+" to "+p.RequestID()+" refused: ", c.says)
				if t.Failed() {
					t.Fatalf("%s of %q, in sequence %v", c.name, event, inSequence)
				}
				s.stop()
			}
		}
	}
}

func Test5xx(t *testing.T) {
	const said = `{"errorMessage":"the sandbox is broken","errorType":"Sandbox"}`
	check := func(t *testing.T, s *session, op string) {
		t.Helper()
		e := s.failed()
		if e.Op != op || !errors.Is(e, wire.ErrStatus) || !strings.Contains(e.Error(), "500") ||
			!strings.Contains(e.Error(), "the sandbox is broken") {
			t.Errorf("Run returned %v", e)
		}
	}
	for event, op := range map[string]string{"something": "response", "fail": "error"} {
		t.Run("on "+op, func(t *testing.T) {
			s := start(t, nil, minlambda.Loop{Handler: failing})
			s.api.Script(lambdatest.Answer{Status: 500, Body: []byte(said)})
			s.queue(event)
			s.queue("not reached")
			check(t, s, op)
			if got := posts(s.api); len(got) != 1 {
				t.Errorf("%d POSTs", len(got))
			}
		})
	}
	t.Run("on next", func(t *testing.T) {
		s := start(t, nil, minlambda.Loop{Handler: failing})
		s.api.Queue(lambdatest.Event{Raw: []byte("HTTP/1.1 500 Internal Server Error\r\nLambda-Runtime-Aws-Request-Id: r\r\n" +
			"Content-Length: " + strconv.Itoa(len(said)) + "\r\n\r\n" + said)})
		check(t, s, "next")
		if got := posts(s.api); len(got) != 0 {
			t.Errorf("POSTs %q", got)
		}
	})
}

func Test403OnNext(t *testing.T) {
	s := start(t, nil, minlambda.Loop{Handler: failing})
	s.api.Queue(lambdatest.Event{Raw: []byte("HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\nno\nno")})
	if e := s.failed(); e.Op != "next" || !errors.Is(e, wire.ErrStatus) || !strings.Contains(e.Error(), `403 "no\nno"`) {
		t.Errorf("Run returned %v", e)
	}
}

// An event over the limit is refused before memory is taken for it.
func TestEventLargerThanTheLimit(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: r\r\n"
	large := strings.Repeat("x", 1001)
	for name, c := range map[string]struct {
		limit int
		event lambdatest.Event
	}{
		"default, length":   {0, lambdatest.Event{Raw: []byte(head + "Content-Length: 33554433\r\n\r\n")}},
		"default, chunk":    {0, lambdatest.Event{Raw: []byte(head + "Transfer-Encoding: chunked\r\n\r\n2000001\r\n")}},
		"length overflows":  {0, lambdatest.Event{Raw: []byte(head + "Content-Length: 18446744073709551617\r\n\r\n")}},
		"chunk overflows":   {0, lambdatest.Event{Raw: []byte(head + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n")}},
		"1000, length":      {1000, lambdatest.Event{Payload: []byte(large), Chunks: -1}},
		"1000, chunk":       {1000, lambdatest.Event{Payload: []byte(large), Chunks: 1}},
		"1000, many chunks": {1000, lambdatest.Event{Payload: []byte(large), Chunks: 200}},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		s := start(t, nil, minlambda.Loop{Handler: failing, MaxEvent: c.limit})
		s.api.Queue(c.event)
		if e := s.failed(); e.Op != "next" || !errors.Is(e, parse.ErrTooLarge) {
			t.Errorf("%s: Run returned %v", name, e)
		}
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20 {
			t.Errorf("%s: %d bytes were allocated", name, took)
		}
		if got := posts(s.api); len(got) != 0 {
			t.Errorf("%s: POSTs %q", name, got)
		}
	}
}

func TestEventAtTheLimit(t *testing.T) {
	for _, chunks := range []int{-1, 1, 7} {
		s := start(t, nil, minlambda.Loop{Handler: failing, MaxEvent: 1000})
		r := s.result(s.api.Queue(lambdatest.Event{Payload: bytes.Repeat([]byte("x"), 1000), Chunks: chunks}))
		if len(r.Body) != 1000 {
			t.Errorf("chunks %d: %d bytes came back", chunks, len(r.Body))
		}
		s.stop()
	}
}

// A response over the limit is never sent: the error takes its place.
func TestResponseLargerThanTheLimit(t *testing.T) {
	t.Parallel()
	own := make([]byte, minlambda.MaxResponse+1)
	n := 0
	handler := func(dst, event []byte) ([]byte, error) {
		switch string(event) {
		case "own":
			return own[:n], nil
		case "append":
			return append(dst, own[:n]...), nil
		}
		return event, nil
	}
	for _, how := range []string{"own", "append"} {
		s := start(t, nil, minlambda.Loop{Handler: handler})
		n = minlambda.MaxResponse
		if r := s.invoke(how); r.Err != nil || len(r.Body) != n {
			t.Errorf("%s: %d bytes came to %d, %v", how, n, len(r.Body), r.Err)
		}
		n = minlambda.MaxResponse + 1
		r := s.invoke(how)
		if r.Err == nil {
			t.Fatalf("%s: %d bytes were sent", how, len(r.Body))
		}
		if r.Err.Type != "Function.ResponseSizeTooLarge" || !strings.Contains(r.Err.Message, "6291557") ||
			!strings.Contains(r.Err.Message, "6291556") {
			t.Errorf("%s: reported %v", how, r.Err)
		}
		if got := r.Header.Get("Lambda-Runtime-Function-Error-Type"); got != "Function.ResponseSizeTooLarge" {
			t.Errorf("%s: error type header %q", how, got)
		}
		if got := posts(s.api); len(got) != 2 || !strings.HasSuffix(got[1], "/error") {
			t.Errorf("%s: POSTs %q", how, got)
		}
		s.fine()
		s.stop()
	}
}
