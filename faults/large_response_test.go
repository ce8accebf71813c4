package faults

import (
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
)

// A response over the limit is never sent: the error takes its place.
func TestResponseLargerThanTheLimit(t *testing.T) {
	t.Parallel()
	own := make([]byte, minlambda.MaxResponse+1)
	n := 0
	handler := func(dst, event []byte) ([]byte, error) {
		switch string(event) {
		case "own":
			return own[:n], nil
		case "append":
			return append(dst, own[:n]...), nil
		}
		return event, nil
	}
	for _, how := range []string{"own", "append"} {
		t.Run(how, func(t *testing.T) {
			s := looptest.Start(t, minlambda.Loop{Handler: handler})
			n = minlambda.MaxResponse
			if r := s.Invoke(how); r.Err != nil || len(r.Body) != n {
				t.Errorf("%s: %d bytes came to %d, %v", how, n, len(r.Body), r.Err)
			}
			n = minlambda.MaxResponse + 1
			r := s.Invoke(how)
			if r.Err == nil {
				t.Fatalf("%s: %d bytes were sent", how, len(r.Body))
			}
			if r.Err.Type != "Function.ResponseSizeTooLarge" ||
				!strings.Contains(r.Err.Message, "6291557") ||
				!strings.Contains(r.Err.Message, "6291556") {
				t.Errorf("%s: reported %v", how, r.Err)
			}
			if got := r.Header.Get(errorTypeHeader); got != "Function.ResponseSizeTooLarge" {
				t.Errorf("%s: error type header %q", how, got)
			}
			if got := looptest.Posts(s.API); len(got) != 2 || !strings.HasSuffix(got[1], "/error") {
				t.Errorf("%s: POSTs %q", how, got)
			}
			s.Fine()
			s.Stop()
		})
	}
}
