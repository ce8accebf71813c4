package looptest

import (
	"errors"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
)

// A recorder is a test that keeps what it is told.
type recorder struct {
	testing.TB
	errors []string
	ends   []func()
}

func (r *recorder) Helper()                           {}
func (r *recorder) Cleanup(end func())                { r.ends = append(r.ends, end) }
func (r *recorder) Errorf(format string, args ...any) { r.errors = append(r.errors, format) }

// The harness gives back what the handler did, and sees a loop that logs and one that breaks the
// protocol.
func TestSession(t *testing.T) {
	r := &recorder{TB: t}
	calls := 0 // by test and handler in turn, which the race detector must not mind
	s := Start(r, minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
		calls++
		switch string(event) {
		case "fail":
			return nil, errors.New("on purpose")
		case "large":
			return make([]byte, minlambda.MaxResponse+1), nil
		}
		return append(append(dst, "re "...), event...), nil
	}})
	if got := s.Invoke("a"); string(got.Body) != "re a" || got.Err != nil {
		t.Errorf("ended with %q, %v", got.Body, got.Err)
	}
	for _, event := range []string{"fail", "large"} {
		if got := s.Invoke(event); got.Err == nil {
			t.Errorf("%s ended with %q", event, got.Body)
		}
	}
	if calls++; calls != 4 {
		t.Errorf("%d calls", calls)
	}
	if s.Quiet(); len(r.errors) > 0 {
		t.Errorf("says %q", r.errors)
	}
	s.log(minlambda.Record{Message: "something"})
	if s.Quiet(); len(r.errors) != 1 || !strings.HasPrefix(r.errors[0], "logged") {
		t.Errorf("says %q of a loop that logs", r.errors)
	}
	for _, end := range r.ends {
		end()
	}
	if len(r.errors) != 1 {
		t.Errorf("says %q at the end", r.errors[1:])
	}
}
