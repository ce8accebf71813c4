//go:build unix

package minlambda_test

import (
	"os"
	"syscall"
	"testing"
)

// The example says how many events it has served, and exits as one that was told to.
func TestShutdownExample(t *testing.T) {
	t.Parallel()
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		p := run(t, "shutdown")
		for range 3 {
			if got, err := p.invoke(`{"ms":1}`); got != `"ok"` || err != nil {
				t.Errorf("ended with %q, %v", got, err)
			}
		}
		awaitWaiting(t, p.api, 1)
		if err := p.cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if out := p.exits(0); out != "goodbye after 3\n" {
			t.Errorf("prints %q", out)
		}
	}
}
