package faults

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/lambdatest"
	"github.com/minlambda/minlambda/wire"
)

func TestConnectionGoneWhileAHandlerRuns(t *testing.T) {
	for _, inSequence := range []bool{false, true} {
		t.Run(fmt.Sprint("in sequence ", inSequence), func(t *testing.T) {
			for _, size := range []int{0, 100, 1 << 20} {
				api := lambdatest.NewServer()
				response := strings.Repeat("x", size)
				drop := true
				s := looptest.StartOn(t, api, minlambda.Loop{
					InSequence: inSequence,
					Handler: func(dst, event []byte) ([]byte, error) {
						if drop {
							api.Drop()
						}
						drop = false
						return append(dst, response...), nil
					},
				})
				if r := s.Invoke("{}"); string(r.Body) != response || r.Err != nil ||
					r.ConnID != 2 {
					t.Errorf("%d bytes, %v came on connection %d", len(r.Body), r.Err, r.ConnID)
				}
				if r := s.Invoke("{}"); string(r.Body) != response {
					t.Errorf("the next ended with %d bytes, %v", len(r.Body), r.Err)
				}
				if got := looptest.Posts(api); len(got) != 2 {
					t.Errorf("POSTs %q", got)
				}
				s.Quiet()
				s.Stop()
			}
		})
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
		{"the response is lost, reset", lambdatest.Answer{Raw: []byte{}, Reset: true, Lost: true},
			""},
		{"the response is lost before its body", lambdatest.Answer{Raw: []byte{}, Close: true,
			Lost: true, BeforeBody: true}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, inSequence := range []bool{false, true} {
				for _, event := range []string{"fail", "small", strings.Repeat("large", 100_000)} {
					if c.answer.BeforeBody && event == "fail" {
						continue // the API would miss the report that it has not read
					}
					s := looptest.Start(t, minlambda.Loop{Handler: failing, InSequence: inSequence})
					s.API.Script(c.answer)
					p := s.Queue(event)
					r := s.Result(p)
					s.Fine()
					if event == "fail" && r.Err == nil || event != "fail" &&
						string(r.Body) != event {
						t.Errorf("ended with %d bytes, %v", len(r.Body), r.Err)
					}
					if got := looptest.Posts(s.API); len(got) != 3 || got[0] != got[1] {
						t.Errorf("POSTs %q; want the first sent twice", got)
					}
					if c.logs != "" {
						s.Logs(p.RequestID(), c.logs)
					} else {
						s.Quiet()
					}
					s.Stop()
					if t.Failed() {
						t.Fatalf("%s; in sequence %v, %d bytes", c.name, inSequence, len(event))
					}
				}
			}
		})
	}
}

// A response that is lost twice ends the loop: it is sent once more, not for ever.
func TestResponseLostTwice(t *testing.T) {
	s := looptest.Start(t, minlambda.Loop{Handler: echo})
	lost := lambdatest.Answer{Raw: []byte{}, Close: true, Lost: true}
	s.API.Script(lost, lost, lost)
	s.Queue("{}")
	if e := s.Failed(); e.Op != "response" || !errors.Is(e, wire.ErrClosed) {
		t.Errorf("Run returned %v", e)
	}
	if got := looptest.Posts(s.API); len(got) != 2 {
		t.Errorf("POSTs %q", got)
	}
}

// After Connection: close the GET that went along was never read, and is sent again.
func TestConnectionCloseOnEveryAnswer(t *testing.T) {
	closing := http.Header{"Connection": {"close"}}
	for _, inSequence := range []bool{false, true} {
		t.Run(fmt.Sprint("in sequence ", inSequence), func(t *testing.T) {
			s := looptest.Start(t, minlambda.Loop{Handler: echo, InSequence: inSequence})
			for range 5 {
				s.API.Script(lambdatest.Answer{Header: closing, Close: true})
				s.Fine()
			}
			for range 5 {
				r := s.Result(s.API.Queue(lambdatest.Event{Payload: []byte("e"), Header: closing,
					Close: true}))
				if string(r.Body) != "e" {
					t.Errorf("ended with %q, %v", r.Body, r.Err)
				}
				s.API.Script(lambdatest.Answer{Close: true}) // and silently
				s.Fine()
			}
			s.Quiet()
			s.Stop()
		})
	}
}

// A server that has stopped answering doesn't hold the end up; that the response may be lost is an
// error.
func TestServerSilentAfterAResponse(t *testing.T) {
	t.Parallel()
	s := looptest.Start(t, minlambda.Loop{Handler: echo})
	s.API.Script(lambdatest.Answer{Silent: true})
	s.Result(s.Queue("{}"))
	s.Cancel()
	if e := s.Failed(); e.Op != "response" {
		t.Errorf("Run returned %v", e)
	}
}
