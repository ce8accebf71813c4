package faults

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/internal/peerscript"
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
		s.API.Queue(lambdatest.Event{
			Raw: []byte(
				"HTTP/1.1 500 Internal Server Error\r\nLambda-Runtime-Aws-Request-Id: r\r\n" +
					"Content-Length: " + strconv.Itoa(len(said)) + "\r\n\r\n" + said,
			),
		})
		check(t, s, "next")
		if got := looptest.Posts(s.API); len(got) != 0 {
			t.Errorf("POSTs %q", got)
		}
	})
}

func Test403OnNext(t *testing.T) {
	s := looptest.Start(t, minlambda.Loop{Handler: failing})
	s.API.Queue(lambdatest.Event{Raw: []byte("HTTP/1.1 403 Forbidden\r\nContent-Length:" +
		" 5\r\n\r\nno\nno")})
	if e := s.Failed(); e.Op != "next" || !errors.Is(e, wire.ErrStatus) ||
		!strings.Contains(e.Error(), `403 "no\nno"`) {
		t.Errorf("Run returned %v", e)
	}
}

// Only four statuses leave the loop going; every other one ends it, and its
// error has what the API said.
func TestStatusOfAnAnswer(t *testing.T) {
	goOn := map[int]bool{200: true, 202: true, 400: true, 403: true, 410: true, 413: true}
	for _, status := range []int{
		200, 201, 202, 204, 301, 304, 400, 401, 403, 404, 405, 409, 410, 411, 413, 418, 429, 431,
		499,
		500, 502, 503, 504, 599, 600, 999,
	} {
		for _, what := range []string{"response", "error"} {
			t.Run(fmt.Sprint(status, " to ", what), func(t *testing.T) {
				event := map[string]string{"response": "x", "error": "fail"}[what]
				peer := peerscript.Listen(t)
				s := start(t, peer.Addr, minlambda.Loop{Handler: answer})
				conn := peer.Accept()
				conn.Next()
				conn.Send(peerscript.Event("a", event))
				conn.Request("POST /2018-06-01/runtime/invocation/a/" + what + " ")
				conn.Next()
				body := `{"errorMessage":"said the API"}`
				answer := peerscript.Answer(status, body)
				if status == 204 || status == 304 {
					answer = fmt.Sprintf("HTTP/1.1 %d x\r\n\r\n", status)
				}
				conn.Send(answer)
				if goOn[status] {
					conn.Send(peerscript.Event("b", "more"))
					conn.Response("b", "re more")
					conn.Send(peerscript.Accepted)
					conn.Next()
					s.Stop()
					return
				}
				e := s.Failed()
				if e.Op != what || !strings.Contains(e.Error(), fmt.Sprint(status)) ||
					status != 204 && status != 304 && !strings.Contains(e.Error(), "said the API") {
					t.Errorf("Run returned %v", e)
				}
			})
		}
	}
}
