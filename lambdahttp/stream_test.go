package lambdahttp

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/fronts"
	"github.com/minlambda/minlambda/lambdatest"
)

// streamed is the response that a function URL makes of a stream.
func streamed(t *testing.T, result lambdatest.Result) *http.Response {
	t.Helper()
	if !result.Streaming || result.Prelude == nil {
		t.Fatalf("no stream with a prelude: streaming %t, %s, %.100q", result.Streaming,
			result.Header.Get("Content-Type"), result.Body)
	}
	d := json.NewDecoder(bytes.NewReader(result.Prelude.Raw))
	d.DisallowUnknownFields()
	if err := d.Decode(new(lambdatest.Prelude)); err != nil {
		t.Fatalf("%v in the prelude %s", err, result.Prelude.Raw)
	}
	response := &http.Response{StatusCode: result.Prelude.StatusCode, Header: http.Header{},
		Body: io.NopCloser(bytes.NewReader(result.Body))}
	for name, value := range result.Prelude.Headers {
		response.Header.Set(name, value)
	}
	for name, values := range result.Prelude.MultiValueHeaders {
		response.Header[name] = values
	}
	for _, cookie := range result.Prelude.Cookies {
		response.Header.Add("Set-Cookie", cookie)
	}
	return response
}

// streams are handlers that flush.
var streams = map[string]http.HandlerFunc{
	"first": func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		io.WriteString(w, "after the head")
	},
	"between": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Early", "1")
		io.WriteString(w, "<html>")
		http.NewResponseController(w).Flush()
		w.Header().Set("X-Late", "1")
		w.WriteHeader(500)
		io.WriteString(w, "</html>")
	},
	"last": func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(201)
		io.WriteString(w, "all")
		http.NewResponseController(w).Flush()
	},
	"nothing": func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(204)
		http.NewResponseController(w).Flush()
	},
	"large": func(w http.ResponseWriter, r *http.Request) {
		for range 3 {
			w.Write(bytes.Repeat([]byte{0xff}, 100_000))
			http.NewResponseController(w).Flush()
		}
	},
	"binary": func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte{0, 1, 0xff})
		http.NewResponseController(w).Flush()
		w.Write(make([]byte, 9))
	},
}

// With WithStreaming every response, and without it one that is flushed, arrives as a stream as it
// does from net/http's server.
func TestStreams(t *testing.T) {
	var handler atomic.Pointer[http.HandlerFunc]
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*handler.Load())(w, r) })
	always, asked := serving(t, h, WithStreaming()), serving(t, h)
	check := func(t *testing.T, api *lambdatest.Server, h http.HandlerFunc, request string) {
		handler.Store(&h)
		want := fronts.OverNetHTTP(t, request, h)
		for _, f := range fronts.All {
			if !f.Streams {
				continue
			}
			t.Run(f.Name, func(t *testing.T) {
				p := api.Queue(lambdatest.Event{Payload: f.EventOf(t, request)})
				result, err := p.Wait(t.Context())
				if err != nil || result.Err != nil {
					t.Fatal(err, result.Err)
				}
				fronts.SameResponse(t, fronts.Gotten(t, streamed(t, result)), want)
			})
		}
	}
	for name, h := range fronts.Handlers {
		for _, as := range []string{"root", "head", "postform", "range"} {
			t.Run(name+"/"+as, func(t *testing.T) { check(t, always, h, fronts.Requests[as]) })
		}
	}
	for name, h := range streams {
		for _, as := range []string{"root", "head"} {
			t.Run(name+"/"+as, func(t *testing.T) { check(t, asked, h, fronts.Requests[as]) })
		}
	}
}

// Fields of one name, which are one by RFC 9110 but not to every client, stay apart in a stream
// where the service can tell them apart.
func TestStreamFields(t *testing.T) {
	api := serving(t, fronts.Handlers["many"], WithStreaming())
	for name, want := range map[string]string{
		"url": `{"statusCode":200,"headers":{"Vary":"Accept, Origin","X-Many":"a, b, c"}}`,
		"rest": `{"statusCode":200,"multiValueHeaders":{"Vary":["Accept","Origin"],` +
			`"X-Many":["a, b","c"]}}`,
	} {
		event := fronts.Named(name).EventOf(t, fronts.Requests["root"])
		result, err := api.Queue(lambdatest.Event{Payload: event}).Wait(t.Context())
		if err != nil || result.Prelude == nil || string(result.Prelude.Raw) != want {
			t.Errorf("%s: %v, %+v, want %s", name, err, result.Prelude, want)
		}
	}
}

// A service that takes no streams gets the response whole, flushed or not, and so does one that is
// not configured for them.
func TestNoStream(t *testing.T) {
	whole := func(t *testing.T, api *lambdatest.Server, f fronts.Front) {
		p := api.Queue(lambdatest.Event{Payload: f.EventOf(t, fronts.Requests["root"])})
		result, err := p.Wait(t.Context())
		if err != nil || result.Err != nil || result.Streaming {
			t.Fatal(err, result.Err, result.Streaming)
		}
		r := fronts.Gotten(t, f.Response(t, result.Body))
		if r.Status != 200 || r.Body != "<html></html>" || r.Header.Get("X-Late") != "" {
			t.Errorf("client gets %+v", r)
		}
	}
	streaming := serving(t, streams["between"], WithStreaming())
	asked := serving(t, streams["between"])
	without := serving(t, streams["between"], WithStreaming(), WithoutStreaming())
	for _, f := range fronts.All {
		if !f.Streams {
			t.Run(f.Name+"/always", func(t *testing.T) { whole(t, streaming, f) })
			t.Run(f.Name+"/flushed", func(t *testing.T) { whole(t, asked, f) })
		}
		t.Run(f.Name+"/without", func(t *testing.T) { whole(t, without, f) })
	}
}

// A stream whose handler aborts, or panics, ends in a way that tells; the first leaves the loop
// running.
func TestStreamFails(t *testing.T) {
	api := lambdatest.NewServer()
	defer api.Close()
	loop := minlambda.Loop{API: api.Addr(), Log: func(minlambda.Record) {},
		Invoke: NewHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "half")
			http.NewResponseController(w).Flush()
			if r.URL.Path == "/abort" {
				panic(http.ErrAbortHandler)
			}
			panicking(w, r)
		}))}
	ended := make(chan error, 1)
	go func() { ended <- loop.Run(t.Context()) }()
	failsInStream(t, api, "/abort", "http.ErrAbortHandler")
	failsInStream(t, api, "/", "no tea")
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "no tea") {
		t.Errorf("loop ended with %v", err)
	}
}

func failsInStream(t *testing.T, api *lambdatest.Server, path, says string) {
	t.Helper()
	p := api.Queue(lambdatest.Event{Payload: at(t, path)})
	result, err := p.Wait(t.Context())
	if err != nil || !result.Streaming || result.Err == nil ||
		!strings.Contains(result.Err.Message, says) {
		t.Errorf("%s: streaming %t, %v, %v", path, result.Streaming, result.Err, err)
	}
	if !bytes.HasSuffix(result.Body, []byte("half")) {
		t.Errorf("%s: %q arrived", path, result.Body)
	}
}

// After a flush that failed the handler learns it, and what it writes goes nowhere.
func TestWriteAfterTheEnd(t *testing.T) {
	writers := make(chan http.ResponseWriter, 2)
	api := serving(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "x")
		http.NewResponseController(w).Flush()
		writers <- w
	}))
	for range 2 { // the first is over when the second has come
		if _, err := api.Invoke(t.Context(), at(t, "/")); err != nil {
			t.Fatal(err)
		}
	}
	w := <-writers
	if _, err := w.Write([]byte("late")); !errors.Is(err, http.ErrHandlerTimeout) {
		t.Errorf("late write: %v", err)
	}
	if err := http.NewResponseController(w).Flush(); !errors.Is(err, http.ErrHandlerTimeout) {
		t.Errorf("late flush: %v", err)
	}
}
