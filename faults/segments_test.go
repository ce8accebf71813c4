package faults

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/lambdatest"
)

// The 202 and the event behind it arrive in two pieces, cut at every byte of both, and in one.
func TestAnswerAndEventInTwoSegments(t *testing.T) {
	t.Parallel()
	api := looptest.Serve(t)
	api.Keep(10)
	s := start(t, api.Addr(), minlambda.Loop{Handler: answer, Poison: true})
	for _, chunks := range [][]string{{"0123456789"}, {""}, {"0123", "456789abcdefghij", "k"}} {
		event := strings.Join(chunks, "")
		raw, _ := rawEvent("second-00000", chunks...)
		for n := 0; n <= len(accepted)+len(raw); n += every() {
			id := fmt.Sprintf("second-%05d", n)
			raw, _ := rawEvent(id, chunks...)
			both := accepted + raw
			api.Script(lambdatest.Answer{Raw: []byte(both[:n])})
			first := api.Queue(lambdatest.Event{Payload: []byte("first")})
			second := api.Queue(lambdatest.Event{RequestID: id, Raw: []byte(both[n:]),
				Delay: 20 * time.Microsecond})
			if wrong := answered(looptest.Result(t, first), "first"); wrong != "" {
				t.Fatalf("cut after %d bytes: the first event is %s", n, wrong)
			}
			if wrong := answered(looptest.Result(t, second), event); wrong != "" {
				t.Fatalf("cut after %d bytes: the second event is %s", n, wrong)
			}
		}
	}
	s.Stop()
	if got := s.Logged(); len(got) > 0 || api.Connections() != 1 {
		t.Errorf("logged %q, on %d connections", got, api.Connections())
	}
}

// Everything comes byte by byte, or in other small pieces.
func TestTrickle(t *testing.T) {
	t.Parallel()
	for _, inSequence := range []bool{false, true} {
		api := looptest.Serve(t)
		s := start(t, api.Addr(), minlambda.Loop{Handler: answer, InSequence: inSequence})
		for _, piece := range []int{1, 2, 3, 7} {
			for _, size := range []int{0, 1, 10, 300, 5000} {
				for _, chunks := range []int{-1, 1, 4, 300} {
					event := strings.Repeat("trickle ", size/8+1)[:size]
					api.Script(lambdatest.Answer{Trickle: piece})
					r := looptest.Result(t, api.Queue(lambdatest.Event{Payload: []byte(event),
						Chunks: chunks, Trickle: piece}))
					if wrong := answered(r, event); wrong != "" {
						t.Fatalf("%d bytes, chunks %d, in pieces of %d: %s", size, chunks, piece,
							wrong)
					}
				}
			}
		}
		s.Stop()
		if got := s.Logged(); len(got) > 0 || api.Connections() != 1 {
			t.Errorf("logged %q, on %d connections", got, api.Connections())
		}
	}
}
