package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/lambdatest"
)

// The context ends at any moment, many times. What was handled is answered, once, before Run
// returns or at that moment; nothing else is; and nothing is left behind.
func TestCancelAtRandom(t *testing.T) {
	n := 1500
	if testing.Short() {
		n = 300
	}
	for _, inSequence := range []bool{false, true} {
		t.Run(fmt.Sprint("in sequence ", inSequence), func(t *testing.T) {
			cancelAtRandom(t, n, inSequence)
		})
	}
}

func cancelAtRandom(t *testing.T, n int, inSequence bool) {
	api := looptest.Serve(t)
	api.Keep(20)
	handled := make(map[string]int)
	goroutines := runtime.NumGoroutine()
	var waiting *lambdatest.Pending
	event := ""
	for i := range n {
		ctx, cancel := context.WithCancel(context.Background())
		returned := make(chan error, 1)
		l := minlambda.Loop{
			API:        api.Addr(),
			InSequence: inSequence,
			Poison:     true,
			Handler: func(dst, e []byte) ([]byte, error) {
				handled[string(e)]++
				return answer(dst, e)
			},
		}
		l.Log = func(r minlambda.Record) { t.Errorf("%d: logged %q", i, r) }
		go func() { returned <- l.Run(ctx) }()
		time.AfterFunc(time.Duration(rand.IntN(600))*time.Microsecond, cancel)
		var err error
		for running := true; running; {
			if waiting == nil {
				event = fmt.Sprint("event ", rand.Uint64())
				waiting = api.Queue(lambdatest.Event{Payload: []byte(event),
					Chunks: []int{-1, 3}[i%2]})
			}
			select {
			case <-waiting.Done():
				if wrong := answered(looptest.Result(t, waiting), event); wrong != "" {
					t.Fatalf("%d: %s", i, wrong)
				}
				waiting = nil
			case err = <-returned:
				running = false
			case <-time.After(patience):
				t.Fatal("the loop hangs")
			}
		}
		if err != context.Canceled {
			t.Fatalf("%d: Run returned %v", i, err)
		}
		cancel()
		if waiting != nil && handled[event] > 0 {
			if wrong := answered(looptest.Result(t, waiting), event); wrong != "" {
				t.Fatalf("%d: %s", i, wrong)
			}
		}
		// It may lie in a connection that is gone, or still be queued: the next loop has an
		// event of its own in any case, which is told from it.
		waiting = nil
		for e, times := range handled {
			if times > 1 {
				t.Fatalf("%d: %q was handled %d times", i, e, times)
			}
		}
		clear(handled)
	}
	until(t, "no connection", func() bool { return api.Open() == 0 })
	until(t, "no goroutine but the API's", func() bool {
		return runtime.NumGoroutine() <= goroutines+1
	})
}
