package bench

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/minlambda/minlambda/bench/internal/launch"
	"github.com/minlambda/minlambda/bench/internal/measure"
	"github.com/minlambda/minlambda/bench/internal/proc"
	"github.com/minlambda/minlambda/bench/internal/results"
	"github.com/minlambda/minlambda/bench/internal/server"
)

// TestSparse checks the budgets of a function that rests between two events, as TestRatios checks
// those of one that does not. With -short it takes a few seconds, and a few events: to see what a
// change does.
func TestSparse(t *testing.T) {
	if !*check {
		t.Skip("takes an idle machine; run it with -check")
	}
	const p50, cpu = "p50-ns", "cpu-ns/op"
	ours := func(unit string) [2]string { return [2]string{launch.Ours.Name, unit} }
	of := func(p *launch.Peer, unit string) [2]string { return [2]string{p.Name, unit} }
	seen := func(unit string) []budget { // not a budget, but good to know
		return []budget{
			{over: of(launch.Bare, unit), under: of(launch.C, unit)},
			{over: of(launch.AWS, unit), under: ours(unit)},
			{over: ours(unit), under: of(launch.Net, unit)},
		}
	}
	resting := []budget{
		{over: ours(p50), under: of(launch.C, p50), most: 1.5},
		{over: ours(p50), under: of(launch.Bare, p50), most: 1.05},
		{over: ours(cpu), under: of(launch.C, cpu), most: 4},
		{over: ours(cpu), under: of(launch.AWS, cpu), most: 0.45},
	}
	frozen := []budget{
		{over: ours(p50), under: of(launch.C, p50), most: 1.55},
		{over: ours(p50), under: of(launch.Bare, p50)},
		{over: ours(cpu), under: of(launch.C, cpu)},
	}
	typed := []budget{
		{over: of(launch.GreetTyped, cpu), under: of(launch.AWSGreet, cpu), most: 0.55},
		{over: of(launch.GreetLambda, cpu), under: of(launch.AWSGreet, cpu), most: 0.6},
		{over: of(launch.GreetTyped, p50), under: of(launch.AWSGreet, p50)},
		{over: of(launch.GreetLambda, p50), under: of(launch.AWSGreet, p50)},
	}
	first := []budget{
		{over: ours("ns/op"), under: of(launch.C, "ns/op"), most: 1.9},
		{over: ours("ns/op"), under: of(launch.AWS, "ns/op"), most: 0.42},
		{over: ours("ns/op"), under: of(launch.Bare, "ns/op")},
		{over: ours(cpu), under: of(launch.C, cpu)},
	}
	for _, on := range []struct {
		name       string
		processors int
	}{{"two", 2}, {"one", 1}} {
		t.Run("40ms/"+on.name, func(t *testing.T) {
			rows := live(t, on.processors, sparse(t), server.NewEvent(128),
				measure.Life{Rest: 40 * time.Millisecond})
			hold(t, rows, append(append(resting, seen(p50)...), seen(cpu)...))
		})
		t.Run("typed/"+on.name, func(t *testing.T) {
			if err := launch.Build(launch.Typed); err != nil {
				t.Fatal(err)
			}
			rows := live(t, on.processors, launch.Typed, launch.Greeting.Event(),
				measure.Life{Rest: 40 * time.Millisecond})
			hold(t, rows, typed)
		})
		t.Run("frozen/"+on.name, func(t *testing.T) {
			rows := live(t, on.processors, sparse(t), server.NewEvent(128), measure.Frozen)
			hold(t, rows, append(frozen, seen(p50)...))
		})
		t.Run("first/"+on.name, func(t *testing.T) {
			defer pin(t, on.processors)()
			f := measure.Firsts{Peers: sparse(t), Rounds: 200}
			if testing.Short() {
				f.Rounds = 30
			}
			rows, err := f.Run(context.Background(), func(float64) {})
			hold(t, supported(t, rows, err), append(first, seen("ns/op")...))
		})
	}
}

// sparse builds the peers that the budgets are about, and returns them.
func sparse(t *testing.T) []*launch.Peer {
	t.Helper()
	all := []*launch.Peer{launch.Ours, launch.Net, launch.AWS, launch.Bare, launch.C}
	for _, p := range all {
		if missing := p.Missing(); missing != "" {
			t.Logf("%s is left out: no %s", p.Name, missing)
		}
	}
	all = launch.Here(all)
	if err := launch.Build(all); err != nil {
		t.Fatal(err)
	}
	return all
}

// live measures a life of the peers on this many processors.
func live(
	t *testing.T, processors int, peers []*launch.Peer, event *server.Event, l measure.Life,
) []results.Row {
	t.Helper()
	defer pin(t, processors)()
	r := measure.Rests{
		Peers: peers, Event: event, Life: l,
		RestEffort: measure.RestEffort{WarmUp: 200, Rounds: 15, Turns: 2, N: 6},
	}
	if testing.Short() {
		r.RestEffort = measure.RestEffort{WarmUp: 200, Rounds: 6, Turns: 1, N: 5}
	}
	rows, err := r.Run(context.Background(), func(float64) {})
	return supported(t, rows, err)
}

func supported(t *testing.T, rows []results.Row, err error) []results.Row {
	t.Helper()
	if errors.Is(err, proc.ErrUnsupported) {
		t.Skip(err)
	}
	return must[[]results.Row](t)(rows, err)
}

// pin puts everything on this many processors, as far as the system can do that.
func pin(t *testing.T, processors int) (undo func()) {
	t.Helper()
	free, err := proc.Pin(processors)
	if err != nil {
		t.Logf("not pinned to %d processors: %v", processors, err)
		return func() {}
	}
	return func() {
		if err := free(); err != nil {
			t.Error(err)
		}
	}
}
