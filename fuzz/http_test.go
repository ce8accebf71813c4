package fuzz

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/internal/fronts"
	"github.com/minlambda/minlambda/lambdahttp"
	"github.com/minlambda/minlambda/lambdatest"
)

// FuzzHTTP: whatever an event is, it is refused with an error that says that it is the event's, or
// a handler sees a request that net/http could have read, and what the handler writes is in the
// response, in a form that the services can read. Nothing panics or hangs.
func FuzzHTTP(f *testing.F) {
	for _, front := range fronts.All {
		for _, request := range fronts.Requests {
			f.Add(front.EventOf(f, request))
		}
	}
	files, err := filepath.Glob("../examples/events/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, file := range files {
		event, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(event)
	}
	for _, event := range []string{
		``, `{}`, `null`, `[]`, `{"httpMethod":"GET"}`, `{"httpMethod":"A B","path":"/"}`,
		`{"httpMethod":"HEAD","path":"/","body":"a"}`,
		`{"httpMethod":"GET","path":"\u0000?%zz#\ud800","headers":{"":"a","X-é":"\n"}}`,
		`{"version":"2.0","rawPath":"//flush","rawQueryString":" \r\n","requestContext":{"http":` +
			`{"method":"PUT","sourceIp":":::"}},"body":"%","isBase64Encoded":true}`,
		`{"httpMethod":"GET","path":"/flush","requestContext":{"elb":{}},"multiValueHeaders":{}}`,
	} {
		f.Add([]byte(event))
	}
	seen := make(chan seenRequest, 1)
	api := serveHTTP(f, seen)
	f.Fuzz(func(t *testing.T, event []byte) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		result, err := api.Queue(lambdatest.Event{Payload: event}).Wait(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if e := result.Err; e != nil {
			if e.Type != "Function.InvalidEvent" || !strings.HasPrefix(e.Message, "lambdahttp: ") {
				t.Fatalf("%s: %s", e.Type, e.Message)
			}
			return
		}
		saw := <-seen
		if saw.fault != nil {
			t.Fatal(saw.fault)
		}
		if got := readHTTP(t, result); string(got) != string(saw.written) {
			t.Fatalf("handler has written %q, and the response has %q", saw.written, got)
		}
	})
}

// A seenRequest is what a handler has seen.
type seenRequest struct {
	written []byte // what a client is to get
	fault   error  // what net/http would not have let through
}

// serveHTTP serves a handler that sends its body back, as a stream if the path asks for that.
func serveHTTP(f *testing.F, seen chan<- seenRequest) *lambdatest.Server {
	api := lambdatest.NewServer()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	h := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		saw := seenRequest{body, errors.Join(err, flaw(r, body))}
		if r.Method == http.MethodHead {
			saw.written = nil // and counted all the same
		}
		seen <- saw
		w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
		w.Header().Add("X-Seen", r.Host)
		w.Header().Add("X-Seen", r.RemoteAddr)
		w.Write(body)
		if strings.HasSuffix(r.URL.Path, "flush") {
			http.NewResponseController(w).Flush()
		}
	}
	go func() {
		defer close(done)
		var log bytes.Buffer
		l := loop(&log)
		l.API, l.Poison, l.Invoke = api.Addr(), true, lambdahttp.NewHandler(http.HandlerFunc(h))
		l.Run(ctx)
	}()
	f.Cleanup(func() {
		stop()
		<-done
		api.Close()
	})
	return api
}

// flaw is what is wrong with a request.
func flaw(r *http.Request, body []byte) error {
	switch {
	case r.Method == "" || strings.ContainsAny(r.Method, " \r\n\t/"):
		return errors.New("method " + r.Method)
	case r.URL.Path == "" || r.URL.Path[0] != '/' || r.RequestURI[0] != '/':
		return errors.New("path " + r.URL.Path + ", target " + r.RequestURI)
	case r.ContentLength != int64(len(body)):
		return errors.New("length of the body")
	}
	control := func(c rune) bool { return c < ' ' || c == 0x7f }
	if strings.ContainsFunc(r.URL.RawQuery, control) {
		return nil // url.Parse would not have let that through, and no service does
	}
	u, err := url.ParseRequestURI(r.RequestURI)
	if err != nil {
		return err
	}
	if u.Path != r.URL.Path || u.RawQuery != r.URL.RawQuery {
		return errors.New("target " + r.RequestURI + " for " + r.URL.String())
	}
	return nil
}

// readHTTP reads the response as a service does, and returns the body.
func readHTTP(t *testing.T, result lambdatest.Result) []byte {
	var a struct {
		StatusCode        int
		StatusDescription string
		Headers           map[string]string
		MultiValueHeaders map[string][]string
		Cookies           []string
		Body              *string
		IsBase64Encoded   bool
	}
	text := result.Body
	if result.Streaming {
		text = result.Prelude.Raw
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&a); err != nil || a.StatusCode != 200 {
		t.Fatalf("%v in %s", err, text)
	}
	single, several := a.Headers["X-Seen"], a.MultiValueHeaders["X-Seen"]
	if (a.Headers == nil) == (a.MultiValueHeaders == nil) || single == "" && several == nil {
		t.Fatalf("header of %s", text)
	}
	switch {
	case result.Streaming && a.Body == nil:
		return result.Body
	case result.Streaming || a.Body == nil:
		t.Fatalf("body of %s, streaming %t", text, result.Streaming)
	case a.IsBase64Encoded:
		b, err := base64.StdEncoding.DecodeString(*a.Body)
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		return b
	}
	return slices.Clone([]byte(*a.Body))
}
