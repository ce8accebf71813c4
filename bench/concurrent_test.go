package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/minlambda/minlambda/bench/internal/launch"
	"github.com/minlambda/minlambda/bench/internal/measure"
	"github.com/minlambda/minlambda/bench/internal/proc"
	"github.com/minlambda/minlambda/lambdatest"
)

// A worker is a process with several loops, and its Runtime API: package lambdatest's, the same for
// all, since the requests of aws-lambda-go's loops come over any of its connections.
type worker struct {
	name string
	api  *lambdatest.Server
	cmd  *exec.Cmd

	invocations int
	wall, cpu   time.Duration
	idle        int64 // resident bytes before the first event
	all         []*lambdatest.Pending
}

// BenchmarkConcurrent is so many events at the same time, over as many loops in one process, as on
// Lambda Managed Instances. Time is that of an invocation, all together, and includes the server's
// share, which is large. The peers are there at the same time, and take turns.
func BenchmarkConcurrent(b *testing.B) {
	for _, loops := range []int{1, 8, 64, 256} {
		b.Run(fmt.Sprintf("loops=%d", loops), func(b *testing.B) {
			var workers []*worker
			for _, p := range []*launch.Peer{launch.Concurrent, launch.AWS} {
				workers = append(workers, startWorker(b, p, loops))
			}
			turn := max(200, 4*loops)
			for n := 0; n < b.N+turn; n += turn { // the first of each is a warm-up
				for i := range workers {
					if n/turn%2 == 1 {
						i = len(workers) - 1 - i
					}
					workers[i].turn(b, turn, loops)
				}
				if n == 0 {
					for _, w := range workers {
						w.invocations, w.wall, w.cpu = 0, 0, 0
					}
					b.ResetTimer()
				}
			}
			b.StopTimer()
			for _, w := range workers {
				w.report(b)
			}
		})
	}
}

// startWorker starts a peer, and waits until all of its loops ask.
func startWorker(b *testing.B, p *launch.Peer, loops int) *worker {
	b.Helper()
	file, err := p.Program()
	if err != nil {
		b.Fatal(err)
	}
	w := &worker{name: p.Name, api: lambdatest.NewServer(), cmd: exec.Command(file)}
	w.api.Keep(0)
	w.api.Concurrent = true
	w.cmd.Env = append(os.Environ(), "AWS_LAMBDA_RUNTIME_API="+w.api.Addr(),
		fmt.Sprintf("AWS_LAMBDA_MAX_CONCURRENCY=%d", loops))
	if err := w.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = w.cmd.Process.Kill()
		_ = w.cmd.Wait()
		w.api.Close()
	})
	for end := time.Now().Add(time.Minute); w.api.Waiting() < loops; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			b.Fatalf("%s: %d of %d loops ask", p.Name, w.api.Waiting(), loops)
		}
	}
	if m, err := proc.MemoryOf(w.cmd.Process.Pid); err == nil {
		w.idle = m.Now
	}
	return w
}

// turn invokes the function n times, as often at the same time as it has loops.
func (w *worker) turn(b *testing.B, n, loops int) {
	b.Helper()
	payload := make([]byte, 128)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	used, _ := proc.CPU(w.cmd.Process.Pid)
	began := time.Now()
	w.all = w.all[:0]
	for i := range n + loops {
		if i >= loops {
			if r, err := w.all[i-loops].Wait(ctx); err != nil || len(r.Body) != len(payload) {
				b.Fatalf("%s: ended with %d bytes, %v, %v", w.name, len(r.Body), r.Err, err)
			}
		}
		if i < n {
			w.all = append(w.all, w.api.Queue(lambdatest.Event{Payload: payload}))
		}
	}
	w.wall += time.Since(began)
	now, _ := proc.CPU(w.cmd.Process.Pid)
	w.cpu += now - used
	w.invocations += n
}

func (w *worker) report(b *testing.B) {
	n := float64(w.invocations)
	b.ReportMetric(float64(w.wall)/n, w.name+"-ns/op")
	b.ReportMetric(float64(w.cpu)/n, w.name+"-cpu-ns/op")
	m, errMemory := proc.MemoryOf(w.cmd.Process.Pid)
	threads, errThreads := proc.Threads(w.cmd.Process.Pid)
	if errMemory == nil && errThreads == nil {
		b.ReportMetric(float64(w.idle), w.name+"-idle-rss-bytes")
		b.ReportMetric(float64(m.Now), w.name+"-rss-bytes")
		b.ReportMetric(float64(threads), w.name+"-threads")
	}
}

// BenchmarkShutdown is what registering an extension costs at the start: the time from a process's
// start to its first request for an event, with package shutdown and without.
func BenchmarkShutdown(b *testing.B) {
	peers := []*launch.Peer{launch.Ours, launch.Shutdown}
	starts := measure.Starts{Peers: peers, Rounds: max(b.N, 3)}
	rows, err := starts.Run(context.Background(), func(float64) {})
	if err != nil {
		b.Fatal(err)
	}
	for _, row := range rows {
		for _, unit := range []string{"ns/op", "cpu-ns/op", "rss-bytes"} {
			if figure := row.Figures[unit]; len(figure) > 0 {
				b.ReportMetric(figure.Median(), row.Peer+"-"+unit)
			}
		}
	}
}
