package bench

import (
	"testing"

	"github.com/minlambda/minlambda/bench/internal/launch"
	"github.com/minlambda/minlambda/bench/internal/measure"
	"github.com/minlambda/minlambda/bench/internal/proc"
	"github.com/minlambda/minlambda/bench/internal/server"
)

// BenchmarkEcho is one invocation, from one request for an event to the next,
// of a process and of the server that drives it. The parts of its name are
// pairs so that benchstat -col /peer puts the peers side by side.
func BenchmarkEcho(b *testing.B) {
	for _, size := range measure.Sizes {
		if testing.Short() && size.Bytes > 2049 {
			continue
		}
		b.Run("size="+size.Name, func(b *testing.B) {
			for _, p := range launch.Here(launch.Echo) {
				if p.Takes(size.Bytes) {
					b.Run("peer="+p.Name, func(b *testing.B) { benchmark(b, p, server.NewEvent(size.Bytes), size.Bytes) })
				}
			}
		})
	}
}

// BenchmarkHandler is BenchmarkEcho for handlers that do something.
func BenchmarkHandler(b *testing.B) {
	for _, h := range launch.Handlers {
		b.Run("handler="+h.Name, func(b *testing.B) {
			for _, p := range h.Peers {
				b.Run("peer="+p.Name, func(b *testing.B) { benchmark(b, p, h.Event(), h.Size()) })
			}
		})
	}
}

func benchmark(b *testing.B, p *launch.Peer, e *server.Event, size int) {
	running := start(b, p, launch.Options{Joined: *joined})
	do := func(n int) {
		if err := running.Do(n, e); err != nil {
			b.Fatal(err)
		}
	}
	do(launch.WarmUp(size))

	// Asking allocates too, in some peers, so that is measured and taken off.
	allocated := func() launch.Allocated { return must[launch.Allocated](b)(running.Allocated()) }
	first, second := allocated(), allocated()
	before, _ := proc.CPU(running.PID())
	running.Latency.Reset()

	b.SetBytes(int64(size))
	b.ResetTimer()
	do(b.N)
	b.StopTimer()

	n := float64(b.N)
	if used, err := proc.CPU(running.PID()); known(b, err) {
		b.ReportMetric(float64(used-before)/n, "cpu-ns/op")
	}
	b.ReportMetric(float64(running.Latency.Quantile(0.50)), "p50-ns")
	b.ReportMetric(float64(running.Latency.Quantile(0.99)), "p99-ns")
	b.ReportMetric(float64(running.Latency.Quantile(0.999)), "p99.9-ns")
	if m, err := proc.MemoryOf(running.PID()); known(b, err) {
		b.ReportMetric(float64(m.Now)/1e6, "rss-MB")
		b.ReportMetric(float64(m.Peak)/1e6, "peak-rss-MB")
	}
	third := allocated()
	b.ReportMetric(measure.Per(n, first.Mallocs, second.Mallocs, third.Mallocs), "allocs-in-peer/op")
	b.ReportMetric(measure.Per(n, first.Bytes, second.Bytes, third.Bytes), "B-in-peer/op")

	traced := min(b.N, measure.EffortFor(size, false).Traced)
	if calls, err := measure.CountCalls(running, traced, e); known(b, err) {
		b.ReportMetric(float64(calls.WithoutClock().Total())/float64(traced), "syscalls/op")
	}
}
