package lambdahttp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/fronts"
	"github.com/minlambda/minlambda/lambdatest"
)

// failure is the error that the API gets for an event of payload 2.0.
func failure(t *testing.T, api *lambdatest.Server, event []byte) *lambdatest.FunctionError {
	t.Helper()
	_, err := api.Invoke(t.Context(), event)
	var f *lambdatest.FunctionError
	if !errors.As(err, &f) {
		t.Fatalf("%s ended with %v, want an error of the function", event, err)
	}
	return f
}

// at is an event of a function URL for that path.
func at(t *testing.T, path string) []byte {
	t.Helper()
	return fronts.Named("url").EventOf(t, "GET "+path+" HTTP/1.1\r\nHost: shop.example\r\n\r\n")
}

// What is not a request is an error that says why, and the next event is served.
func TestEvents(t *testing.T) {
	api := serving(t, http.NotFoundHandler())
	const none = "neither httpMethod nor requestContext.http"
	for name, c := range map[string]struct{ event, says string }{
		"empty":     {``, "unexpected end of JSON input"},
		"garbage":   {`{"a":1} x`, "invalid character 'x'"},
		"number":    {`17`, "cannot unmarshal number"},
		"null":      {`null`, none},
		"sqs":       {`{"Records":[]}`, none},
		"websocket": {`{"requestContext":{"routeKey":"$connect","eventType":"CONNECT"}}`, none},
		"lattice": {`{"version":"2.0","method":"GET","path":"/","headers":{"host":["a"]}}`,
			"cannot unmarshal array"},
		"method": {`{"httpMethod":"GET / HTTP/1.1\r\nA:"}`, `method is not a token: "GET / HTTP`},
		"noMethod": {`{"version":"2.0","rawPath":"/","requestContext":{"http":{}}}`,
			`method is not a token: ""`},
		"context": {`{"requestContext":{"http":{"method":1}}}`,
			"requestContext: json: cannot unmarshal"},
		"base64": {`{"httpMethod":"GET","path":"/","body":"%","isBase64Encoded":true}`,
			"illegal base64"},
		"wrongType": {`{"httpMethod":"GET","headers":{"a":1}}`, "headers"},
	} {
		t.Run(name, func(t *testing.T) {
			f := failure(t, api, []byte(c.event))
			if f.Type != "Function.InvalidEvent" || !strings.Contains(f.Message, c.says) ||
				!strings.HasPrefix(f.Message, "lambdahttp: event: ") {
				t.Errorf("%s: %s, want %q in it", f.Type, f.Message, c.says)
			}
		})
	}
	if _, err := api.Invoke(t.Context(), at(t, "/")); err != nil {
		t.Error(err)
	}
}

// Services leave out what is empty, and send null for it.
func TestSparseEvents(t *testing.T) {
	api := serving(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		fmt.Fprint(w, r.Method, " ", r.Host, " ", r.URL, " ", r.RemoteAddr, " ", len(r.Header), " ",
			r.TLS != nil, " ", r.ContentLength, string(body), err)
	}))
	for name, c := range map[string]struct{ event, want string }{
		"v2": {`{"version":"2.0","requestContext":{"http":{"method":"GET"}}}`,
			"GET  /  0 true 0<nil>"},
		"v1": {`{"httpMethod":"GET","path":null,"headers":null,"multiValueHeaders":null,` +
			`"queryStringParameters":null,"requestContext":null,"body":null}`,
			"GET  /  0 true 0<nil>"},
		"alb": {`{"httpMethod":"GET","path":"/a","requestContext":{"elb":{}}}`,
			"GET  /a  0 false 0<nil>"},
		"port": {`{"httpMethod":"GET","path":"/","headers":{"x-forwarded-for":"10.0.0.1, ` +
			`203.0.113.7:1234"},"requestContext":{"elb":{}}}`,
			"GET  / 203.0.113.7:1234 1 false 0<nil>"},
		"decoded": {`{"httpMethod":"GET","path":"/a b/ü?c%zz"}`,
			"GET  /a%20b/%C3%BC%3Fc%25zz  0 true 0<nil>"},
		"relative": {`{"httpMethod":"GET","path":"a"}`, "GET  /a  0 true 0<nil>"},
		"domain": {`{"version":"2.0","rawPath":"/a","requestContext":{"domainName":"x.example",` +
			`"http":{"method":"POST","sourceIp":"2001:db8::1"}},"body":"b"}`,
			"POST x.example /a [2001:db8::1]:0 0 true 1b<nil>"},
	} {
		t.Run(name, func(t *testing.T) {
			answer, err := api.Invoke(t.Context(), []byte(c.event))
			if err != nil {
				t.Fatal(err)
			}
			var got struct{ Body string }
			if json.Unmarshal(answer, &got); got.Body != c.want {
				t.Errorf("handler has seen %q, want %q", got.Body, c.want)
			}
		})
	}
}

// http.ErrAbortHandler fails the request and nothing else; a body shorter than declared is no
// response.
func TestFailures(t *testing.T) {
	api := serving(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/abort":
			io.WriteString(w, "half")
			panic(http.ErrAbortHandler)
		case "/short":
			w.Header().Set("Content-Length", "10")
			io.WriteString(w, "short")
		case "/large":
			w.Write(make([]byte, minlambda.MaxResponse*3/4))
		}
	}))
	for path, says := range map[string]string{
		"/abort": "http.ErrAbortHandler", "/short": "Content-Length of 10 and wrote 5 bytes",
		"/large": "exceeded maximum allowed payload size",
	} {
		if f := failure(t, api, at(t, path)); !strings.Contains(f.Message, says) {
			t.Errorf("%s: %s, want %q in it", path, f.Message, says)
		}
	}
}

// Another panic is reported with the stack of the handler, and ends the loop.
func TestPanic(t *testing.T) {
	api := lambdatest.NewServer()
	defer api.Close()
	loop := minlambda.Loop{API: api.Addr(), Log: func(minlambda.Record) {},
		Invoke: NewHandler(http.HandlerFunc(panicking))}
	ended := make(chan error, 1)
	go func() { ended <- loop.Run(t.Context()) }()
	f := failure(t, api, at(t, "/"))
	if f.Message != "no tea" || !strings.Contains(string(f.Raw), "panicking") {
		t.Errorf("reported %s", f.Raw)
	}
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "no tea") {
		t.Errorf("loop ended with %v", err)
	}
}

func panicking(http.ResponseWriter, *http.Request) { panic("no tea") }

// A handler reaches the event and its request context; afterwards the event is gone, and the
// response takes nothing.
func TestContext(t *testing.T) {
	writers := make(chan http.ResponseWriter, 2)
	api := serving(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kept := r.Context()
		writers <- w
		_, deadline := kept.Deadline()
		fmt.Fprintf(w, "%s %s %t", Event(kept), RequestContext(kept), deadline)
	}))
	event := `{"httpMethod":"GET","path":"/","requestContext":{"authorizer":{"user":"ada"}}}`
	answer, err := api.Invoke(t.Context(), []byte(event))
	var got struct{ Body string }
	if json.Unmarshal(answer, &got); err != nil ||
		got.Body != event+` {"authorizer":{"user":"ada"}} true` {
		t.Errorf("handler has seen %s, %v", got.Body, err)
	}
	if _, err := api.Invoke(t.Context(), []byte(event)); err != nil { // the first is over by now
		t.Fatal(err)
	}
	other := context.Background()
	if Event(other) != nil || RequestContext(other) != nil {
		t.Error("a context of nobody's has an event")
	}
	if n, err := (<-writers).Write([]byte("late")); n != 0 || err == nil {
		t.Errorf("late write: %d, %v", n, err)
	}
}

// A goroutine that outlives its handler gets nil for the event, or the event, and never another's.
func TestLateGoroutine(t *testing.T) {
	const events = 200
	var all sync.WaitGroup
	all.Add(events)
	api := serving(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		want := r.URL.RawQuery
		ctx := r.Context()
		go func() {
			defer all.Done()
			for {
				event := string(Event(ctx))
				if event == "" {
					return
				}
				if !strings.Contains(event, `"`+want+`"`) {
					t.Errorf("the event of %s is %s", want, event)
				}
			}
		}()
	}))
	for i := range events {
		event := fmt.Sprintf(`{"version":"2.0","rawPath":"/","rawQueryString":"n=%d",`+
			`"requestContext":{"http":{"method":"GET"}}}`, i)
		if _, err := api.Invoke(t.Context(), []byte(event)); err != nil {
			t.Fatal(err)
		}
	}
	all.Wait()
}

// What is text by its type goes as it is, and everything else, and what is not UTF-8, in base64.
func TestIsText(t *testing.T) {
	for contentType, want := range map[string]bool{
		"": false, "text/plain": true, "TEXT/HTML; charset=utf-8": true, "application/json": true,
		"application/ld+json": true, "application/xml": true, "image/svg+xml": true,
		"application/javascript": true, "application/octet-stream": false, "image/png": false,
		"application/x-www-form-urlencoded": false, "text": true, "json": false,
		"font/woff2": false,
	} {
		h := http.Header{"Content-Type": {contentType}}
		if got := isText(h, []byte("a")); got != want {
			t.Errorf("%q: text is %t", contentType, got)
		}
		if isText(h, []byte("\xff")) {
			t.Errorf("%q: bytes that are not UTF-8 are text", contentType)
		}
	}
}
