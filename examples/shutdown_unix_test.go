//go:build unix

package examples_test

import (
	"os"
	"syscall"
	"testing"

	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/lambdatest"
)

// The example finishes what it is at, and says how many events it has served.
func TestShutdownExample(t *testing.T) {
	t.Parallel()
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		p := looptest.LaunchExample(t, "shutdown")
		for range 2 {
			if r := p.Invoke(`{"ms":1}`); string(r.Body) != `"ok"` || r.Err != nil {
				t.Errorf("ended with %q, %v", r.Body, r.Err)
			}
		}
		looptest.Idle(t, p.API, 1)
		slow := p.API.Queue(lambdatest.Event{Payload: []byte(`{"ms":20}`)})
		<-slow.Delivered()
		if err := p.Cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if r := looptest.Result(t, slow); string(r.Body) != `"ok"` {
			t.Errorf("ended with %q, %v", r.Body, r.Err)
		}
		if out := p.Exits(0); out != "goodbye after 3\n" {
			t.Errorf("prints %q", out)
		}
	}
}
