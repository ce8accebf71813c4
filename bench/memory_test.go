package bench

import (
	"errors"
	"testing"

	"github.com/minlambda/minlambda/bench/internal/launch"
	"github.com/minlambda/minlambda/bench/internal/proc"
	"github.com/minlambda/minlambda/bench/internal/server"
)

// TestPeakMemory: the largest event takes at most two buffers of its size, one that it is read into
// and one with room for its response. The second time it takes no more than the first.
func TestPeakMemory(t *testing.T) {
	const (
		size  = 6 << 20
		slack = 3 << 19 // heads, and what Go's heap takes to manage this much
	)
	for _, p := range []*launch.Peer{launch.Ours, launch.InSequence, launch.Net} {
		t.Run(p.Name, func(t *testing.T) {
			running := start(t, p, launch.Options{})
			peak := func(n, size int) int64 {
				if err := running.Do(n, server.NewEvent(size)); err != nil {
					t.Fatal(err)
				}
				m, err := proc.MemoryOf(running.PID())
				if errors.Is(err, proc.ErrUnsupported) {
					t.Skip(err)
				}
				if err != nil {
					t.Fatal(err)
				}
				return m.Peak
			}
			before := peak(100, 128)
			first, more := peak(3, size)-before, peak(20, size)-before
			t.Logf(
				"%d bytes at 128 bytes, %d more at %d, and %d in the end",
				before,
				first,
				size,
				more,
			)
			if more > 2*size+slack {
				t.Errorf("%.2f times the event", float64(more)/size)
			}
		})
	}
}
