package minlambda_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/pool"
)

func poisoned(b []byte) bool { return bytes.Equal(b, bytes.Repeat([]byte{0xdb}, len(b))) }

// A handler that keeps event or dst finds it overwritten, if the loop's field or the build tag
// wants it, and otherwise not.
func TestPoison(t *testing.T) {
	for _, field := range []bool{false, true} {
		want := field || pool.Always
		var keptEvent, keptDst []byte
		event, dst := make(chan bool, 1), make(chan bool, 1)
		s := start(t, nil, minlambda.Loop{Poison: field, Handler: func(to, from []byte) ([]byte, error) {
			if keptEvent != nil {
				event <- poisoned(keptEvent)
				dst <- poisoned(keptDst)
			}
			to = append(to, "response"...)
			keptEvent, keptDst = from[len(from)-1000:], to
			return to, nil
		}})
		long := strings.Repeat("event", 400)
		for _, size := range []int{2000, 1000} { // the second ends before what was kept of the first begins
			if r := s.invoke(long[:size]); string(r.Body) != "response" {
				t.Fatalf("ended with %q, %v", r.Body, r.Err)
			}
		}
		if got := <-event; got != want {
			t.Errorf("field %v, tag %v: a kept event is overwritten: %v", field, pool.Always, got)
		}
		if got := <-dst; got != want {
			t.Errorf("field %v, tag %v: a kept dst is overwritten: %v", field, pool.Always, got)
		}
		s.stop()
	}
}
