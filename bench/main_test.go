package bench

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/minlambda/minlambda/bench/internal/launch"
	"github.com/minlambda/minlambda/bench/internal/proc"
)

var (
	check  = flag.Bool("check", false, "run TestRatios, which holds the measured ratios against the budgets")
	joined = flag.Bool("joined", false, "send the 202 and the next event in one write, where the peer allows it")
)

func TestMain(m *testing.M) {
	flag.Parse()
	status := m.Run()
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

// known reports whether the system knows what it was asked; any other error
// ends the test.
func known(tb testing.TB, err error) bool {
	tb.Helper()
	if err != nil && !errors.Is(err, proc.ErrUnsupported) {
		tb.Fatal(err)
	}
	return err == nil
}
