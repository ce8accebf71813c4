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

// A Load is a flood of events for peers that have a part of a processor: when it is
// used up, whatever they are at waits for the next period. Peers are there one
// after the other, since one that is stopped in the middle of an event could not
// give its turn to another.
type Load struct {
	Section, Case string
	Peers         []*launch.Peer
	Event         *server.Event
	Share         float64       // of a processor, in each Period
	Rounds        int           // each with new processes
	For           time.Duration // of each peer in a round: many periods
}

const (
	warmUpUnthrottled = 500 // events before the quota
	batch             = 32  // events between two looks at the clock
)

// Run measures the peers. It calls step with the fraction done.
func (l *Load) Run(ctx context.Context, step func(done float64)) ([]results.Row, error) {
	all := make([]*runner, len(l.Peers))
	for i, p := range l.Peers {
		all[i] = &runner{name: p.Name, events: []*server.Event{l.Event}, row: results.Row{
			Section: l.Section, Case: l.Case, Peer: p.Name, Figures: map[string]results.Figure{},
		}}
	}
	for round := range l.Rounds {
		for i := range all {
			if round%2 == 1 {
				i = len(all) - 1 - i
			}
			err := ctx.Err()
			if err == nil {
				err = l.flood(all[i], l.Peers[i])
			}
			if err != nil {
				return nil, err
			}
		}
		step(float64(round+1) / float64(l.Rounds))
	}
	var rows []results.Row
	for _, one := range all {
		rows = append(rows, one.row)
	}
	return rows, nil
}

// flood has one peer answer events for a while.
func (l *Load) flood(one *runner, p *launch.Peer) (err error) {
	process, err := p.Start(launch.Options{})
	if err != nil {
		return err
	}
	defer process.Stop()
	one.procs = []*launch.Process{process}
	if err = one.do(warmUpUnthrottled); err != nil {
		return err
	}
	undo, err := proc.Throttle(process.PID(), l.Share, Period)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, undo()) }()
	// What it may use in its first period is used up before anything is counted.
	if err = one.doFor(2 * Period); err != nil {
		return err
	}
	process.Latency.Reset()
	one.n, one.wall, one.cpu = 0, 0, 0
	if err = one.doFor(l.For); err != nil {
		return err
	}
	one.add("ns/op", float64(one.wall)/float64(one.n))
	one.add("cpu-ns/op", float64(one.cpu)/float64(one.n))
	one.latency()
	return nil
}

// doFor has a peer answer events for so long, and counts them.
func (r *runner) doFor(d time.Duration) error {
	for end := time.Now().Add(d); time.Now().Before(end); {
		if err := r.turn(batch); err != nil {
			return err
		}
	}
	return nil
}

// A FirstUnder is a first invocation, as in Firsts, of a process that has a part of
// a processor from when it has asked for an event: Lambda's quota holds for a
// start-up too, but how it is counted there is not known.
type FirstUnder struct {
	Firsts
	Case  string
	Share float64 // of a processor, in each Period
}

// Run measures the peers. It calls step with the fraction done.
func (f *FirstUnder) Run(ctx context.Context, step func(done float64)) ([]results.Row, error) {
	var all []*rester
	for _, p := range f.Peers {
		all = append(all, &rester{peer: p, row: results.Row{
			Section: f.Section, Case: f.Case, Peer: p.Name, Figures: map[string]results.Figure{},
		}})
	}
	event := server.NewEvent(128)
	for round := range f.Rounds {
		for i := range all {
			if round%2 == 1 {
				i = len(all) - 1 - i
			}
			err := ctx.Err()
			if err == nil {
				err = all[i].firstUnder(event, f.Share)
			}
			if err != nil {
				return nil, err
			}
		}
		step(float64(round+1) / float64(f.Rounds))
	}
	var rows []results.Row
	for _, one := range all {
		rows = append(rows, one.row)
	}
	return rows, nil
}

func (o *rester) firstUnder(e *server.Event, share float64) (err error) {
	process, err := o.peer.Start(launch.Options{ByHand: true})
	if err != nil {
		return err
	}
	defer process.Stop()
	asked, err := process.Wait(process.Gone)
	if err != nil {
		return err
	}
	undo, err := proc.Throttle(process.PID(), share, Period)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, undo()) }()
	time.Sleep(FirstRest)
	before, err := proc.CPU(process.PID())
	if err != nil {
		return err
	}
	took, err := process.Once(e, nil)
	if err != nil {
		return err
	}
	time.Sleep(FirstRest) // what comes after it is in its processor time
	after, err := proc.CPU(process.PID())
	if err != nil {
		return err
	}
	o.all = append(o.all, float64(took))
	o.add("ns/op", float64(took))
	o.add("cpu-ns/op", float64(after-before))
	o.add("start-ns", float64(asked.Sub(process.Started)))
	return nil
}

// shares are those of functions with 128 and 256 MB.
var shares = []struct {
	name string
	of   float64
}{{"1/14", 1.0 / 14}, {"1/7", 1.0 / 7}}

// loads floods peers that have a part of a processor. Where there is no quota to be
// had, there are no rows.
func loads(ctx context.Context, quick bool, progress progress) ([]results.Row, error) {
	return throttled(ctx, progress, func(which string, share float64) measured {
		l := &Load{
			Section: "quota-load", Case: which, Peers: launch.Here(launch.Sparse),
			Event: server.NewEvent(128), Share: share, Rounds: 7, For: 25 * Period,
		}
		if quick {
			l.Rounds, l.For = 2, 2*Period
		}
		return l
	})
}

// firstsUnder are first invocations with a part of a processor.
func firstsUnder(ctx context.Context, quick bool, progress progress) ([]results.Row, error) {
	return throttled(ctx, progress, func(which string, share float64) measured {
		f := &FirstUnder{Case: which, Share: share, Firsts: Firsts{
			Section: "quota-first", Peers: launch.Here(launch.Sparse), Rounds: 60,
		}}
		if quick {
			f.Rounds = 2
		}
		return f
	})
}

type measured interface {
	Run(ctx context.Context, step func(done float64)) ([]results.Row, error)
}

// throttled measures something with each of the shares.
func throttled(
	ctx context.Context, progress progress, prepare func(which string, share float64) measured,
) (rows []results.Row, err error) {
	if err := build(launch.Here(launch.Sparse), progress); err != nil {
		return nil, err
	}
	for i, share := range shares {
		step := func(done float64) {
			progress((float64(i)+done)/float64(len(shares)), share.name)
		}
		step(0)
		found, err := prepare(share.name, share.of).Run(ctx, step)
		if errors.Is(err, proc.ErrUnsupported) {
			progress(float64(i+1)/float64(len(shares)), share.name+" left out: "+err.Error())
			continue
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, found...)
	}
	return rows, nil
}
