package bench

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/minlambda/minlambda/bench/internal/launch"
	"github.com/minlambda/minlambda/bench/internal/measure"
	"github.com/minlambda/minlambda/bench/internal/results"
)

// BenchmarkConcurrent is so many events at the same time, over as many loops in one process, as on
// Lambda Managed Instances. Time is that of an invocation, all together, and includes the server's
// share, which is large.
func BenchmarkConcurrent(b *testing.B) {
	for _, loops := range measure.LoopCounts {
		b.Run(fmt.Sprintf("loops=%d", loops), func(b *testing.B) {
			t := measure.NewTogether(loops, testing.Short())
			times := t.Rounds * t.Turns * t.N
			compare(b, runtime.NumCPU(), t.Peers, times, func(bool) ([]results.Row, error) {
				return t.Run(context.Background(), func(float64) {})
			})
		})
	}
}

// BenchmarkShutdown is what registering an extension costs at the start: the time from a process's
// start to its first request for an event, with package shutdown and without.
func BenchmarkShutdown(b *testing.B) {
	peers, rounds := []*launch.Peer{launch.Ours, launch.Shutdown}, roundsOf(60)
	compare(b, runtime.NumCPU(), peers, rounds, func(bool) ([]results.Row, error) {
		s := measure.Starts{Section: "shutdown", Case: "warm", Peers: peers, Rounds: rounds}
		return s.Run(context.Background(), func(float64) {})
	})
}
