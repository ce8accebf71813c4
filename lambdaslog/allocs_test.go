//go:build !race

// The race detector allocates where the program does not.

package lambdaslog_test

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/lambdaslog"
	"github.com/minlambda/minlambda/pool"
)

// A line of basic kinds allocates nothing, in JSON and as text, with a group and without; nor does
// one that is not written.
func TestAllocations(t *testing.T) {
	for _, format := range []lambdaslog.Format{lambdaslog.JSON, lambdaslog.Text} {
		h := lambdaslog.New(io.Discard, &lambdaslog.Options{Format: format, FunctionARN: true})
		plain := slog.New(h)
		grouped := slog.New(h.WithAttrs([]slog.Attr{slog.Int("a", 1)}).WithGroup("g"))
		ctx := context.Background()
		for name, f := range map[string]func(){
			"plain": func() {
				plain.LogAttrs(ctx, slog.LevelInfo, "taken", slog.String("name", "\"Ada\""),
					slog.Int("n", 7), slog.Bool("b", true), slog.Float64("f", 0.5),
					slog.Duration("d", time.Second))
			},
			"grouped": func() {
				grouped.LogAttrs(ctx, slog.LevelInfo, "taken", slog.Time("t", at),
					slog.Int64("n", 1<<40))
			},
			"not written": func() { plain.DebugContext(ctx, "taken") },
		} {
			allocs := testing.AllocsPerRun(10, func() {
				for range 100 {
					f()
				}
			})
			if allocs > 1 { // of the pool, after a garbage collection
				t.Errorf("%d, %s: %v allocations in 100 lines", format, name, allocs)
			}
		}
	}
}

// In an invocation, the first line allocates the copy of the event's head, and none after it.
func TestAllocationsOfAnInvocation(t *testing.T) {
	if pool.Always {
		t.Skip("an Invocation is made anew for each event")
	}
	logger := slog.New(lambdaslog.New(io.Discard, &lambdaslog.Options{Format: lambdaslog.JSON}))
	const n = 5000
	cost := looptest.Steady(t, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		ctx := inv.Context()
		for range 5 {
			logger.LogAttrs(ctx, slog.LevelInfo, "taken", slog.Int("n", 7))
		}
		return nil
	}}, "{}", n)
	// The context and the head; garbage collections empty the pool of lines.
	if got := float64(cost.Mallocs) / n; got > 2.02 {
		t.Errorf("%.3f allocations an invocation of five lines; want 2", got)
	}
}
