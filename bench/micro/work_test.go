package micro

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/minlambda/minlambda/bench/internal/proc"
)

// A work is one contestant's work in a benchmark. The tests run it too.
type work struct {
	name string
	run  func(data []byte) error
}

// bench measures w on data; size is the number of bytes that count. Besides the time it reports
// processor time, which is the one to look at on a busy machine.
func bench(b *testing.B, w work, data []byte, size int) {
	if err := w.run(data); err != nil { // what is made once is made now
		b.Fatal(err)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	b.ResetTimer()
	began, exact := clock(b)
	for range b.N {
		if err := w.run(data); err != nil {
			b.Fatal(err)
		}
	}
	if ended, _ := clock(b); exact {
		b.ReportMetric(float64(ended-began)/float64(b.N), "cpu-ns/op")
	}
}

var loaded = time.Now()

// clock returns the processor time of this process, which stands still while another process has
// the processor. If the system does not say, it returns the time, and exact is false.
func clock(tb testing.TB) (now time.Duration, exact bool) {
	used, err := proc.CPU(os.Getpid())
	switch {
	case errors.Is(err, proc.ErrUnsupported):
		return time.Since(loaded), false
	case err != nil:
		tb.Fatal(err)
	}
	return used, true
}
