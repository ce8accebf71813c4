//go:build unix

package examples_test

import (
	"os"
	"syscall"
	"testing"

	"github.com/minlambda/minlambda/internal/looptest"
)

// The example says how many events it has served, and exits as one that was told to.
func TestShutdownExample(t *testing.T) {
	t.Parallel()
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		p := looptest.LaunchExample(t, "shutdown")
		for range 3 {
			if r := p.Invoke(`{"ms":1}`); string(r.Body) != `"ok"` || r.Err != nil {
				t.Errorf("ended with %q, %v", r.Body, r.Err)
			}
		}
		looptest.Idle(t, p.API, 1)
		if err := p.Cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if out := p.Exits(0); out != "goodbye after 3\n" {
			t.Errorf("prints %q", out)
		}
	}
}
