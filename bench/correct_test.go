package bench

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/minlambda/minlambda/bench/server"
)

// TestPeers holds every byte of every answer against its event: a benchmark of
// something wrong is worth nothing.
func TestPeers(t *testing.T) {
	sizes := []int{0, 1, 128, 2048, 2049, 64 << 10, 128}
	if !testing.Short() {
		sizes = append(sizes, 1<<20, 6<<20, 2049)
	}
	each(peers, func(p *peer) {
		t.Run(p.name, func(t *testing.T) {
			proc := p.start(t)
			defer proc.stop()
			proc.Thorough = true
			for _, size := range sizes {
				n := 36
				if size >= 1<<20 {
					n = 3
				}
				if err := proc.Run(n, server.NewEvent(size), proc.gone); err != nil {
					t.Fatalf("%d bytes: %v", size, err)
				}
			}
			if a := proc.allocated(t); a.Mallocs == 0 || a.Bytes == 0 {
				t.Errorf("it says that it has allocated %+v", a)
			}
		})
	})
}

// TestServerAllocatesNothing: what the server does is in every peer's time.
func TestServerAllocatesNothing(t *testing.T) {
	for _, size := range []int{128, 2049, 64 << 10} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			proc := ours.start(t)
			defer proc.stop()
			e := server.NewEvent(size)
			proc.run(t, 100, e)
			const n = 2000
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			proc.run(t, n, e)
			runtime.ReadMemStats(&after)
			// A timer, and whatever package testing does meanwhile.
			if got := after.Mallocs - before.Mallocs; got > n/10 {
				t.Errorf("%d allocations in %d invocations", got, n)
			}
		})
	}
}
