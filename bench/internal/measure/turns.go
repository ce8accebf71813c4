package measure

import (
	"context"
	"errors"
	"time"

	"github.com/minlambda/minlambda/bench/internal/launch"
	"github.com/minlambda/minlambda/bench/internal/proc"
	"github.com/minlambda/minlambda/bench/internal/results"
	"github.com/minlambda/minlambda/bench/internal/server"
)

// A Contest has peers that answer the same event. They run at the same time, and take turns of a
// few milliseconds: first to last, then last to first, so that no peer always has its turn after
// the same other one.
type Contest struct {
	Section, Case string
	X             float64 // see results.Row
	Peers         []*launch.Peer
	Event         *server.Event
	Joined        bool
	Effort
}

// Effort is how much is measured.
type Effort struct {
	WarmUp int // invocations before anything is measured
	Rounds int
	Turns  int // of each peer in a round
	N      int // invocations in a turn
	Traced int // invocations whose system calls are counted, afterwards; 0 means none
}

// EffortFor returns what it takes to measure events of size bytes: some seconds with half a dozen
// peers, or next to nothing with quick. A turn takes some 20 to 50 ms. That is short, so that noise
// hits all alike, but long beside what a peer does when it wakes from the pause between two of its
// turns. NOTES.md says how much that is.
func EffortFor(size int, quick bool) Effort {
	e := Effort{WarmUp: launch.WarmUp(size), Rounds: 7, Turns: 6, N: 1000, Traced: 500}
	switch {
	case size > 1<<20:
		e.Turns, e.N, e.Traced = 4, 4, 10
	case size > 64<<10:
		e.Turns, e.N, e.Traced = 5, 20, 20
	case size > 4<<10:
		e.Turns, e.N, e.Traced = 5, 200, 200
	}
	if quick {
		e = Effort{
			WarmUp: e.WarmUp/50 + 1,
			Rounds: 2,
			Turns:  2,
			N:      e.N/80 + 1,
			Traced: e.Traced/10 + 1,
		}
	}
	return e
}

// Run runs the contest. It calls step with the fraction done.
func (r *Contest) Run(ctx context.Context, step func(done float64)) ([]results.Row, error) {
	var all []*runner
	defer func() {
		for _, one := range all {
			one.stop()
		}
	}()
	for _, p := range r.Peers {
		started, err := p.Start(launch.Options{Joined: r.Joined})
		if err != nil {
			return nil, err
		}
		all = append(
			all,
			&runner{
				name:   p.Name,
				procs:  []*launch.Process{started},
				events: []*server.Event{r.Event},
			},
		)
	}
	return compete(ctx, all, r, step)
}

// compete measures runners. The caller stops them.
func compete(
	ctx context.Context,
	all []*runner,
	r *Contest,
	step func(done float64),
) ([]results.Row, error) {
	for _, one := range all {
		one.row = results.Row{
			Section: r.Section,
			Case:    r.Case,
			X:       r.X,
			Peer:    one.name,
			Figures: map[string]results.Figure{},
		}
		if err := one.do(r.WarmUp); err != nil {
			return nil, err
		}
	}
	for round := range r.Rounds {
		if err := oneRound(ctx, all, r); err != nil {
			return nil, err
		}
		step(float64(round+1) / float64(r.Rounds))
	}
	var rows []results.Row
	for _, one := range all {
		if err := one.trace(r.Traced); err != nil {
			return nil, err
		}
		rows = append(rows, one.row)
	}
	return rows, nil
}

func oneRound(ctx context.Context, all []*runner, r *Contest) error {
	for _, one := range all {
		if err := one.begin(); err != nil {
			return err
		}
	}
	for turn := range r.Turns {
		for i := range all {
			if turn%2 == 1 {
				i = len(all) - 1 - i
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := all[i].turn(r.N); err != nil {
				return err
			}
		}
	}
	for _, one := range all {
		if err := one.end(); err != nil {
			return err
		}
	}
	return nil
}

// A runner is one peer in a contest: a process or several, with all their servers.
type runner struct {
	name   string
	procs  []*launch.Process
	events []*server.Event // one for each server
	row    results.Row

	// Of this round.
	n             int
	wall, cpu     time.Duration
	first, second launch.Allocated
}

func (r *runner) stop() {
	for _, p := range r.procs {
		p.Stop()
	}
}

// servers calls f for each server and its event.
func (r *runner) servers(f func(i int, p *launch.Process, s *server.Server)) {
	i := 0
	for _, p := range r.procs {
		for _, s := range p.Servers {
			f(i, p, s)
			i++
		}
	}
}

// do lets each server send n events, all at the same time.
func (r *runner) do(n int) error {
	if len(r.events) == 1 {
		return r.procs[0].Do(n, r.events[0])
	}
	errs := make(chan error, len(r.events))
	r.servers(func(i int, p *launch.Process, s *server.Server) {
		go func() { errs <- s.Run(n, r.events[i], p.Gone) }()
	})
	var all []error
	for range r.events {
		all = append(all, <-errs)
	}
	return errors.Join(all...)
}

// begin begins a round. Asking what was allocated allocates too, in some peers, so that is measured
// and subtracted.
func (r *runner) begin() (err error) {
	if r.first, err = r.procs[0].Allocated(); err != nil {
		return err
	}
	if r.second, err = r.procs[0].Allocated(); err != nil {
		return err
	}
	r.n, r.wall, r.cpu = 0, 0, 0
	r.servers(func(_ int, _ *launch.Process, s *server.Server) { s.Latency.Reset(); s.First.Reset() })
	return nil
}

func (r *runner) turn(n int) error {
	before, began := r.used(), time.Now()
	if err := r.do(n); err != nil {
		return err
	}
	r.wall += time.Since(began)
	r.cpu += r.used() - before
	r.n += n * len(r.events)
	return nil
}

// used returns the processor time that the processes have used; 0 if the system does not say.
func (r *runner) used() (all time.Duration) {
	for _, p := range r.procs {
		used, _ := proc.CPU(p.PID())
		all += used
	}
	return all
}

// end ends a round, and adds what it has found.
func (r *runner) end() error {
	n := float64(r.n)
	r.add("ns/op", float64(r.wall)/n)
	if r.cpu > 0 {
		r.add("cpu-ns/op", float64(r.cpu)/n)
	}
	r.latency()
	third, err := r.procs[0].Allocated()
	if err != nil {
		return err
	}
	n /= float64(len(r.procs))
	r.add("allocs/op", Per(n, r.first.Mallocs, r.second.Mallocs, third.Mallocs))
	r.add("B/op", Per(n, r.first.Bytes, r.second.Bytes, third.Bytes))
	var memory proc.Memory
	threads := 0
	for _, p := range r.procs {
		m, err := proc.MemoryOf(p.PID())
		if errors.Is(err, proc.ErrUnsupported) {
			return nil
		}
		if err != nil {
			return err
		}
		k, err := proc.Threads(p.PID())
		if err != nil {
			return err
		}
		memory.Now += m.Now
		memory.Peak += m.Peak
		threads += k
	}
	r.add("rss-bytes", float64(memory.Now))
	r.add("peak-rss-bytes", float64(memory.Peak))
	r.add("threads", float64(threads))
	return nil
}

// latency adds those quantiles for which there are enough invocations.
func (r *runner) latency() {
	var all server.Histogram
	r.servers(func(_ int, _ *launch.Process, s *server.Server) { all.Merge(&s.Latency) })
	for _, q := range []struct {
		unit  string
		q     float64
		least uint64
	}{{"p50-ns", 0.5, 1}, {"p99-ns", 0.99, 100}, {"p99.9-ns", 0.999, 1000}} {
		if all.Count() >= q.least {
			r.add(q.unit, float64(all.Quantile(q.q)))
		}
	}
	var first server.Histogram
	r.servers(func(_ int, _ *launch.Process, s *server.Server) { first.Merge(&s.First) })
	if first.Count() > 0 {
		r.add("first-byte-ns", float64(first.Quantile(0.5)))
	}
}

func (r *runner) add(unit string, value float64) {
	r.row.Figures[unit] = append(r.row.Figures[unit], value)
}

// trace counts the system calls of n invocations, where the system allows it.
func (r *runner) trace(n int) error {
	if n == 0 || len(r.procs) > 1 {
		return nil
	}
	calls, err := CountCalls(r.procs[0], n, r.events[0])
	if errors.Is(err, proc.ErrUnsupported) {
		return nil
	}
	if err != nil {
		return err
	}
	r.add("syscalls/op", float64(calls.WithoutClock().Total())/float64(n))
	for name, k := range calls {
		r.add("syscalls-"+name+"/op", float64(k)/float64(n))
	}
	return nil
}

// CountCalls counts the system calls of n invocations, of all threads together. The process stays
// slow after that.
func CountCalls(p *launch.Process, n int, e *server.Event) (proc.Calls, error) {
	trace, err := proc.TraceCalls(p.PID())
	if err != nil {
		return nil, err
	}
	// Threads that are not traced yet, and what attaching has interrupted.
	if err = p.Do(n/10+1, e); err != nil {
		return nil, err
	}
	before := trace.All()
	err = p.Do(n, e)
	return trace.All().Since(before), err
}

// Per returns what each of n invocations between the second and the third reading added, without
// what a reading itself adds.
func Per(n float64, first, second, third uint64) float64 {
	reading := float64(second - first)
	return max(0, float64(third-second)-reading) / n
}
