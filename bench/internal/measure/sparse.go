package measure

import (
	"context"
	"errors"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/minlambda/minlambda/bench/internal/launch"
	"github.com/minlambda/minlambda/bench/internal/proc"
	"github.com/minlambda/minlambda/bench/internal/results"
	"github.com/minlambda/minlambda/bench/internal/server"
)

// A Life is what a runtime's process goes through between two events.
type Life struct {
	Rest   time.Duration // awake, with nothing to do
	Frozen time.Duration // and after that, stopped
	Early  bool          // the event arrives before the thaw, not after it
	Share  float64       // at most this share of a processor in each Period; 0 means all of it
}

// Period is the period of Lambda's quotas: at 128 MB a function has a fourteenth of a processor in
// each.
const Period = 20 * time.Millisecond

// Rests has peers that get one event, rest, and get the next. They run at the same time and take
// turns as in a Contest: in its turn a peer goes through N rests, while the others have nothing to
// do. If a rest is long, all peers have one turn together, and their rests overlap.
type Rests struct {
	Section, Case string
	X             float64 // see results.Row
	Peers         []*launch.Peer
	Event         *server.Event
	Life
	RestEffort
}

// RestEffort is how much is measured.
type RestEffort struct {
	WarmUp int // events without a rest at the start of a process
	Rounds int // each with new processes: where a process lies in memory is chance
	Turns  int // of each peer in a round
	N      int // events in a turn
	Traced int // events whose system calls are counted, afterwards; 0 means none
}

const (
	// long is the shortest rest that is shared instead of having a turn for itself.
	long = 100 * time.Millisecond

	// settle is how long Go's monitor needs until it sleeps. After that a peer does not disturb the
	// others.
	settle = 12 * time.Millisecond
)

// RestEffortFor returns what it takes to measure a life: at most a minute with half a dozen peers,
// or next to nothing with quick.
func RestEffortFor(l Life, quick bool) RestEffort {
	e := RestEffort{WarmUp: 200, Rounds: 9, Turns: 4, N: 24}
	switch {
	case l.Rest > long:
		e.Turns, e.N = 1, 12
	case l.Frozen > 0:
		e.Turns, e.N = 2, 8
	case l.Rest > 10*time.Millisecond:
		e.Turns, e.N = 2, 7
	case l.Rest > time.Millisecond && l.Share == 0:
		e.N = 8
	}
	if l.Frozen == 0 && l.Share == 0 && l.Rest <= long {
		e.Traced = 20
	}
	if quick {
		e = RestEffort{WarmUp: 10, Rounds: 2, Turns: 1, N: 1, Traced: min(e.Traced, 1)}
	}
	return e
}

// Run measures the peers. It calls step with the fraction done.
func (r *Rests) Run(ctx context.Context, step func(done float64)) ([]results.Row, error) {
	undo, err := undisturbed()
	if err != nil {
		return nil, err
	}
	defer undo()
	var all []*rester
	for _, p := range r.Peers {
		all = append(all, &rester{peer: p, row: results.Row{
			Section: r.Section, Case: r.Case, X: r.X, Peer: p.Name,
			Figures: map[string]results.Figure{},
		}})
	}
	for round := range r.Rounds {
		if err = r.round(ctx, all, round); err != nil {
			return nil, err
		}
		step(float64(round+1) / float64(r.Rounds))
	}
	var rows []results.Row
	for _, one := range all {
		if n := len(one.all); n >= 100 { // too few in a round
			one.add("p99-ns", quantile(one.all, 0.99))
		}
		rows = append(rows, one.row)
	}
	return rows, nil
}

// undisturbed leaves the caller's thread alone. The system call that it rests in has its own P, and
// so have others that begin in the meantime: the monitor, which would take theirs away, looks only
// every 10 ms.
func undisturbed() (undo func(), err error) {
	free, err := proc.Hold()
	if err != nil {
		return nil, err
	}
	procs := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(max(procs, 8))
	percent := debug.SetGCPercent(-1)
	return func() {
		debug.SetGCPercent(percent)
		runtime.GOMAXPROCS(procs)
		free()
	}, nil
}

func (r *Rests) round(ctx context.Context, all []*rester, round int) (err error) {
	defer func() {
		for _, one := range all {
			err = errors.Join(err, one.stop())
		}
	}()
	for _, one := range all {
		if err = one.start(r); err != nil {
			return err
		}
	}
	groups := [][]*rester{all}
	if r.Rest <= long {
		groups = slices.Collect(slices.Chunk(all, 1))
	}
	for turn := range r.Turns {
		for i := range groups {
			if (round+turn)%2 == 1 {
				i = len(groups) - 1 - i
			}
			if err = r.turn(ctx, groups[i]); err != nil {
				return err
			}
		}
	}
	for _, one := range all {
		one.addRound()
	}
	if round == r.Rounds-1 && r.Traced > 0 {
		for _, one := range all {
			if err = one.trace(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// turn is N rests with their events, for all peers of the group. A peer's costs are counted from
// after one event to after another, so they include the rests. The first event is not counted: the
// rest before it has another length.
func (r *Rests) turn(ctx context.Context, group []*rester) error {
	proc.Rest(settle)
	for i := range r.N + 1 {
		for _, one := range group {
			if err := ctx.Err(); err != nil {
				return err
			}
			took, err := one.live(r, r.Rest/time.Duration(len(group)))
			if err == nil {
				switch i {
				case 0:
					err = one.count(-1)
				case r.N:
					err = one.count(1)
					fallthrough
				default:
					one.took = append(one.took, float64(took))
				}
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// A rester is a peer that goes through a life.
type rester struct {
	peer *launch.Peer
	row  results.Row
	all  []float64 // of all rounds: times from event to response, in nanoseconds

	// Of this round.
	process       *launch.Process
	freezer       *proc.Freezer
	unthrottle    func() error
	took          []float64
	cpu, switches float64
}

func (o *rester) start(r *Rests) (err error) {
	o.took, o.cpu, o.switches = nil, 0, 0
	if o.process, err = o.peer.Start(launch.Options{ByHand: true}); err != nil {
		return err
	}
	for range r.WarmUp {
		if _, err = o.process.Once(r.Event, nil); err != nil {
			return err
		}
	}
	if r.Frozen > 0 {
		if o.freezer, err = proc.NewFreezer(o.process.PID()); err != nil {
			return err
		}
	}
	if r.Share > 0 {
		o.unthrottle, err = proc.Throttle(o.process.PID(), r.Share, Period)
	}
	return err
}

func (o *rester) stop() (err error) {
	if o.freezer != nil {
		err = o.freezer.Close()
	}
	if o.unthrottle != nil {
		err = errors.Join(err, o.unthrottle())
	}
	if o.process != nil {
		o.process.Stop()
	}
	o.process, o.freezer, o.unthrottle = nil, nil, nil
	return err
}

// live goes through one life and the event after it.
func (o *rester) live(r *Rests, rest time.Duration) (time.Duration, error) {
	proc.Rest(rest)
	if r.Frozen == 0 {
		return o.process.Once(r.Event, nil)
	}
	if err := o.freezer.Freeze(); err != nil {
		return 0, err
	}
	proc.Rest(r.Frozen)
	for tries := 0; ; tries++ {
		// Each thread has to stop by itself, and needs a processor for that.
		err := o.freezer.Frozen()
		if err == nil {
			break
		}
		if tries == 1000 {
			return 0, err
		}
		proc.Rest(time.Millisecond)
	}
	if r.Early {
		return o.process.Once(r.Event, o.freezer.Thaw)
	}
	if err := o.freezer.Thaw(); err != nil {
		return 0, err
	}
	return o.process.Once(r.Event, nil)
}

// count adds what the process has cost so far, or subtracts it.
func (o *rester) count(sign float64) error {
	cpu, err := proc.CPU(o.process.PID())
	if err != nil {
		return err
	}
	switches, err := proc.Switches(o.process.PID())
	o.cpu += sign * float64(cpu)
	o.switches += sign * float64(switches)
	return err
}

// addRound adds what a round has found.
func (o *rester) addRound() {
	n := float64(len(o.took))
	sum := 0.0
	for _, v := range o.took {
		sum += v
	}
	o.add("ns/op", sum/n)
	o.add("p50-ns", results.Figure(o.took).Median())
	o.add("cpu-ns/op", o.cpu/n)
	o.add("switches/op", o.switches/n)
	o.all = append(o.all, o.took...)
}

func (o *rester) add(unit string, value float64) {
	o.row.Figures[unit] = append(o.row.Figures[unit], value)
}

// trace counts the system calls of some lives, where the system allows it. It also counts those
// that Go's runtime makes because time passes: in a rest there are no others.
func (o *rester) trace(r *Rests) error {
	trace, err := proc.TraceCalls(o.process.PID())
	if errors.Is(err, proc.ErrUnsupported) {
		return nil
	}
	if err != nil {
		return err
	}
	var before proc.Calls
	for i := range r.Traced + 1 {
		if _, err = o.live(r, r.Rest); err != nil {
			return err
		}
		if i == 0 {
			before = trace.All()
		}
	}
	n := float64(r.Traced)
	calls := trace.All().Since(before)
	o.add("syscalls/op", float64(calls.Total())/n)
	for name, k := range calls {
		o.add("syscalls-"+name+"/op", float64(k)/n)
	}
	return nil
}

// quantile returns the value that the fraction q of f does not exceed.
func quantile(f results.Figure, q float64) float64 {
	s := slices.Sorted(slices.Values(f))
	return s[min(len(s)-1, int(q*float64(len(s))))]
}

type progress = func(done float64, at string)

// lives measures one life after the other. If the system cannot do that, there are no rows. A peer
// or a quota that the system does not have is left out, and mentioned.
func lives(prepare func(quick bool) []*Rests) run {
	return func(ctx context.Context, quick bool, progress progress) ([]results.Row, error) {
		all := prepare(quick)
		if err := build(all[0].Peers, progress); err != nil {
			return nil, err
		}
		var rows []results.Row
		for i, r := range all {
			step := func(done float64) { progress((float64(i)+done)/float64(len(all)), r.Case) }
			step(0)
			found, err := r.Run(ctx, step)
			if errors.Is(err, proc.ErrUnsupported) {
				progress(float64(i+1)/float64(len(all)), r.Case+" left out: "+err.Error())
				continue
			}
			if err != nil {
				return nil, err
			}
			rows = append(rows, found...)
		}
		return rows, nil
	}
}

// build builds the peers, and says which ones are missing.
func build(peers []*launch.Peer, progress progress) error {
	progress(0, "building")
	for _, p := range launch.Sparse {
		if missing := p.Missing(); missing != "" {
			progress(0, p.Name+" left out: no "+missing)
		}
	}
	return launch.Build(peers)
}

// rests returns lives with shorter and longer rests. TestSparse has budgets for forty milliseconds.
func rests(section string) func(quick bool) []*Rests {
	return func(quick bool) (all []*Rests) {
		names := []string{"0.5ms", "5ms", "50ms"}
		if section == "sparse" { // half a second is the same on one processor, and takes a minute
			names = append(names, "500ms")
		}
		for _, rest := range restsOf(names...) {
			all = append(all, newRests(section, rest.name, Life{Rest: rest.d}, quick))
		}
		return all
	}
}

// typedRests returns a life of typed handlers that read JSON.
func typedRests(quick bool) []*Rests {
	rest := restsOf(results.UsualRest)[0]
	r := newRests("sparse-typed", rest.name, Life{Rest: rest.d}, quick)
	r.Peers, r.Event = launch.Typed, launch.Greeting.Event()
	return []*Rests{r}
}

type namedRest struct {
	name string
	d    time.Duration
}

func restsOf(names ...string) (all []namedRest) {
	for _, name := range names {
		d, err := time.ParseDuration(name)
		if err != nil {
			panic(err) // they are constants
		}
		all = append(all, namedRest{name, d})
	}
	return all
}

// freezes returns lives that are mostly spent frozen, as on Lambda.
func freezes(section string) func(quick bool) []*Rests {
	return func(quick bool) []*Rests {
		thaw := "thaw"
		if proc.HowToFreeze() == proc.WithSignals {
			thaw = "SIGCONT"
		}
		early := Frozen
		early.Early = true
		return []*Rests{
			newRests(section, thaw+", then event", Frozen, quick),
			newRests(section, "event, then "+thaw, early, quick),
		}
	}
}

// Frozen is a life in which the process is stopped soon after its response.
var Frozen = Life{Rest: 2 * time.Millisecond, Frozen: 20 * time.Millisecond}

// quotas returns lives of functions with 128 and 256 MB.
func quotas(quick bool) (all []*Rests) {
	for _, share := range []struct {
		name string
		of   float64
	}{{"1/14", 1.0 / 14}, {"1/7", 1.0 / 7}} {
		for _, rest := range restsOf("0.5ms", "5ms") {
			which := share.name + ", " + strings.Replace(rest.name, "ms", " ms", 1)
			all = append(all, newRests("quota", which, Life{Rest: rest.d, Share: share.of}, quick))
		}
	}
	return all
}

func newRests(section, which string, l Life, quick bool) *Rests {
	return &Rests{
		Section: section, Case: which,
		X: float64(l.Rest) / float64(time.Millisecond), Peers: launch.Here(launch.Sparse),
		Event: server.NewEvent(128), Life: l, RestEffort: RestEffortFor(l, quick),
	}
}

// Firsts are first invocations: the process is started, asks for an event, and gets one after a
// rest.
type Firsts struct {
	Section string
	Peers   []*launch.Peer
	Rounds  int
}

// FirstRest is the time that a process gets to come to rest after its request for its first event:
// what it does after its start is not part of the event.
const FirstRest = 20 * time.Millisecond

// Run starts the peers. It calls step with the fraction done.
func (f *Firsts) Run(ctx context.Context, step func(done float64)) ([]results.Row, error) {
	undo, err := undisturbed()
	if err != nil {
		return nil, err
	}
	defer undo()
	var all []*rester
	for _, p := range f.Peers {
		all = append(all, &rester{peer: p, row: results.Row{
			Section: f.Section, Case: "first", Peer: p.Name, Figures: map[string]results.Figure{},
		}})
	}
	event := server.NewEvent(128)
	for round := range f.Rounds {
		for i := range all {
			if round%2 == 1 {
				i = len(all) - 1 - i
			}
			if err = ctx.Err(); err == nil {
				err = all[i].first(event)
			}
			if err != nil {
				return nil, err
			}
		}
		step(float64(round+1) / float64(f.Rounds))
	}
	var rows []results.Row
	for _, one := range all {
		if len(one.all) >= 100 {
			one.add("p99-ns", quantile(one.all, 0.99))
		}
		rows = append(rows, one.row)
	}
	return rows, nil
}

// first starts the peer for one event.
func (o *rester) first(e *server.Event) error {
	process, err := o.peer.Start(launch.Options{ByHand: true})
	if err != nil {
		return err
	}
	defer process.Stop()
	asked, err := process.Wait(process.Gone)
	if err != nil {
		return err
	}
	proc.Rest(FirstRest)
	before, err := proc.CPU(process.PID())
	if err != nil {
		return err
	}
	took, err := process.Once(e, nil)
	if err != nil {
		return err
	}
	proc.Rest(FirstRest) // what comes after this is part of its processor time
	after, err := proc.CPU(process.PID())
	o.all = append(o.all, float64(took))
	o.add("ns/op", float64(took))
	o.add("cpu-ns/op", float64(after-before))
	o.add("start-ns", float64(asked.Sub(process.Started)))
	return err
}

func firsts(section string) run {
	return func(ctx context.Context, quick bool, progress progress) ([]results.Row, error) {
		f := &Firsts{Section: section, Peers: launch.Here(launch.Sparse), Rounds: 150}
		if quick {
			f.Rounds = 3
		}
		if err := build(f.Peers, progress); err != nil {
			return nil, err
		}
		rows, err := f.Run(ctx, func(done float64) { progress(done, "first") })
		if errors.Is(err, proc.ErrUnsupported) {
			return nil, nil
		}
		return rows, err
	}
}
