package bench

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/bench/internal/launch"
	"github.com/minlambda/minlambda/bench/internal/measure"
	"github.com/minlambda/minlambda/bench/internal/results"
	"github.com/minlambda/minlambda/bench/internal/server"
)

// A budget says what the median of a ratio, taken in each round, must be. over and under name a
// peer and a unit; the ratio is skipped if one of them is not known.
type budget struct {
	over, under [2]string
	most, least float64 // 0 means no bound
}

// TestRatios compares ratios with budgets: a machine that is twice as slow has the same ratios. The
// peers run at the same time, and take turns of a few milliseconds, so that whatever else the
// machine does hits all of them.
func TestRatios(t *testing.T) {
	if !*check {
		t.Skip("takes an idle machine; run it with -check")
	}
	const ns, cpu = "ns/op", "cpu-ns/op"
	ours := func(unit string) [2]string { return [2]string{launch.Ours.Name, unit} }
	of := func(p *launch.Peer, unit string) [2]string { return [2]string{p.Name, unit} }
	// rate is how many times the rate of aws-lambda-go must be exceeded. The server's time is in
	// both: if it sends the 202 by itself, with two writes and two wake-ups of its own, the floor
	// itself misses 4.5.
	small := func(rate float64) []budget {
		return []budget{
			{over: ours(ns), under: of(launch.Floor, ns), most: 1.15},
			{over: ours(ns), under: of(launch.InSequence, ns), most: 1},
			{over: of(launch.AWS, ns), under: ours(ns), least: rate},
			{over: of(launch.AWS, cpu), under: ours(cpu), least: 6},
			{over: ours("p99-ns"), under: of(launch.Floor, "p99-ns"), most: 1.5},
			// The machine decides what this is.
			{over: ours("p99-ns"), under: ours("p50-ns")},
			{over: of(launch.Floor, "p99-ns"), under: of(launch.Floor, "p50-ns")},
			{over: of(launch.AWS, ns), under: of(launch.Floor, ns)},
		}
	}
	contestants := []*launch.Peer{launch.Ours, launch.InSequence, launch.AWS, launch.Floor}
	// Apart is how Lambda's server sends them; see README.md.
	t.Run(
		"apart",
		func(t *testing.T) { hold(t, onOneProcessor(t, contestants, 128, false), small(4)) },
	)
	t.Run(
		"joined",
		func(t *testing.T) { hold(t, onOneProcessor(t, contestants, 128, true), small(4.5)) },
	)
	t.Run("6MiB", func(t *testing.T) {
		rows := onOneProcessor(
			t,
			[]*launch.Peer{launch.Ours, launch.AWS, launch.Floor},
			6<<20,
			false,
		)
		hold(t, rows, []budget{{over: ours(ns), under: of(launch.Floor, ns), most: 1.1}})
	})
	for _, h := range launch.Handlers {
		t.Run("typed/"+h.Name, func(t *testing.T) { typedHandlers(t, h) })
	}
	t.Run("coldstart", func(t *testing.T) {
		starts := measure.Starts{
			Peers:  launch.Here([]*launch.Peer{launch.Ours, launch.AWS, launch.Floor}),
			Rounds: 100,
		}
		rows := must[[]results.Row](t)(starts.Run(context.Background(), func(float64) {}))
		hold(t, rows, []budget{{over: ours(ns), under: of(launch.Floor, ns), most: 1.15}})
	})
}

// typedHandlers compares packages typed and lambda with aws-lambda-go, the same handler in both.
// What encoding/json allocates by itself is taken off on both sides: it is what a handler over
// bytes allocates that calls it.
func typedHandlers(t *testing.T, h *launch.Handler) {
	const cpu, allocs = "cpu-ns/op", "allocs/op"
	rows := alone(t, measure.Contest{
		Peers: h.Peers, Event: h.Event(), Effort: measure.EffortFor(h.Size(), false),
	})
	ours, aws := launch.OursTyped.Name, launch.AWSOrders.Name
	changed := launch.OursLambda.Name
	budgets := []budget{
		{over: [2]string{ours, cpu}, under: [2]string{aws, cpu}, most: 0.2},
		{over: [2]string{changed, cpu}, under: [2]string{aws, cpu}, most: 0.22},
	}
	if h.Name == "typed" { // nearly all of it is encoding/json's
		budgets[0].most, budgets[1].most = 0.4, 0.42
		budgets = append(budgets, budget{
			over: [2]string{ours, cpu}, under: [2]string{launch.OursBytes.Name, cpu}, most: 1.1,
		})
	}
	hold(t, rows, budgets)
	of := func(peer string) float64 {
		for _, row := range rows {
			if row.Peer == peer {
				return row.Figures[allocs].Median()
			}
		}
		t.Fatalf("no figures of %s", peer)
		return 0
	}
	json := 0.0 // where the handler over bytes is one over fastjson, all counts
	if h.Name == "typed" {
		json = of(launch.OursBytes.Name)
	}
	if of(changed) > of(aws)/2 {
		t.Errorf("%.1f allocations by package lambda, aws-lambda-go %.1f: over a half",
			of(changed), of(aws))
	}
	mine, theirs := of(ours)-json, of(aws)-json
	t.Logf("allocations beside encoding/json's own %.1f: %.1f, aws-lambda-go %.1f",
		json, mine, theirs)
	if mine > theirs/3 {
		t.Errorf("%.1f allocations beside encoding/json's own, aws-lambda-go %.1f: over a third",
			mine, theirs)
	}
}

// starts is how often a contest is run: where a process lies in memory is chance, and changes some
// per cent, the same in all of its rounds.
const starts = 3

// onOneProcessor measures on one processor, as far as the system can do that.
func onOneProcessor(t *testing.T, contestants []*launch.Peer, size int, joined bool) []results.Row {
	t.Helper()
	return alone(t, measure.Contest{
		Peers: launch.Here(contestants), Event: server.NewEvent(size),
		Joined: joined, Effort: measure.EffortFor(size, false),
	})
}

// alone runs a contest on one processor.
func alone(t *testing.T, contest measure.Contest) []results.Row {
	t.Helper()
	defer pin(t, 1)()
	if err := launch.Build(contest.Peers); err != nil {
		t.Fatal(err)
	}
	var rows []results.Row
	for range starts {
		again := must[[]results.Row](t)(contest.Run(context.Background(), func(float64) {}))
		rows = join(rows, again)
	}
	return rows
}

// join appends the rounds of more to those of the same rows, and the rows that are new.
func join(rows, more []results.Row) []results.Row {
	all := results.Results{Rows: rows}
	for _, row := range more {
		old := all.Find(row.Section, row.Case, row.Peer)
		if old == nil {
			all.Rows = append(all.Rows, row)
			continue
		}
		for unit, f := range row.Figures {
			old.Figures[unit] = append(old.Figures[unit], f...)
		}
	}
	return all.Rows
}

// hold prints what was measured, and fails the test if a budget is missed.
func hold(t *testing.T, rows []results.Row, budgets []budget) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "medians, and from the least to the most of the rounds\n")
	for _, row := range rows {
		for _, unit := range []string{
			"ns/op", "cpu-ns/op", "p50-ns", "p99-ns", "switches/op", "peak-rss-bytes",
		} {
			if f := row.Figures[unit]; len(f) > 0 {
				fmt.Fprintf(
					&b,
					"%-50s %10.0f %s\n",
					row.Peer+" "+unit,
					f.Median(),
					spread(f, "%.0f"),
				)
			}
		}
	}
	find := func(name [2]string) results.Figure {
		i := slices.IndexFunc(rows, func(row results.Row) bool { return row.Peer == name[0] })
		if i < 0 {
			return nil
		}
		return rows[i].Figures[name[1]]
	}
	for _, budget := range budgets {
		ratio := find(budget.over).Ratio(find(budget.under))
		if len(ratio) == 0 {
			continue
		}
		name := strings.Join(budget.over[:], " ") + " / " + strings.Join(budget.under[:], " ")
		bound := "none"
		switch {
		case budget.most > 0:
			bound = fmt.Sprintf("at most %v", budget.most)
		case budget.least > 0:
			bound = fmt.Sprintf("at least %v", budget.least)
		}
		median := ratio.Median()
		fmt.Fprintf(&b, "%-50s %10.3f %s, budget: %s\n", name, median, spread(ratio, "%.3f"), bound)
		if budget.most > 0 && median > budget.most || median < budget.least {
			t.Errorf("%s: median %.3f, budget: %s", name, median, bound)
		}
	}
	t.Log("\n" + b.String())
}

func spread(of results.Figure, format string) string {
	return fmt.Sprintf("("+format+" to "+format+")", slices.Min(of), slices.Max(of))
}
