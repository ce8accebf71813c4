//go:build unix

package minlambda_test

import (
	"os"
	"syscall"
	"testing"

	"github.com/minlambda/minlambda/lambdatest"
)

// The example finishes what it is at, and says how many events it has served.
func TestShutdownExample(t *testing.T) {
	t.Parallel()
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		p := run(t, "shutdown")
		for range 2 {
			if got, err := p.invoke(`{"ms":1}`); got != `"ok"` || err != nil {
				t.Errorf("ended with %q, %v", got, err)
			}
		}
		awaitWaiting(t, p.api, 1)
		slow := p.api.Queue(lambdatest.Event{Payload: []byte(`{"ms":20}`)})
		<-slow.Delivered()
		if err := p.cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if r, err := slow.Wait(p.ctx); err != nil || string(r.Body) != `"ok"` {
			t.Errorf("ended with %q, %v, %v", r.Body, r.Err, err)
		}
		if out := p.exits(0); out != "goodbye after 3\n" {
			t.Errorf("prints %q", out)
		}
	}
}
