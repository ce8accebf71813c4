package routers

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"

	"github.com/minlambda/minlambda/internal/fronts"
	"github.com/minlambda/minlambda/lambdatest"
)

// A trial is a testing.TB that only notes that something is wrong.
type trial struct {
	testing.TB
	failed bool
}

func (t *trial) Helper()               {}
func (t *trial) Errorf(string, ...any) { t.failed = true }
func (t *trial) Error(...any)          { t.failed = true }
func (t *trial) Fatalf(string, ...any) { t.failed = true; runtime.Goexit() }
func (t *trial) Fatal(...any)          { t.failed = true; runtime.Goexit() }

// passes reports whether do finds nothing wrong, and does not panic.
func passes(t *testing.T, do func(t testing.TB)) bool {
	try := &trial{TB: t, failed: true}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if recover() != nil {
				try.failed = true
			}
		}()
		try.failed = false
		do(try)
	}()
	<-done
	return !try.failed
}

// An adapter answers an event of a front, as its program on Lambda would.
type adapter func(t testing.TB, f fronts.Front, event []byte) (answer []byte)

// answered decodes an event, has an adapter's function answer it, and encodes the response, as
// package lambda of aws-lambda-go does.
func answered[In, Out any](
	t testing.TB, event []byte, answer func(context.Context, In) (Out, error),
) []byte {
	var in In
	if err := json.Unmarshal(event, &in); err != nil {
		t.Fatal(err)
	}
	out, err := answer(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// apiProxy is aws-lambda-go-api-proxy with the adapter that is made for each front.
func apiProxy(h http.Handler) adapter {
	return func(t testing.TB, f fronts.Front, event []byte) []byte {
		switch {
		case f.V2:
			return answered(t, event, httpadapter.NewV2(h).ProxyWithContext)
		case f.Name == "alb" || f.Name == "albmulti":
			return answered(t, event, httpadapter.NewALB(h).ProxyWithContext)
		}
		return answered(t, event, httpadapter.New(h).ProxyWithContext)
	}
}

// lambdaHTTP is this library.
func lambdaHTTP(api *lambdatest.Server) adapter {
	return func(t testing.TB, f fronts.Front, event []byte) []byte {
		answer, err := api.Invoke(t.Context(), event)
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
}

// sameEssentials compares the requests that handlers have seen, without what an adapter may leave
// out: the target as it was sent, the protocol, the client's address, TLS, and a length without a
// body. It may add header fields, and take for the host the API's domain name where there is one.
func sameEssentials(t *testing.T, f fronts.Front, got, want fronts.Received) bool {
	got.Secure, got.RemoteAddr = true, "203.0.113.7:0"
	got.URI, got.RawPath, got.Proto = want.URI, want.RawPath, want.Proto
	if f.Name != "alb" && f.Name != "albmulti" {
		got.Host = want.Host
	}
	if want.Length == 0 {
		got.Length = 0
	}
	for name := range got.Header {
		if _, ok := want.Header[name]; !ok {
			delete(got.Header, name)
		}
	}
	return passes(t, func(t testing.TB) { fronts.SameRequest(t, f, got, want) })
}

// mute throws away what the test's process prints: the peer prints its errors.
func mute(t *testing.T) {
	t.Helper()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	stdout := os.Stdout
	os.Stdout = null
	t.Cleanup(func() {
		os.Stdout = stdout
		null.Close()
	})
}

// Of the cases in which a client cannot tell the function from net/http's server, package
// lambdahttp gets all, and all in which the handler sees the same. How many its peer gets is
// printed.
func TestAdapters(t *testing.T) {
	mute(t)
	var handler atomic.Pointer[http.HandlerFunc]
	any := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		(*handler.Load())(w, r)
	})
	adapters := map[string]adapter{
		"lambdahttp": lambdaHTTP(serving(t, any)), "aws-lambda-go-api-proxy": apiProxy(any),
	}
	cases, responses, requests := 0, map[string]int{}, map[string]int{}
	for name, h := range fronts.Handlers {
		for as, raw := range fronts.Requests {
			for _, f := range fronts.All {
				if f.Single && name == "form" && as == "query" {
					continue // it gets the last of two values
				}
				cases++
				seen := make(chan fronts.Received, 1)
				recording := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					seen <- fronts.Receive(r)
					h(w, r)
				})
				handler.Store(&recording)
				want := fronts.OverNetHTTP(t, f.Sees(raw), recording)
				wanted := <-seen
				event := f.EventOf(t, raw)
				for which, answer := range adapters {
					if passes(t, func(t testing.TB) {
						got := fronts.Gotten(t, f.Response(t, answer(t, f, event)))
						fronts.SameResponse(t, got, want)
					}) {
						responses[which]++
					}
					select {
					case got := <-seen:
						if sameEssentials(t, f, got, wanted) {
							requests[which]++
						}
					default:
					}
				}
			}
		}
	}
	for which := range adapters {
		t.Logf("%s: of %d cases %d with the same response, %d with the same request", which, cases,
			responses[which], requests[which])
	}
	if n := responses["lambdahttp"]; n != cases {
		t.Errorf("lambdahttp: %d of %d responses", n, cases)
	}
	if n := requests["lambdahttp"]; n != cases {
		t.Errorf("lambdahttp: %d of %d requests", n, cases)
	}
}
