package measure

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/minlambda/minlambda/bench/internal/launch"
	"github.com/minlambda/minlambda/bench/internal/proc"
	"github.com/minlambda/minlambda/bench/internal/results"
	"github.com/minlambda/minlambda/lambdatest"
)

// Together has peers that serve so many events at the same time, in one process each, over one
// Runtime API, as on Lambda Managed Instances. The server is package lambdatest's, since the
// requests of aws-lambda-go's loops come over any of its connections. Its share of the time is
// large, and the same for all.
type Together struct {
	Loops  int
	Peers  []*launch.Peer
	Rounds int
	Turns  int // of each peer in a round
	N      int // invocations in a turn
}

// LoopCounts are how many loops a process has.
var LoopCounts = []int{1, 8, 64, 256}

// NewTogether returns what it takes to measure ours beside aws-lambda-go.
func NewTogether(loops int, quick bool) *Together {
	t := &Together{
		Loops: loops, Peers: []*launch.Peer{launch.Concurrent, launch.AWS},
		Rounds: 5, Turns: 4, N: max(400, 4*loops),
	}
	if quick {
		t.Rounds, t.Turns, t.N = 2, 1, loops
	}
	return t
}

func concurrent(
	ctx context.Context, quick bool, progress func(done float64, at string),
) (rows []results.Row, err error) {
	progress(0, "building")
	if err = launch.Build([]*launch.Peer{launch.Concurrent, launch.AWS}); err != nil {
		return nil, err
	}
	for i, n := range LoopCounts {
		found, err := NewTogether(n, quick).Run(ctx, func(done float64) {
			progress((float64(i)+done)/float64(len(LoopCounts)), strconv.Itoa(n))
		})
		if err != nil {
			return nil, err
		}
		rows = append(rows, found...)
	}
	return rows, nil
}

// Run measures the peers, which are there at the same time and take turns. It calls step with the
// fraction done.
func (t *Together) Run(
	ctx context.Context, step func(done float64),
) (rows []results.Row, err error) {
	step(0)
	var all []*worker
	defer func() {
		for _, w := range all {
			w.stop()
		}
	}()
	for _, p := range t.Peers {
		w, err := t.start(ctx, p)
		if err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	for round := range t.Rounds + 1 { // the first is a warm-up
		for _, w := range all {
			w.invocations, w.wall, w.cpu = 0, 0, 0
		}
		for turn := range t.Turns {
			for i := range all {
				if turn%2 == 1 {
					i = len(all) - 1 - i
				}
				if err := all[i].turn(ctx, t.N); err != nil {
					return nil, err
				}
			}
		}
		for _, w := range all {
			if round > 0 {
				w.addRound()
			}
		}
		step(float64(round) / float64(t.Rounds))
	}
	for _, w := range all {
		rows = append(rows, w.row)
	}
	return rows, nil
}

// A worker is a process with several loops, and its Runtime API.
type worker struct {
	loops int
	api   *lambdatest.Server
	cmd   *exec.Cmd
	row   results.Row

	// Of this round.
	invocations int
	wall, cpu   time.Duration

	all []*lambdatest.Pending
}

// start starts a peer, waits until all of its loops ask, and adds what they take while they rest.
func (t *Together) start(ctx context.Context, p *launch.Peer) (*worker, error) {
	file, err := p.Program()
	if err != nil {
		return nil, err
	}
	w := &worker{
		loops: t.Loops, api: lambdatest.NewServer(), cmd: exec.Command(file),
		row: results.Row{
			Section: "concurrent", Case: strconv.Itoa(t.Loops), X: float64(t.Loops), Peer: p.Name,
			Figures: map[string]results.Figure{},
		},
	}
	w.api.Keep(0)
	w.api.Concurrent = true
	w.cmd.Env = append(os.Environ(), "AWS_LAMBDA_RUNTIME_API="+w.api.Addr(),
		"AWS_LAMBDA_MAX_CONCURRENCY="+strconv.Itoa(t.Loops))
	w.cmd.Stderr = os.Stderr
	if err = w.cmd.Start(); err != nil {
		w.api.Close()
		return nil, err
	}
	for end := time.Now().Add(patience); w.api.Waiting() < w.loops; time.Sleep(time.Millisecond) {
		if err = ctx.Err(); err == nil && time.Now().After(end) {
			err = fmt.Errorf("%s: %d of %d loops ask", p.Name, w.api.Waiting(), w.loops)
		}
		if err != nil {
			w.stop()
			return nil, err
		}
	}
	if m, err := proc.MemoryOf(w.cmd.Process.Pid); err == nil {
		w.add("idle-rss-bytes", float64(m.Now))
	}
	return w, nil
}

// patience is how long loops may take to start, or to answer events.
const patience = time.Minute

func (w *worker) stop() {
	_ = w.cmd.Process.Kill()
	_ = w.cmd.Wait() // it was killed
	w.api.Close()
}

// turn invokes the function n times, as often at the same time as it has loops.
func (w *worker) turn(ctx context.Context, n int) error {
	payload := make([]byte, 128)
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	used, _ := proc.CPU(w.cmd.Process.Pid)
	began := time.Now()
	w.all = w.all[:0]
	for i := range n + w.loops {
		if i < n {
			w.all = append(w.all, w.api.Queue(lambdatest.Event{Payload: payload}))
		}
		if i < w.loops {
			continue
		}
		r, err := w.all[i-w.loops].Wait(ctx)
		if err == nil && (r.Err != nil || len(r.Body) != len(payload)) {
			err = fmt.Errorf("%d bytes in place of %d, %v", len(r.Body), len(payload), r.Err)
		}
		if err != nil {
			return fmt.Errorf("%s, %d loops: %w", w.row.Peer, w.loops, err)
		}
	}
	w.wall += time.Since(began)
	now, _ := proc.CPU(w.cmd.Process.Pid)
	w.cpu += now - used
	w.invocations += n
	return nil
}

func (w *worker) add(unit string, value float64) {
	w.row.Figures[unit] = append(w.row.Figures[unit], value)
}

func (w *worker) addRound() {
	n := float64(w.invocations)
	w.add("ns/op", float64(w.wall)/n)
	if w.cpu > 0 {
		w.add("cpu-ns/op", float64(w.cpu)/n)
	}
	m, errMemory := proc.MemoryOf(w.cmd.Process.Pid)
	threads, errThreads := proc.Threads(w.cmd.Process.Pid)
	if errors.Join(errMemory, errThreads) == nil {
		w.add("rss-bytes", float64(m.Now))
		w.add("threads", float64(threads))
	}
}
