package fuzz

import (
	"flag"
	"hash/crc32"
	"testing"

	"github.com/minlambda/minlambda/internal/race"
	"github.com/minlambda/minlambda/pool"
)

// counted says that allocations are the code's own: the race detector makes
// more, and so do poisoned buffers.
const counted = !race.Enabled && !pool.Always

// noAllocs checks that run allocates nothing. Counting stops the world, which
// is a hundred times the work of most inputs: while searching for more it is
// done for one input in sixteen, the same ones always, so that an input that
// fails will fail again. A seed is always looked at. A stray allocation of
// another goroutine is none in each of ten runs.
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
