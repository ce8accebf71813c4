package bench

import (
	"os"
	"testing"
	"time"

	"github.com/minlambda/minlambda/bench/internal/launch"
	"github.com/minlambda/minlambda/bench/internal/server"
)

// BenchmarkColdStart is the time from just before the process is started until
// its first request for an event has arrived, its program being in the page
// cache.
func BenchmarkColdStart(b *testing.B) {
	for _, p := range launch.Here(launch.Echo) {
		b.Run("peer="+p.Name, func(b *testing.B) {
			file := must[os.FileInfo](b)(os.Stat(must[string](b)(p.Program())))
			var starts server.Histogram
			var total time.Duration
			b.ResetTimer()
			for range b.N {
				took := coldStart(b, p)
				total += took
				starts.Add(took)
			}
			// In place of the framework's, which includes the process's end.
			b.ReportMetric(float64(total)/float64(b.N), "ns/op")
			b.ReportMetric(float64(starts.Quantile(0.50)), "p50-ns")
			b.ReportMetric(float64(starts.Quantile(0.99)), "p99-ns")
			b.ReportMetric(float64(file.Size()), "binary-B")
		})
	}
}

func coldStart(b *testing.B, p *launch.Peer) time.Duration {
	running := must[*launch.Process](b)(p.Start(launch.Options{}))
	defer running.Stop()
	return must[time.Time](b)(running.Wait(running.Gone)).Sub(running.Started)
}
