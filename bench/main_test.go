package bench

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/minlambda/minlambda/bench/internal/launch"
)

var (
	check = flag.Bool("check", false,
		"run TestRatios and TestSparse, which hold measured ratios against budgets")
	joined = flag.Bool("joined", false,
		"send the 202 and the next event in one write, where the peer allows it")
	everything = flag.Bool("all", false, "benchmarks: all peers, and events of all sizes")
)

func TestMain(m *testing.M) {
	flag.Parse()
	status := m.Run()
	fmt.Print(table())
	if err := launch.Remove(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(status)
}

// start starts a peer that is stopped when the test ends.
func start(tb testing.TB, p *launch.Peer, o launch.Options) *launch.Process {
	tb.Helper()
	proc, err := p.Start(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(proc.Stop)
	return proc
}

// must returns what was measured, and ends the test if it was not.
func must[T any](tb testing.TB) func(T, error) T {
	return func(v T, err error) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
}
