package faults

import (
	"fmt"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/peerscript"
)

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
		"400":                     {400, peerscript.Event("a", "x"), peerscript.Event("a", "x"), true},
		"403":                     {403, peerscript.Event("a", "x"), peerscript.Event("a", "x"), true},
		"410":                     {410, peerscript.Event("a", "x"), peerscript.Event("a", "x"), true},
		"410, same invocation ID": {410, peerscript.Event("a", "x", nonce("1")), peerscript.Event("a", "x", nonce("1")), true},
		"410, a retry":            {410, peerscript.Event("a", "x", nonce("1")), peerscript.Event("a", "x", nonce("2")), false},
		"400, another event":      {400, peerscript.Event("a", "x"), peerscript.Event("b", "x"), false},
		"413":                     {413, peerscript.Event("a", "x"), peerscript.Event("a", "x"), false},
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
				if !strings.Contains(e.Error(), "delivered again") || !strings.Contains(e.Error(), ": a") {
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

// Only four statuses leave the loop going; every other one ends it, and its
// error has what the API said.
func TestStatusOfAnAnswer(t *testing.T) {
	goOn := map[int]bool{200: true, 202: true, 400: true, 403: true, 410: true, 413: true}
	for _, status := range []int{
		200, 201, 202, 204, 301, 304, 400, 401, 403, 404, 405, 409, 410, 411, 413, 418, 429, 431, 499,
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
