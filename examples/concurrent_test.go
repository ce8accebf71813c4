package examples_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/lambdatest"
)

// The example answers sixteen events at the same time, each with its own answer: all of them have
// been handed out before the first one is answered.
func TestConcurrentExample(t *testing.T) {
	t.Parallel()
	const n = 16
	p := looptest.LaunchExample(t, "concurrent", "AWS_LAMBDA_MAX_CONCURRENCY=16")
	looptest.Idle(t, p.API, n)
	var pending [n]*lambdatest.Pending
	for i := range pending {
		event := fmt.Appendf(nil, `{"ms":1000,"echo":"%d"}`, i)
		pending[i] = p.API.Queue(lambdatest.Event{Payload: event})
	}
	var lastSent, firstAnswered time.Time
	for i, one := range pending {
		r := looptest.Result(t, one)
		if r.Err != nil || string(r.Body) != fmt.Sprintf(`"%d"`, i) {
			t.Fatalf("%d ended with %q, %v", i, r.Body, r.Err)
		}
		if r.Sent.After(lastSent) {
			lastSent = r.Sent
		}
		if firstAnswered.IsZero() || r.Received.Before(firstAnswered) {
			firstAnswered = r.Received
		}
	}
	if !lastSent.Before(firstAnswered) {
		t.Error("an event was answered before the last one was handed out")
	}
	if err := p.Invoke(`{"fail":"text"}`).Err; err == nil || err.Message != "text" {
		t.Errorf("fail: %v", err)
	}
	if err := p.Invoke(`{"panic":"text"}`).Err; err == nil || err.Message != "text" ||
		len(err.StackTrace) == 0 {
		t.Errorf("panic: %v", err)
	}
	if out := p.Exits(1); strings.Count(out, ` string: text`) != 1 ||
		!strings.HasSuffix(out, "minlambda: handler: panic: \"text\"\n") {
		t.Errorf("prints %q", out)
	}
}
