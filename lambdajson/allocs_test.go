//go:build !race

// The race detector allocates where the program does not.

package lambdajson_test

import (
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/lambdajson"
	"github.com/minlambda/minlambda/pool"
	"github.com/valyala/fastjson"
)

// Through a loop and a socket, neither form of handler allocates.
func TestAllocations(t *testing.T) {
	if pool.Always {
		t.Skip("a poisoned value is made anew")
	}
	var text []byte
	for name, l := range map[string]minlambda.Loop{
		"New": {Handler: lambdajson.New(
			func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
				text = append(append(text[:0], "Hello, "...), event.GetStringBytes("name")...)
				response := a.NewObject()
				response.Set("greeting", a.NewStringBytes(text))
				return response, nil
			})},
		"NewInvocation": {Invoke: lambdajson.NewInvocation(
			func(
				inv *minlambda.Invocation, a *fastjson.Arena, event *fastjson.Value,
			) (*fastjson.Value, error) {
				response := a.NewObject()
				response.Set("name", event.Get("name"))
				response.Set("id", a.NewStringBytes(inv.RequestID()))
				return response, nil
			})},
	} {
		c := looptest.Steady(t, l, `{"name":"Ada"}`, 10_000)
		if c.Mallocs >= 20 || c.GCs > 0 {
			t.Errorf("%s: %d allocations and %d garbage collections in 10,000 invocations",
				name, c.Mallocs, c.GCs)
		}
	}
}
