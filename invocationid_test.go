package minlambda_test

import (
	"context"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/ascii"
	"github.com/minlambda/minlambda/lambdatest"
)

// The fake Runtime API refuses a response that does not repeat the invocation
// ID as it was sent. Base64 has characters that no path may have.
func TestInvocationIDIsEchoed(t *testing.T) {
	for _, id := range []string{
		"Zm9v/YmFy+g==", "a%2Fb", "?x=y#z", "two words", "a\tb", `"quoted, \"twice\""`, "!",
		strings.Repeat("long/", 1000),
	} {
		for _, event := range []string{"something", "fail"} {
			s := start(t, nil, minlambda.Loop{Handler: failing})
			p := s.api.Queue(lambdatest.Event{InvocationID: id, Payload: []byte(event)})
			r := s.result(p)
			if r.Status != 202 || event == "something" && string(r.Body) != event {
				t.Errorf("%.50q, %s: ended with %d, %q", id, event, r.Status, r.Body)
			}
			s.fine()
			s.quiet()
			s.stop()
		}
	}
}

// An invocation ID that is unfit for a header of ours, or empty, is not sent.
// Of the first a line is logged, once.
func TestInvocationIDIsNotEchoed(t *testing.T) {
	for name, id := range map[string]string{
		"obs-text": "n\xe4ch", "UTF-8": "n\xc3\xa4chste", "the last byte": "0123456789abcdef\xff",
		"empty": "", "white space": " \t ",
	} {
		for _, event := range []string{"something", "fail"} {
			t.Run(name+", "+event, func(t *testing.T) {
				s := &rawServer{t: t, l: listen(t)}
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				var logged []string
				l := minlambda.Loop{Handler: failing, API: s.l.Addr().String(),
					Log: func(record minlambda.Record) {
						if record.Level == minlambda.LevelWarn { // not the handler's error
							logged = append(logged, record.Message)
						}
					}}
				done := make(chan error, 1)
				go func() { done <- l.Run(ctx) }()
				s.accept()
				s.expect(nextGET, getEnd)
				s.send(ok200 + "Lambda-Runtime-Aws-Request-Id: req\r\n" +
					"Lambda-Runtime-Invocation-Id: " + id + "\r\n" +
					"Content-Length: 4\r\n\r\n" + event[:4])
				got := s.expect(invocations+"req/", getEnd)
				if strings.Contains(got, "Invocation-Id") {
					t.Errorf("sent %q", got)
				}
				s.send(accepted202)
				cancel()
				if err := <-done; err != context.Canceled {
					t.Errorf("Run returned %v", err)
				}
				want := "minlambda: next: Lambda-Runtime-Invocation-Id is not ASCII," +
					" and not echoed: " + ascii.Quote(id) + " of req"
				if unfit := strings.TrimSpace(id) != ""; unfit && (len(logged) != 1 ||
					logged[0] != want) || !unfit && len(logged) > 0 {
					t.Errorf("logged %q; want %q", logged, want)
				}
			})
		}
	}
}
