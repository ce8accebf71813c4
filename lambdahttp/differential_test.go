package lambdahttp

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/fronts"
	"github.com/minlambda/minlambda/lambdatest"
)

// A request over net/http's own server and the same through each service arrive as the same
// request, and the handler's response arrives as the same response, but for Date and framing.
func TestDifferential(t *testing.T) {
	ours := make(map[string]*lambdatest.Server)
	var handler atomic.Pointer[http.HandlerFunc]
	for _, f := range fronts.All {
		ours[f.Name] = serving(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			(*handler.Load())(w, r)
		}))
	}
	for name, h := range fronts.Handlers {
		seen := make(chan fronts.Received, 1)
		recording := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen <- fronts.Receive(r)
			h(w, r)
		})
		handler.Store(&recording)
		for as, request := range fronts.Requests {
			over := make(map[string]fronts.Received) // net/http: what a client gets for a request
			arrived := make(map[string]fronts.Received)
			for _, f := range fronts.All {
				sees := f.Sees(request)
				if _, ok := over[sees]; !ok {
					over[sees] = fronts.OverNetHTTP(t, sees, recording)
					arrived[sees] = <-seen
				}
				t.Run(name+"/"+as+"/"+f.Name, func(t *testing.T) {
					answer := invoke(t, ours[f.Name], f, request)
					fronts.SameRequest(t, f, <-seen, arrived[sees])
					if !f.Single || name != "form" || as != "query" { // it gets the last x
						got := fronts.Gotten(t, f.Response(t, answer))
						fronts.SameResponse(t, got, over[sees])
					}
				})
			}
		}
	}
}

// serving is a Runtime API from which a loop with the handler takes events.
func serving(t *testing.T, h http.Handler, opts ...Option) *lambdatest.Server {
	t.Helper()
	api := lambdatest.NewServer()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	loop := minlambda.Loop{API: api.Addr(), Invoke: NewHandler(h, opts...), Poison: true,
		Log: func(minlambda.Record) {}}
	go func() { defer close(done); loop.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		<-done
		api.Close()
		for _, v := range api.Violations() {
			t.Errorf("violation: %s", v)
		}
	})
	return api
}

// invoke has the loop answer the event that f makes of the request.
func invoke(t *testing.T, api *lambdatest.Server, f fronts.Front, raw string) []byte {
	t.Helper()
	event := f.EventOf(t, raw)
	answer, err := api.Invoke(t.Context(), event)
	if err != nil {
		t.Fatalf("%v for %s", err, event)
	}
	return answer
}
