package micro

import (
	"flag"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda/bench/internal/results"
)

var check = flag.Bool(
	"check",
	false,
	"run TestRatios, which holds the measured ratios against the budgets",
)

const (
	rounds   = 9
	turns    = 15                   // that each contestant has in a round
	turnTime = 2 * time.Millisecond // about
)

// ours is the contestant that the others are compared with.
const ours = "minlambda"

// budgets say how many times faster than others the parser must be on the heads that Lambda sends
// for an event.
var budgets = map[string]float64{"nethttp": 20, "fasthttp": 3}

// TestRatios compares ratios with budgets: a machine that is twice as slow has the same ratios.
// What has no budget is only printed. TestAllocs has the other budget, which is zero.
func TestRatios(t *testing.T) {
	if !*check {
		t.Skip("takes a minute; run it with -check")
	}
	for _, h := range heads(t) {
		t.Run("head="+h.name, func(t *testing.T) {
			var all []work
			for _, p := range parsers() {
				all = append(all, p.work)
			}
			least := budgets
			if !strings.HasPrefix(h.name, "next") {
				least = nil
			}
			compare(t, all, h.bytes, least)
		})
	}
	for _, b := range bodies() {
		t.Run("body="+b.name, func(t *testing.T) {
			var all []work
			for _, r := range chunkReaders(len(b.wire)) {
				all = append(all, r.work())
			}
			compare(t, all, b.wire, nil)
		})
	}
	for _, e := range events(t) {
		t.Run("event="+e.name, func(t *testing.T) {
			var all []work
			for _, l := range e.libraries() {
				all = append(all, l.work())
			}
			compare(t, all, e.bytes, nil)
		})
	}
	for i, r := range records {
		t.Run("record="+r.name, func(t *testing.T) { compare(t, logWorks(t, i), nil, nil) })
	}
}

// compare prints what each costs, and fails the test if another is not as many times slower as it
// must be.
func compare(t *testing.T, all []work, data []byte, least map[string]float64) {
	took := takeTurns(t, all, data)
	var b strings.Builder
	fmt.Fprintf(
		&b,
		"\n%d bytes, %d rounds of %d turns;"+
			" medians of processor time, and from the least to the most\n",
		len(data),
		rounds,
		turns,
	)
	for _, w := range all {
		ns, ratio := took[w.name], took[w.name].Ratio(took[ours])
		fmt.Fprintf(&b, "%-16s %9.1f ns/op %-22s", w.name, ns.Median(), spread(ns, "%.1f"))
		if w.name != ours {
			fmt.Fprintf(&b, " is %7.3f times %s %-20s", ratio.Median(), ours, spread(ratio, "%.3f"))
		}
		if budget, ok := least[w.name]; ok {
			fmt.Fprintf(&b, " budget: at least %g", budget)
			if ratio.Median() < budget {
				t.Errorf(
					"%s takes %.2f times what %s takes, budget: at least %g",
					w.name,
					ratio.Median(),
					ours,
					budget,
				)
			}
		}
		b.WriteByte('\n')
	}
	for _, floor := range all {
		if ratio := took[ours].Ratio(took[floor.name]); floors[floor.name] {
			fmt.Fprintf(
				&b,
				"%s is %.2f times %s %s\n",
				ours,
				ratio.Median(),
				floor.name,
				spread(ratio, "%.2f"),
			)
		}
	}
	t.Log(b.String())
}

var floors = map[string]bool{"pass": true, "pass-lines": true, "copy": true}

// takeTurns returns what data costs each contestant, in ns of processor time, in each round. Turns
// are short, and in alternating order, so that whatever else the machine does hits all alike. The
// median of a round's turns counts, which a few disturbed turns do not change. Most garbage
// collections are left out, which favours those who cause them.
func takeTurns(t *testing.T, all []work, data []byte) map[string]results.Figure {
	defer runtime.GOMAXPROCS(
		runtime.GOMAXPROCS(1),
	) // otherwise the collector would take a processor of its own
	times := map[string]int{} // how often the work is done in a turn
	for _, w := range all {
		n := 1
		for turn(t, w, data, n) < turnTime/4 {
			n *= 2
		}
		shortest := min(turn(t, w, data, n), turn(t, w, data, n), turn(t, w, data, n))
		times[w.name] = max(1, n*int(turnTime)/int(shortest))
	}
	took := map[string]results.Figure{}
	order := slices.Clone(all)
	for range rounds {
		round := map[string]results.Figure{}
		for range turns {
			for _, w := range order {
				n := times[w.name]
				round[w.name] = append(round[w.name], float64(turn(t, w, data, n))/float64(n))
			}
			slices.Reverse(order)
		}
		for name, of := range round {
			took[name] = append(took[name], of.Median())
		}
	}
	return took
}

// turn returns how long it takes to do it n times; never 0.
func turn(t *testing.T, w work, data []byte, n int) time.Duration {
	began, _ := clock(t)
	for range n {
		if err := w.run(data); err != nil {
			t.Fatalf("%s: %v", w.name, err)
		}
	}
	ended, _ := clock(t)
	return max(ended-began, 1)
}

func spread(of []float64, format string) string {
	return fmt.Sprintf("("+format+" to "+format+")", slices.Min(of), slices.Max(of))
}
