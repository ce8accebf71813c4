package fuzz

import (
	"flag"
	"hash/crc32"
	"testing"

	"github.com/minlambda/minlambda/internal/race"
	"github.com/minlambda/minlambda/pool"
)

// counted is true if all allocations are the code's own: the race detector makes more, and so do
// poisoned buffers.
const counted = !race.Enabled && !pool.Always

// noAllocs checks that run allocates nothing. Counting stops the world, which is a hundred times
// the work of most inputs. So during a search it counts for one input in sixteen, always the same
// ones, so that an input that fails will fail again. It always counts for a seed. A stray
// allocation by another goroutine does not come in each of ten runs.
func noAllocs(t *testing.T, in []byte, run func()) {
	t.Helper()
	if !counted || searching() && crc32.ChecksumIEEE(in)%16 != 0 {
		return
	}
	if n := testing.AllocsPerRun(10, run); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// searching reports whether this process makes up inputs of its own.
func searching() bool {
	worker := flag.Lookup("test.fuzzworker")
	return worker != nil && worker.Value.String() == "true"
}
