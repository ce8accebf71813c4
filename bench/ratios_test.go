package bench

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda/bench/proc"
	"github.com/minlambda/minlambda/bench/server"
)

const (
	rounds    = 5
	slicesOf  = 25  // turns that each peer has in a round
	sliceSize = 800 // invocations in a turn, some 10 ms
)

// A ratio of two peers' costs in the same round, and what it has to be.
type ratio struct {
	name    string
	of      func(round map[*peer]cost) float64
	holds   func(median float64) bool
	budget  string
	skipped bool
	rounds  []float64
}

// cost is what one round was for one peer.
type cost struct{ wall, cpu time.Duration }

// TestRatios compares ratios with budgets: a machine that is twice as slow has
// the same ratios. The peers run at the same time, and take turns of a few
// milliseconds on one processor, so that whatever else the machine does hits
// all of them.
func TestRatios(t *testing.T) {
	if !*check {
		t.Skip("takes an idle machine; run it with -check")
	}
	pin(t)
	contestants := []*peer{ours, aws}
	if runtime.GOOS == "linux" {
		contestants = append(contestants, floor)
	}
	// Apart is how Lambda's server sends them; see README.md.
	t.Run("apart", func(t *testing.T) { hold(t, contestants, false) })
	t.Run("joined", func(t *testing.T) { hold(t, contestants, true) })
}

// hold measures, and fails the test if a budget is missed.
func hold(t *testing.T, contestants []*peer, joined bool) {
	ratios, costs := budgets(), measure(t, contestants, joined)
	for _, round := range costs {
		for _, r := range ratios {
			r.rounds = append(r.rounds, r.of(round))
		}
	}
	t.Log("\n" + table(contestants, costs, ratios))
	for _, r := range ratios {
		if m := median(r.rounds); !r.holds(m) {
			t.Errorf("%s: median %.3f, budget: %s", r.name, m, r.budget)
		}
	}
}

// budgets are those that can be measured here.
func budgets() []*ratio {
	_, cpuErr := proc.CPU(os.Getpid())
	ratios := []*ratio{
		{name: "time, minlambda / floor", budget: "at most 1.15", skipped: runtime.GOOS != "linux",
			of:    func(c map[*peer]cost) float64 { return float64(c[ours].wall) / float64(c[floor].wall) },
			holds: func(m float64) bool { return m <= 1.15 }},
		{name: "rate, minlambda / awslambdago", budget: "at least 4.5",
			of:    func(c map[*peer]cost) float64 { return float64(c[aws].wall) / float64(c[ours].wall) },
			holds: func(m float64) bool { return m >= 4.5 }},
		{name: "CPU, awslambdago / minlambda", budget: "at least 6", skipped: errors.Is(cpuErr, proc.ErrUnsupported),
			of:    func(c map[*peer]cost) float64 { return float64(c[aws].cpu) / float64(c[ours].cpu) },
			holds: func(m float64) bool { return m >= 6 }},
	}
	return slices.DeleteFunc(ratios, func(r *ratio) bool { return r.skipped })
}

// pin puts this test, and the peers that it starts from then on, on one
// processor, as far as the system can. The peers see one processor then, and
// set GOMAXPROCS by it. The server's stays: with no P to spare, sysmon would
// take the P of a goroutine that waits in a system call within microseconds.
func pin(t *testing.T) {
	undo, err := proc.Pin()
	if err != nil {
		t.Logf("not pinned to one processor: %v", err)
		return
	}
	t.Cleanup(func() {
		if err := undo(); err != nil {
			t.Error(err)
		}
	})
}

// measure returns what each round was for each peer.
func measure(t *testing.T, contestants []*peer, joined bool) []map[*peer]cost {
	procs := map[*peer]*process{}
	e := server.NewEvent(128)
	for _, p := range contestants {
		procs[p] = p.start(t)
		defer procs[p].stop()
		procs[p].Joined = joined
		procs[p].run(t, warmUp(128), e)
	}
	var all []map[*peer]cost
	for range rounds {
		round := map[*peer]cost{}
		for range slicesOf {
			for _, p := range contestants {
				began, before := time.Now(), cpuOf(t, procs[p])
				procs[p].run(t, sliceSize, e)
				c := round[p]
				c.wall += time.Since(began)
				c.cpu += cpuOf(t, procs[p]) - before
				round[p] = c
			}
		}
		all = append(all, round)
	}
	return all
}

func cpuOf(t *testing.T, p *process) time.Duration {
	used, _ := p.cpu(t)
	return used
}

func table(contestants []*peer, costs []map[*peer]cost, ratios []*ratio) string {
	var b strings.Builder
	fmt.Fprintf(&b, "128 bytes, %d rounds of %d invocations; medians, and from the least to the most\n", rounds, slicesOf*sliceSize)
	for _, p := range contestants {
		var wall, cpu []float64
		for _, round := range costs {
			wall = append(wall, perInvocation(round[p].wall))
			cpu = append(cpu, perInvocation(round[p].cpu))
		}
		fmt.Fprintf(&b, "%-30s %8.0f ns/op %20s %8.0f cpu-ns/op %20s\n", p.name, median(wall), spread(wall, "%.0f"), median(cpu), spread(cpu, "%.0f"))
	}
	for _, r := range ratios {
		fmt.Fprintf(&b, "%-30s %8.3f       %20s budget: %s\n", r.name, median(r.rounds), spread(r.rounds, "%.3f"), r.budget)
	}
	return b.String()
}

func perInvocation(d time.Duration) float64 { return float64(d) / (slicesOf * sliceSize) }

func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2] // rounds is odd
}

func spread(of []float64, format string) string {
	return fmt.Sprintf("("+format+" to "+format+")", slices.Min(of), slices.Max(of))
}
