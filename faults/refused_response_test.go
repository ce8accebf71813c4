package faults

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/internal/peerscript"
	"github.com/minlambda/minlambda/lambdatest"
)

// What the API says against a response ends that invocation and nothing else.
func TestRefusedResponse(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer lambdatest.Answer
		says   string
	}{
		{"413", lambdatest.Answer{Status: 413}, "413"},
		{"413 and close", lambdatest.Answer{Status: 413,
			Header: http.Header{"Connection": {"close"}}, Close: true}, "RequestEntityTooLarge"},
		{"413 before the body, and close", lambdatest.Answer{Status: 413, BeforeBody: true,
			Header: http.Header{"Connection": {"close"}}, Close: true}, "413"},
		{"400", lambdatest.Answer{Status: 400}, "InvalidRequestID"},
		{"403", lambdatest.Answer{Status: 403}, "InvalidStateTransition"},
		{"410", lambdatest.Answer{Status: 410}, "InvokeTimeout"},
		{"400 without a body", lambdatest.Answer{Status: 400, Body: []byte{}}, "400"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, inSequence := range []bool{false, true} {
				for _, event := range []string{"something", "fail"} {
					if c.answer.BeforeBody && event == "fail" {
						continue // the API would miss the report that it has not read
					}
					s := looptest.Start(t, minlambda.Loop{Handler: failing, InSequence: inSequence})
					s.API.Script(c.answer)
					p := s.Queue(event)
					s.Result(p)
					s.Fine()
					op := map[string]string{"something": "response", "fail": "error"}[event]
					s.Logs("minlambda: "+op+" to "+p.RequestID()+" refused: ", c.says)
					if t.Failed() {
						t.Fatalf("%s of %q, in sequence %v", c.name, event, inSequence)
					}
					s.Stop()
				}
			}
		})
	}
}

// After a refused response the same delivery ends the loop: it would be handled,
// and refused, thousands of times a second. Another delivery is served, were it
// of the same event; and so is any after a 413, by which the API ends the
// invocation, so that what comes next is a retry.
func TestDeliveredAgainAfterARefusal(t *testing.T) {
	nonce := func(n string) string { return "Lambda-Runtime-Invocation-Id: " + n }
	for name, c := range map[string]struct {
		status        int
		first, second string
		ends          bool
	}{
		"400": {400, peerscript.Event("a", "x"), peerscript.Event("a", "x"), true},
		"403": {403, peerscript.Event("a", "x"), peerscript.Event("a", "x"), true},
		"410": {410, peerscript.Event("a", "x"), peerscript.Event("a", "x"), true},
		"410, same invocation ID": {410, peerscript.Event("a", "x", nonce("1")),
			peerscript.Event("a", "x", nonce("1")), true},
		"410, a retry": {410, peerscript.Event("a", "x", nonce("1")),
			peerscript.Event("a", "x", nonce("2")), false},
		"400, another event": {400, peerscript.Event("a", "x"), peerscript.Event("b", "x"), false},
		"413":                {413, peerscript.Event("a", "x"), peerscript.Event("a", "x"), false},
	} {
		t.Run(name, func(t *testing.T) {
			peer := peerscript.Listen(t)
			s := start(t, peer.Addr, minlambda.Loop{Handler: answer})
			conn := peer.Accept()
			conn.Next()
			conn.Send(c.first)
			conn.Response("a", "re x")
			conn.Next()
			conn.Send(peerscript.Answer(c.status, "{}"), c.second)
			if c.ends {
				conn.Ended()
				e := s.Failed()
				if !strings.Contains(e.Error(), "delivered again") ||
					!strings.Contains(e.Error(), ": a") {
					t.Errorf("Run returned %v", e)
				}
			} else {
				conn.Request("POST ")
				conn.Send(peerscript.Accepted)
				conn.Next()
				conn.Send(peerscript.Event("z", "more")) // and the refusal is forgotten
				conn.Response("z", "re more")
				conn.Send(peerscript.Accepted)
				conn.Next()
				s.Stop()
			}
			if got := s.times("x"); got != 1 && c.ends {
				t.Errorf("the event was handled %d times", got)
			}
		})
	}
}

// largest is as much as a response may have.
var largest = strings.Repeat("0123456789abcdef", 6<<20/16)

// sized has the ways in which a handler can make a large response.
var sized = map[string]func(dst, event []byte) ([]byte, error){
	"appended":  func(dst, event []byte) ([]byte, error) { return append(dst, largest...), nil },
	"its own":   func(dst, event []byte) ([]byte, error) { return []byte(largest), nil },
	"the event": func(dst, event []byte) ([]byte, error) { return event, nil },
}

// A server refuses a body that it has not read, and closes or resets the connection under the
// write: what it has said before is read all the same, unless the reset has taken it away. Then the
// response is sent again, and refused.
func TestRefusedBeforeTheBodyIsRead(t *testing.T) {
	t.Parallel()
	for name, handler := range sized {
		for _, how := range []lambdatest.Answer{{Close: true,
			Header: http.Header{"Connection": {"close"}}}, {Close: true},
			{Reset: true, Header: http.Header{"Connection": {"close"}}}} {
			t.Run(fmt.Sprint(name, ", reset ", how.Reset, ", ", how.Header), func(t *testing.T) {
				api := looptest.Serve(t)
				s := start(
					t,
					api.Addr(),
					minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
						if string(event) == "fine" {
							return answer(dst, event)
						}
						return handler(dst, event)
					}},
				)
				how.Status, how.BeforeBody = 413, true
				api.Script(how)
				p := api.Queue(lambdatest.Event{Payload: []byte(largest)})
				if r := looptest.Result(t, p); r.Status != 413 {
					t.Errorf("the invocation ended with status %d", r.Status)
				}
				fine(t, api)
				s.Stop()
				got := s.Logged()
				if len(got) != 1 || !strings.Contains(got[0], p.RequestID()+" refused: ") ||
					!strings.Contains(got[0], "413") &&
						!(how.Reset && strings.Contains(got[0], "403")) {
					t.Errorf("logged %.300q", got)
				}
				if n := posts(api, p.RequestID()); n > 2 || n > 1 && !how.Reset {
					t.Errorf("%d POSTs", n)
				}
			})
		}
	}
}
