package faults

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/lambdatest"
	"github.com/minlambda/minlambda/wire"
)

func Test5xx(t *testing.T) {
	const said = `{"errorMessage":"the sandbox is broken","errorType":"Sandbox"}`
	check := func(t *testing.T, s *looptest.Session, op string) {
		t.Helper()
		e := s.Failed()
		if e.Op != op || !errors.Is(e, wire.ErrStatus) || !strings.Contains(e.Error(), "500") ||
			!strings.Contains(e.Error(), "the sandbox is broken") {
			t.Errorf("Run returned %v", e)
		}
	}
	for event, op := range map[string]string{"something": "response", "fail": "error"} {
		t.Run("on "+op, func(t *testing.T) {
			s := looptest.Start(t, minlambda.Loop{Handler: failing})
			s.API.Script(lambdatest.Answer{Status: 500, Body: []byte(said)})
			s.Queue(event)
			s.Queue("not reached")
			check(t, s, op)
			if got := looptest.Posts(s.API); len(got) != 1 {
				t.Errorf("%d POSTs", len(got))
			}
		})
	}
	t.Run("on next", func(t *testing.T) {
		s := looptest.Start(t, minlambda.Loop{Handler: failing})
		s.API.Queue(lambdatest.Event{Raw: []byte("HTTP/1.1 500 Internal Server Error\r\nLambda-Runtime-Aws-Request-Id: r\r\n" +
			"Content-Length: " + strconv.Itoa(len(said)) + "\r\n\r\n" + said)})
		check(t, s, "next")
		if got := looptest.Posts(s.API); len(got) != 0 {
			t.Errorf("POSTs %q", got)
		}
	})
}

func Test403OnNext(t *testing.T) {
	s := looptest.Start(t, minlambda.Loop{Handler: failing})
	s.API.Queue(lambdatest.Event{Raw: []byte("HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\nno\nno")})
	if e := s.Failed(); e.Op != "next" || !errors.Is(e, wire.ErrStatus) || !strings.Contains(e.Error(), `403 "no\nno"`) {
		t.Errorf("Run returned %v", e)
	}
}
