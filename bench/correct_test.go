package bench

import (
	"runtime"
	"testing"

	"github.com/minlambda/minlambda/bench/internal/launch"
	"github.com/minlambda/minlambda/bench/internal/server"
)

// TestPeers compares every byte of every answer with what it should be: a benchmark of something
// wrong is worth nothing.
func TestPeers(t *testing.T) {
	sizes := []int{0, 1, 128, 2048, 2049, 64 << 10, 128}
	if !testing.Short() {
		sizes = append(sizes, 1<<20, 6<<20, 2049)
	}
	all := append(launch.Here(launch.Echo), launch.Here([]*launch.Peer{
		launch.Loops, launch.Bare, launch.C, launch.CInSequence,
	})...)
	for _, p := range all {
		t.Run("echo/"+p.Name, func(t *testing.T) {
			proc := start(t, p, launch.Options{})
			proc.Thorough = true
			for _, size := range sizes {
				n := 36
				if size >= 1<<20 {
					n = 3
				}
				if !p.Takes(size) {
					continue
				}
				if err := proc.Do(n, server.NewEvent(size)); err != nil {
					t.Fatalf("%d bytes: %v", size, err)
				}
			}
			if err := proc.Do(3, server.NewEventWith(128, 128)); err != nil {
				t.Fatalf("with 128 more headers: %v", err)
			}
			if p.Counts() {
				allocates(t, proc)
			}
		})
	}
	for _, h := range launch.Handlers {
		for _, p := range h.Peers {
			t.Run(h.Name+"/"+p.Name, func(t *testing.T) {
				proc := start(t, p, launch.Options{})
				proc.Thorough = true
				if err := proc.Do(36, h.Event()); err != nil {
					t.Fatal(err)
				}
				allocates(t, proc)
			})
		}
	}
}

// allocates checks that a peer says what it has allocated.
func allocates(t *testing.T, proc *launch.Process) {
	t.Helper()
	if a := must[launch.Allocated](t)(proc.Allocated()); a.Mallocs == 0 || a.Bytes == 0 {
		t.Errorf("it says that it has allocated %+v", a)
	}
}

// TestServerAllocatesNothing: what the server does is part of every peer's time.
func TestServerAllocatesNothing(t *testing.T) {
	for name, e := range map[string]*server.Event{
		"128B":     server.NewEvent(128),
		"2049B":    server.NewEvent(2049),
		"64KiB":    server.NewEvent(64 << 10),
		"exchange": server.NewExchange([]byte("null"), []byte("null")),
	} {
		t.Run(name, func(t *testing.T) {
			proc := start(t, launch.Ours, launch.Options{})
			if err := proc.Do(100, e); err != nil {
				t.Fatal(err)
			}
			const n = 2000
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := proc.Do(n, e)
			runtime.ReadMemStats(&after)
			if err != nil {
				t.Fatal(err)
			}
			// A timer, and whatever package testing does in the meantime.
			if got := after.Mallocs - before.Mallocs; got > n/10 {
				t.Errorf("%d allocations in %d invocations", got, n)
			}
		})
	}
}
