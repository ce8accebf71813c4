package faults

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/lambdatest"
)

// largest is as much as a response may have.
var largest = strings.Repeat("0123456789abcdef", 6<<20/16)

// sized has the ways in which a handler can make a large response.
var sized = map[string]func(dst, event []byte) ([]byte, error){
	"appended":  func(dst, event []byte) ([]byte, error) { return append(dst, largest...), nil },
	"its own":   func(dst, event []byte) ([]byte, error) { return []byte(largest), nil },
	"the event": func(dst, event []byte) ([]byte, error) { return event, nil },
}

// A server refuses a body that it has not read, and closes or resets the connection under the write: what it has said
// before is read all the same, unless the reset has taken it away. Then the response is sent again, and refused.
func TestRefusedBeforeTheBodyIsRead(t *testing.T) {
	t.Parallel()
	for name, handler := range sized {
		for _, how := range []lambdatest.Answer{
			{Close: true, Header: http.Header{"Connection": {"close"}}},
			{Close: true},
			{Reset: true, Header: http.Header{"Connection": {"close"}}},
		} {
			t.Run(fmt.Sprint(name, ", reset ", how.Reset, ", ", how.Header), func(t *testing.T) {
				api := looptest.Serve(t)
				s := start(t, api.Addr(), minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
					if string(event) == "fine" {
						return answer(dst, event)
					}
					return handler(dst, event)
				}})
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
					!strings.Contains(got[0], "413") && !(how.Reset && strings.Contains(got[0], "403")) {
					t.Errorf("logged %.300q", got)
				}
				if n := posts(api, p.RequestID()); n > 2 || n > 1 && !how.Reset {
					t.Errorf("%d POSTs", n)
				}
			})
		}
	}
}
