package lambdahttp

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/fronts"
	"github.com/minlambda/minlambda/lambdatest"
)

// A response that is too long is an error, which its handler learns before the memory is full, and
// which a Flush too late does not hide; one that is flushed in time has no limit.
func TestTooLarge(t *testing.T) {
	const piece = 1 << 20
	api := serving(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := []byte(strings.Repeat("x", piece))
		switch r.URL.Path {
		case "/endless":
			n := 0
			for {
				if _, err := w.Write(p); err != nil {
					if err != minlambda.ErrResponseTooLarge || n > minlambda.MaxResponse+2*piece {
						t.Errorf("after %d bytes: %v", n, err)
					}
					break
				}
				n += piece
			}
			if err := http.NewResponseController(w).Flush(); err != minlambda.ErrResponseTooLarge {
				t.Errorf("flush: %v", err)
			}
		case "/once":
			io.WriteString(w, strings.Repeat("x", 8*piece))
		case "/flushed":
			io.WriteString(w, strings.Repeat("x", 8*piece))
			http.NewResponseController(w).Flush()
			w.Write(p)
		}
	}))
	for _, path := range []string{"/endless", "/once"} {
		f := failure(t, api, at(t, path))
		if f.Type != "Function.ResponseSizeTooLarge" {
			t.Errorf("%s: %s: %s", path, f.Type, f.Message)
		}
	}
	result, err := api.Queue(lambdatest.Event{Payload: at(t, "/flushed")}).Wait(t.Context())
	if err != nil || result.Err != nil || len(result.Body) != 9*piece {
		t.Errorf("%v, %v, %d bytes", err, result.Err, len(result.Body))
	}
}

// A reverse proxy whose upstream breaks off in mid-response does not pass a part on as the whole.
func TestReverseProxy(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, "half")
		if r.URL.Path == "/cut" {
			http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
	}))
	defer upstream.Close()
	to, err := url.Parse(upstream.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	api := serving(t, proxy)
	answer, err := api.Invoke(t.Context(), at(t, "/"))
	if err != nil {
		t.Fatal(err)
	}
	if r := fronts.Gotten(t, fronts.Named("url").Response(t, answer)); r.Body != "half" {
		t.Errorf("client gets %+v", r)
	}
	if f := failure(t, api, at(t, "/cut")); !strings.Contains(f.Message, "ErrAbortHandler") {
		t.Errorf("%s: %s", f.Type, f.Message)
	}
}

// A load balancer gets a status line for every status.
func TestStatusDescription(t *testing.T) {
	api := serving(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var status int
		fmt.Sscan(r.URL.Path[1:], &status)
		w.WriteHeader(status)
	}))
	for status, want := range map[string]string{
		"404": `{"statusCode":404,"statusDescription":"404 Not Found","body":""}`,
		"799": `{"statusCode":799,"statusDescription":"799 status code 799","body":""}`,
	} {
		request := "GET /" + status + " HTTP/1.1\r\nHost: a\r\n\r\n"
		if got := invoke(t, api, fronts.Named("alb"), request); string(got) != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// A handler finds what a server's own has: a ResponseWriter that is a Flusher, and, for older ones,
// a CloseNotifier, and something in the place of the server in the context. Nothing else can be
// promised, and is not there.
func TestInterfaces(t *testing.T) {
	api := serving(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, flusher := w.(http.Flusher)
		_, hijacker := w.(http.Hijacker)
		_, pusher := w.(http.Pusher)
		notifier, closes := w.(interface{ CloseNotify() <-chan bool })
		if closes {
			select {
			case <-notifier.CloseNotify():
				t.Error("the client has gone")
			default:
			}
		}
		server := r.Context().Value(http.ServerContextKey) != nil
		c := http.NewResponseController(w)
		_, _, err := c.Hijack()
		none := errors.Is(err, http.ErrNotSupported)
		fmt.Fprint(w, flusher, closes, server, hijacker, pusher, none)
	}))
	answer, err := api.Invoke(t.Context(), at(t, "/"))
	if err != nil {
		t.Fatal(err)
	}
	r := fronts.Gotten(t, fronts.Named("url").Response(t, answer))
	if r.Body != "true true true false false true" {
		t.Errorf("handler has seen %s", r.Body)
	}
}

// What a handler adds to a field of the request is in no other field.
func TestRequestFields(t *testing.T) {
	api := serving(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name := range r.Header {
			r.Header.Add(name, "added")
		}
		fmt.Fprint(w, r.Header["A"], r.Header["B"], r.Header["C"])
	}))
	const request = "GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n"
	for _, f := range fronts.All {
		got := fronts.Gotten(t, f.Response(t, invoke(t, api, f, request)))
		if got.Body != "[1 added] [2 added] [3 added]" {
			t.Errorf("%s: %s", f.Name, got.Body)
		}
	}
}
