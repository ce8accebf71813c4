package bench

import (
	"testing"

	"github.com/minlambda/minlambda/bench/server"
)

var sizes = []struct {
	name  string
	bytes int
}{
	{"128B", 128},
	{"2049B", 2049}, // the first that comes chunked
	{"64KiB", 64 << 10},
	{"1MiB", 1 << 20},
	{"6MiB", 6 << 20},
}

// BenchmarkEcho is one invocation, from one request for an event to the next,
// of a process and of the server that drives it. The parts of its name are
// pairs so that benchstat -col /peer puts the peers side by side.
func BenchmarkEcho(b *testing.B) {
	for _, size := range sizes {
		if testing.Short() && size.bytes > 2049 {
			continue
		}
		b.Run("size="+size.name, func(b *testing.B) {
			each(peers, func(p *peer) {
				b.Run("peer="+p.name, func(b *testing.B) { benchmarkEcho(b, p, size.bytes) })
			})
		})
	}
}

func benchmarkEcho(b *testing.B, p *peer, size int) {
	proc := p.start(b)
	defer proc.stop()
	e := server.NewEvent(size)
	proc.run(b, warmUp(size), e)

	// Asking allocates too, in some peers, so that is measured and taken off.
	first := proc.allocated(b)
	second := proc.allocated(b)
	cpu, _ := proc.cpu(b)
	proc.Latency.Reset()

	b.SetBytes(int64(size))
	b.ResetTimer()
	proc.run(b, b.N, e)
	b.StopTimer()

	n := float64(b.N)
	if used, ok := proc.cpu(b); ok {
		b.ReportMetric(float64(used-cpu)/n, "cpu-ns/op")
	}
	b.ReportMetric(float64(proc.Latency.Quantile(0.50)), "p50-ns")
	b.ReportMetric(float64(proc.Latency.Quantile(0.99)), "p99-ns")
	b.ReportMetric(float64(proc.Latency.Quantile(0.999)), "p99.9-ns")
	if m, ok := proc.memory(b); ok {
		b.ReportMetric(float64(m.Now)/1e6, "rss-MB")
		b.ReportMetric(float64(m.Peak)/1e6, "peak-rss-MB")
	}
	third := proc.allocated(b)
	b.ReportMetric(per(n, first.Mallocs, second.Mallocs, third.Mallocs), "allocs-in-peer/op")
	b.ReportMetric(per(n, first.Bytes, second.Bytes, third.Bytes), "B-in-peer/op")
}

// warmUp is how many invocations it takes until buffers have grown and pools
// are full: thousands of small events, a few large ones.
func warmUp(size int) int { return max(3, min(2000, 32<<20/(size+1))) }

// per is what each of n invocations between the second and the third reading
// added, without what a reading adds.
func per(n float64, first, second, third uint64) float64 {
	reading := float64(second - first)
	return max(0, float64(third-second)-reading) / n
}
