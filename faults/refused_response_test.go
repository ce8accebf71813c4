package faults

import (
	"net/http"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
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
	}
}

// A large response is refused before it has been read: the 413 is found behind the broken pipe.
func TestEarly413(t *testing.T) {
	for _, own := range []bool{false, true} {
		large := []byte(largest)
		s := looptest.Start(t, minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
			switch {
			case string(event) != "large":
				return event, nil
			case own:
				return large, nil
			}
			return append(dst, large...), nil
		}})
		s.API.Script(lambdatest.Answer{Status: 413, BeforeBody: true, Close: true, Header: http.Header{"Connection": {"close"}}})
		s.Result(s.Queue("large"))
		s.Fine()
		s.Logs("413")
		if got := looptest.Posts(s.API); len(got) != 2 {
			t.Errorf("POSTs %q", got)
		}
		s.Stop()
	}
}
