//go:build !race

package minlambda_test

// The race detector allocates for its own purposes, so this is not for it.

import (
	"context"
	"runtime"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/valyala/fastjson"
)

// In steady state neither the loop nor the handlers over it allocate, nothing
// is collected, and a response leaves with the GET for the next event in one
// write. The counters are the whole process's, the server's included.
func TestAllocs(t *testing.T) {
	var text []byte
	greet := minlambda.JSON(func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
		text = append(append(text[:0], "Hello, "...), event.GetStringBytes("name")...)
		response := a.NewObject()
		response.Set("greeting", a.NewStringBytes(text))
		return response, nil
	})
	const ada = `{"name":"Ada"}`
	for _, c := range []struct {
		name     string
		loop     minlambda.Loop
		response string
	}{
		{"append", minlambda.Loop{Handler: echo}, ada},
		{"own slice", minlambda.Loop{Handler: func(_, event []byte) ([]byte, error) { return event, nil }}, ada},
		{"invocation", minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
			if len(inv.RequestID()) != idDigits || inv.Header("lambda-runtime-trace-id") != nil {
				t.Error("wrong metadata")
			}
			_, err := inv.Write(inv.Event())
			return err
		}}, ada},
		{"json", minlambda.Loop{Handler: greet}, `{"greeting":"Hello, Ada"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			const warm, n = 1000, 20_000
			server := newCanned(t, ada, c.response)
			ctx, stop := context.WithCancel(context.Background())
			ended := make(chan error, 1)
			c.loop.API = server.addr()
			go func() { ended <- c.loop.Run(ctx) }()

			var stats [2]runtime.MemStats
			var reads [2]int
			i := 0
			err := server.serve(warm+n, warm, func() {
				runtime.ReadMemStats(&stats[i])
				reads[i] = server.reads
				i++
			})
			stop()
			<-ended
			if err != nil {
				t.Fatal(err)
			}
			// The runtime's own threads allocate now and then; a loop that
			// allocated would do so 20,000 times.
			if allocs := stats[1].Mallocs - stats[0].Mallocs; allocs > 20 {
				t.Errorf("%d allocations in %d invocations; want none", allocs, n)
			}
			if gcs := stats[1].NumGC - stats[0].NumGC; gcs > 0 {
				t.Errorf("%d garbage collections", gcs)
			}
			if got := reads[1] - reads[0]; got != n {
				t.Errorf("%d reads for %d invocations; want one write for each", got, n)
			}
		})
	}
}
