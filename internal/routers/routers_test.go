package routers

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/fronts"
	"github.com/minlambda/minlambda/lambdahttp"
	"github.com/minlambda/minlambda/lambdatest"
)

// serving is a Runtime API from which a loop with the handler takes events.
func serving(t *testing.T, h http.Handler) *lambdatest.Server {
	t.Helper()
	api := lambdatest.NewServer()
	done := make(chan struct{})
	loop := minlambda.Loop{API: api.Addr(), Invoke: lambdahttp.NewHandler(h), Poison: true,
		Log: func(minlambda.Record) {}}
	go func() { defer close(done); loop.Run(t.Context()) }()
	t.Cleanup(func() {
		api.Close()
		<-done
		for _, v := range api.Violations() {
			t.Errorf("violation: %s", v)
		}
	})
	return api
}

// response is what a client gets for the request through f.
func response(t testing.TB, api *lambdatest.Server, f fronts.Front, raw string) fronts.Received {
	t.Helper()
	event := lambdatest.Event{Payload: f.EventOf(t, raw)}
	result, err := api.Queue(event).Wait(t.Context())
	switch {
	case err != nil || result.Err != nil:
		t.Fatal(err, result.Err)
	case result.Streaming != (f.Streams && result.Prelude != nil):
		t.Fatalf("%s gets a stream, prelude %v", f.Name, result.Prelude)
	case !result.Streaming:
		return fronts.Gotten(t, f.Response(t, result.Body))
	}
	streamed := &http.Response{StatusCode: result.Prelude.StatusCode, Header: http.Header{},
		Body: io.NopCloser(bytes.NewReader(result.Body))}
	for name, value := range result.Prelude.Headers {
		streamed.Header.Set(name, value)
	}
	for name, values := range result.Prelude.MultiValueHeaders {
		streamed.Header[name] = values
	}
	for _, cookie := range result.Prelude.Cookies {
		streamed.Header.Add("Set-Cookie", cookie)
	}
	return fronts.Gotten(t, streamed)
}

// An application by any router answers behind every service as it does over net/http's server.
func TestRouters(t *testing.T) {
	for name, app := range apps {
		t.Run(name, func(t *testing.T) {
			h := app()
			api := serving(t, h)
			for as, request := range appRequests {
				for _, f := range fronts.All {
					if f.Single && as == "greeting" {
						continue // it gets the last of two values
					}
					t.Run(as+"/"+f.Name, func(t *testing.T) {
						want := fronts.OverNetHTTP(t, f.Sees(request), h)
						fronts.SameResponse(t, response(t, api, f, request), want)
					})
				}
			}
		})
	}
}

// The applications do what they are to do, so that the comparison compares something.
func TestApps(t *testing.T) {
	for name, app := range apps {
		for request, want := range map[string]int{
			"greeting": 200, "encoded": 200, "post": 201, "badjson": 400, "form": 200, "files": 200,
			"cookie": 200, "binary": 200, "panic": 500, "events": 200, "notfound": 404,
			"notallowed": 405,
		} {
			got := fronts.OverNetHTTP(t, appRequests[request], app())
			if got.Status != want || got.Header.Get("X-App") != "tea" && want < 400 {
				t.Errorf("%s, %s: %+v, want status %d", name, request, got, want)
			}
		}
	}
}
