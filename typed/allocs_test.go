//go:build !race

// The race detector allocates where the program does not.

package typed_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/pool"
	"github.com/minlambda/minlambda/typed"
)

type small struct {
	Name string  `json:"name"`
	N    int     `json:"n"`
	List [2]bool `json:"list"`
}

// Through a loop and a socket, an invocation allocates its context and what encoding/json makes of
// the event: the string here. The decoder, the encoder, and what they are given pointers to are
// used again. Each form of question to the context has its price.
func TestAllocations(t *testing.T) {
	if pool.Always {
		t.Skip("an Invocation is made anew for each event")
	}
	const event, n = `{"name":"Ada","n":7,"list":[true,false]}`, 5_000
	echo := func(_ context.Context, in small) (small, error) { return in, nil }
	var sink string
	for name, c := range map[string]struct {
		invoke func(*minlambda.Invocation) error
		each   uint64
	}{
		"Run":  {typed.New(echo), 1 + 1},
		"Task": {typed.New(typed.Task(func(context.Context) error { return nil })), 1},
		"FromContext": {typed.New(typed.Task(func(ctx context.Context) error {
			m, _ := typed.FromContext(ctx)
			sink = m.RequestID()
			return nil
		})), 1 + 1 + 1}, // the copy of the head, the text
		"Done": {typed.New(typed.Task(func(ctx context.Context) error {
			_ = ctx.Done()
			return nil
		})), 1 + 5},
	} {
		cost := looptest.Steady(t, minlambda.Loop{Invoke: c.invoke}, event, n)
		got := float64(cost.Mallocs) / n
		t.Logf("%s: %.3f allocations", name, got)
		// Garbage collections empty encoding/json's pool, which is filled again.
		if got > float64(c.each)+0.02 {
			t.Errorf("%s: %.3f allocations an invocation; want %d", name, got, c.each)
		}
	}
	_ = sink
}

// A large event's memory is given back after a hundred small ones.
func TestMemoryIsGivenBack(t *testing.T) {
	large := make([]byte, 0, 8<<20)
	large = append(large, '"')
	for len(large) < 8<<20-1 {
		large = append(large, 'x')
	}
	large = append(large, '"')
	s := looptest.Start(t, minlambda.Loop{Invoke: typed.New(
		func(_ context.Context, in string) (int, error) { return len(in), nil })})
	before := inUse()
	s.API.Keep(0)
	answers(t, s, string(large), "8388606")
	grown := inUse() - before
	for range 120 {
		answers(t, s, `""`, "0")
	}
	left := inUse() - before
	// The loop's own read buffer keeps the size of the largest event.
	t.Logf("%d KiB after the event, %d KiB after 120 more", grown>>10, left>>10)
	if left > grown-6<<20 {
		t.Errorf("%d bytes after the event, %d after 120 small ones", grown, left)
	}
}

type held struct{ Bytes []byte }

// Between two events nothing is held of what the handler was given, or has returned.
func TestNothingIsHeld(t *testing.T) {
	freed := make(chan string, 2)
	s := looptest.Start(t, minlambda.Loop{Invoke: typed.New(
		func(_ context.Context, in *held) (*held, error) {
			out := &held{make([]byte, 10)}
			runtime.SetFinalizer(in, func(*held) { freed <- "in" })
			runtime.SetFinalizer(out, func(*held) { freed <- "out" })
			return out, nil
		})})
	answers(t, s, `{"Bytes":"AAAA"}`, `{"Bytes":"AAAAAAAAAAAAAA=="}`)
	seen := map[string]bool{}
	for range 1000 {
		runtime.GC()
		select {
		case what := <-freed:
			seen[what] = true
		case <-time.After(10 * time.Millisecond):
		}
		if len(seen) == 2 {
			return
		}
	}
	t.Errorf("of in and out only these were freed: %v", seen)
}

// inUse is how many bytes are alive.
func inUse() int {
	for range 3 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
