package faults

import (
	"context"
	"runtime"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/lambdatest"
)

func goexit(dst, event []byte) ([]byte, error) {
	if string(event) == "goexit" {
		runtime.Goexit()
	}
	return answer(dst, event)
}

func init() {
	children["goexit"] = func() {
		go func() { select {} }() // a process with another goroutine lives on without its first
		minlambda.Run(goexit)
	}
	children["goexit of an invocation"] = func() {
		go func() { select {} }()
		minlambda.RunInvocation(func(inv *minlambda.Invocation) error {
			out, err := goexit(nil, inv.Event())
			inv.SetResponse(out)
			return err
		})
	}
}

// A handler that calls runtime.Goexit ends the process under the functions that
// never return, after it has been reported.
func TestGoexitEndsTheProcess(t *testing.T) {
	t.Parallel()
	for name := range children {
		if !strings.HasPrefix(name, "goexit") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := child(t, name)
			fine(t, p.API)
			r := looptest.Result(t, p.API.Queue(lambdatest.Event{Payload: []byte("goexit")}))
			if r.Err == nil || !strings.Contains(r.Err.Message, "Goexit") {
				t.Errorf("reported %s", outcome(r))
			}
			if says := p.Exits(1); !strings.Contains(says, "runtime.Goexit") {
				t.Errorf("it said %q", says)
			}
		})
	}
}

// Under Loop.Run it ends the goroutine that has called Run, as Goexit says: its
// deferred functions run, and Run leaves nothing behind.
func TestGoexitUnderLoopRun(t *testing.T) {
	api := looptest.Serve(t)
	ended, returned := make(chan struct{}), false
	go func() {
		defer close(ended)
		_ = (&minlambda.Loop{API: api.Addr(), Handler: goexit, Log: func(minlambda.Record) {}}).Run(context.Background())
		returned = true
	}()
	fine(t, api)
	r := looptest.Result(t, api.Queue(lambdatest.Event{Payload: []byte("goexit")}))
	if r.Err == nil || !strings.Contains(r.Err.Message, "Goexit") {
		t.Errorf("reported %s", outcome(r))
	}
	await(t, "the end of the goroutine", ended)
	if returned {
		t.Error("Run has returned")
	}
	until(t, "the connection is closed", func() bool { return api.Open() == 0 })
}
