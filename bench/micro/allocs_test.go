//go:build !race

// The race detector allocates memory of its own, which would be counted.

package micro

import "testing"

// TestAllocs: our parts of the benchmarks allocate nothing.
func TestAllocs(t *testing.T) {
	for _, h := range heads(t) {
		p := newMinlambda()
		allocatesNothing(t, "head "+h.name, p.work, h.bytes)
	}
	for _, b := range bodies()[:2] { // the large ones differ only in time
		r := minlambdaChunks(len(b.wire))
		allocatesNothing(t, "body "+b.name, r.work(), b.wire)
	}
	for _, e := range events(t) {
		l := e.libraries()[0]
		allocatesNothing(t, "event "+e.name, l.work(), e.bytes)
	}
}

// allocatesNothing counts a hundred runs at once: AllocsPerRun divides as integers, and one
// allocation in a hundred runs would count as zero.
func allocatesNothing(t *testing.T, what string, w work, data []byte) {
	t.Helper()
	allocs := testing.AllocsPerRun(10, func() {
		for range 100 {
			if err := w.run(data); err != nil {
				t.Fatal(err)
			}
		}
	})
	if allocs != 0 {
		t.Errorf("%s: %v allocations in 100 runs", what, allocs)
	}
}
