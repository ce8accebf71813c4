package micro

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda/bench/proc"
	"github.com/minlambda/minlambda/bench/record"
)

var check = flag.Bool("check", false, "run TestRatios, which holds the measured ratios against the budgets")

const (
	rounds   = 9
	turns    = 15                   // that each parser has in a round
	turnTime = 2 * time.Millisecond // about
)

// budgets are how many times faster than others the library is to be on the
// heads that Lambda sends for an event.
var budgets = map[string]float64{"nethttp": 20, "fasthttp": 3}

// TestRatios compares ratios with budgets: a machine that is twice as slow has
// the same ratios. TestAllocs has the other budget, which is none.
func TestRatios(t *testing.T) {
	if !*check {
		t.Skip("takes an idle machine; run it with -check")
	}
	for _, h := range heads(t) {
		t.Run(h.name, func(t *testing.T) {
			all := parsers()
			took := takeTurns(t, all, h.bytes)
			t.Log("\n" + table(h, all, took))
			for _, p := range all {
				budget, ok := budgets[p.name]
				if !ok || !strings.HasPrefix(h.name, "next") {
					continue
				}
				if m := took[p.name].Ratio(took["minlambda"]).Median(); m < budget {
					t.Errorf("%.2f times faster than %s, budget: at least %g", m, p.name, budget)
				}
			}
		})
	}
}

// takeTurns returns what a head takes each parser, in ns of processor time, in
// each round. Turns are short, and in the one order and then in the other, so
// that whatever else the machine does hits all alike; of a round's turns the
// median counts, which a few that were disturbed do not change. It leaves most
// of the garbage collections out, which is to net/http's advantage alone.
func takeTurns(t *testing.T, all []parser, head []byte) map[string]record.Figure {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // or the collector would take a processor of its own
	times := map[string]int{}                       // that the head is parsed in a turn
	for _, p := range all {
		n := 1000
		for turn(t, p, head, n) < turnTime/4 {
			n *= 2
		}
		least := min(turn(t, p, head, n), turn(t, p, head, n), turn(t, p, head, n))
		times[p.name] = n * int(turnTime) / int(least)
	}
	took := map[string]record.Figure{}
	order := slices.Clone(all)
	for range rounds {
		round := map[string]record.Figure{}
		for range turns {
			for _, p := range order {
				n := times[p.name]
				round[p.name] = append(round[p.name], float64(turn(t, p, head, n))/float64(n))
			}
			slices.Reverse(order)
		}
		for name, of := range round {
			took[name] = append(took[name], of.Median())
		}
	}
	return took
}

func turn(t *testing.T, p parser, head []byte, n int) time.Duration {
	began := clock(t)
	for range n {
		if err := p.parse(head); err != nil {
			t.Fatalf("%s: %v", p.name, err)
		}
	}
	return max(clock(t)-began, 1)
}

var loaded = time.Now()

// clock is the processor time of this process, which does not go on while
// another has the processor; where the system doesn't say, it is the time.
func clock(t *testing.T) time.Duration {
	used, err := proc.CPU(os.Getpid())
	switch {
	case errors.Is(err, proc.ErrUnsupported):
		return time.Since(loaded)
	case err != nil:
		t.Fatal(err)
	}
	return used
}

func table(h head, all []parser, took map[string]record.Figure) string {
	var b strings.Builder
	fmt.Fprintf(&b, "head %s, %d bytes, %d rounds of %d turns; medians of processor time, and from the least to the most\n", h.name, len(h.bytes), rounds, turns)
	for _, p := range all {
		ns, ratio := took[p.name], took[p.name].Ratio(took["minlambda"])
		fmt.Fprintf(&b, "%-11s %9.1f ns/op %-20s %8.3f times minlambda %-18s", p.name, ns.Median(), spread(ns, "%.1f"), ratio.Median(), spread(ratio, "%.3f"))
		if budget, ok := budgets[p.name]; ok && strings.HasPrefix(h.name, "next") {
			fmt.Fprintf(&b, " budget: at least %g", budget)
		}
		b.WriteByte('\n')
	}
	for _, floor := range []parser{pass, passLines} {
		ratio := took["minlambda"].Ratio(took[floor.name])
		fmt.Fprintf(&b, "minlambda is %.2f times %s %s\n", ratio.Median(), floor.name, spread(ratio, "%.2f"))
	}
	return b.String()
}

func spread(of []float64, format string) string {
	return fmt.Sprintf("("+format+" to "+format+")", slices.Min(of), slices.Max(of))
}
