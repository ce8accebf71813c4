package faults

import (
	"fmt"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
)

func TestHandlerReturnsAnError(t *testing.T) {
	for _, inSequence := range []bool{false, true} {
		t.Run(fmt.Sprint("in sequence ", inSequence), func(t *testing.T) {
			s := looptest.Start(t, minlambda.Loop{Handler: failing, InSequence: inSequence})
			p := s.Queue("fail")
			r := s.Result(p)
			if r.Err == nil {
				t.Fatalf("the invocation ended with %q", r.Body)
			}
			const want = `{"errorMessage":"it was asked to","errorType":"errorString"}`
			if string(r.Err.Raw) != want {
				t.Errorf("report %s\nwant   %s", r.Err.Raw, want)
			}
			if got := r.Header.Get(errorTypeHeader); got != "Function.ErrorString" {
				t.Errorf("error type header %q", got)
			}
			if got := r.Header.Get("Content-Type"); got != "application/json" {
				t.Errorf("content type %q", got)
			}
			if got, want := looptest.Posts(s.API),
				"/2018-06-01/runtime/invocation/"+p.RequestID()+"/error"; len(got) != 1 ||
				got[0] != want {
				t.Errorf("POSTs to %q; want %q", got, want)
			}
			s.Fine()
			s.Quiet()
			s.Stop()
		})
	}
}
