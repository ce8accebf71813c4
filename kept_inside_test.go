package minlambda

import (
	"context"
	"testing"

	"github.com/minlambda/minlambda/lambdatest"
)

// RunInvocation has no context, and never returns; Context has a deadline all the same.
func TestContextOfRunInvocation(t *testing.T) {
	api := lambdatest.NewServer()
	defer api.Close()
	api.Script(lambdatest.Answer{Status: 500}) // ends it
	var kept context.Context
	r := &runner{Loop: Loop{API: api.Addr(), Invoke: func(inv *Invocation) error {
		kept = inv.Context()
		if at, ok := inv.Deadline(); !ok || kept.Err() != nil {
			t.Errorf("deadline %v, %v; the context has ended with %v", at, ok, kept.Err())
		} else if got, ok := kept.Deadline(); !ok || !got.Equal(at) {
			t.Errorf("the context's deadline is %v, %v; want %v", got, ok, at)
		}
		return nil
	}}, invoke: new(invocations).handle}
	api.Queue(lambdatest.Event{})
	if err := r.run(nil); err == nil || kept.Err() != context.Canceled {
		t.Errorf("ended with %v, its context with %v", err, kept.Err())
	}
}

// A call of ReadFrom whose handler returns just before it reads does not read: the write buffer may
// be another invocation's by then. Nobody outside can come in between.
func TestNoReadAfterTheHandler(t *testing.T) {
	c := new(call)
	inv := &Invocation{c}
	defer func() {
		if v := recover(); v != "minlambda: Invocation used after its handler returned" {
			t.Errorf("panics with %v", v)
		}
		if n := c.reads.Load(); n != 0 {
			t.Errorf("%d reads are under way", n)
		}
	}()
	inv.read(reader(func() { t.Error("it reads") }), nil)
}

type reader func()

func (r reader) Read(p []byte) (int, error) { r(); return 0, nil }
