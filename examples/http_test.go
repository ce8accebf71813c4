package examples_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/fronts"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/internal/program"
	"github.com/minlambda/minlambda/lambdatest"
)

// get is a request without a body.
func get(target string, fields ...string) string {
	return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + strings.Join(fields, "") + "\r\n"
}

// post is a request with a body.
func post(target, contentType, body string) string {
	return "POST " + target + " HTTP/1.1\r\nHost: a\r\nContent-Type: " + contentType +
		"\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

// client sends a request through f to the process, and gets a response that is no stream.
func client(t *testing.T, p *looptest.Process, f fronts.Front, raw string) fronts.Received {
	t.Helper()
	result := p.Invoke(string(f.EventOf(t, raw)))
	if result.Err != nil || result.Streaming {
		t.Fatalf("%q: %v, streaming %t", raw, result.Err, result.Streaming)
	}
	return fronts.Gotten(t, f.Response(t, result.Body))
}

// The small site answers on all of its routes, behind a function URL and behind an HTTP API.
func TestURLExample(t *testing.T) {
	t.Parallel()
	p := looptest.LaunchExample(t, "url")
	const text = "text/plain"
	for _, name := range []string{"url", "v2"} {
		f := fronts.Named(name)
		for _, c := range []struct {
			request     string
			status      int
			contentType string
			body        string
		}{
			{get("/greeting"), 200, "text/plain; charset=utf-8", "Hello, world!\n"},
			{get("/greeting?a=b&name=%C3%84da+%4c."), 200, "text/plain; charset=utf-8",
				"Hello, Äda L.!\n"},
			{get("/greeting?name=%zz"), 200, "text/plain; charset=utf-8", "Hello, world!\n"},
			{get("/visits"), 200, text, "visit 1\n"},
			{get("/visits", "Cookie: a=b; visits=41; c=d\r\n"), 200, text, "visit 42\n"},
			{get("/visits", "Cookie: visits=many\r\n"), 200, text, "visit 1\n"},
			{post("/echo", "application/json", "{\"a\":\"<ü>\"}"), 200, "application/json",
				"{\"a\":\"<ü>\"}"},
			{post("/echo", "image/png", "\x89PNG\x00\xff"), 200, "image/png", "\x89PNG\x00\xff"},
			{get("/"), 302, text, ""},
			{get("/nowhere"), 404, text, "not found\n"},
			{get("/echo"), 405, text, "method not allowed\n"},
			{post("/visits", text, ""), 405, text, "method not allowed\n"},
		} {
			got := client(t, p, f, c.request)
			if got.Status != c.status || got.Header.Get("Content-Type") != c.contentType ||
				got.Body != c.body {
				t.Errorf("%s, %q: %+v, want %d, %s, %q", name, c.request, got, c.status,
					c.contentType, c.body)
			}
		}
		got := client(t, p, f, get("/visits", "Cookie: visits=41\r\n"))
		const cookie = "visits=42; Path=/visits; HttpOnly; Secure"
		if got.Header.Get("Set-Cookie") != cookie {
			t.Errorf("%s: cookie %q", name, got.Header["Set-Cookie"])
		}
		if got := client(t, p, f, get("/")); got.Header.Get("Location") != "/greeting" {
			t.Errorf("%s: redirected to %q", name, got.Header["Location"])
		}
	}
	const broken = `{"rawPath":"/echo","body":"%","isBase64Encoded":true,` +
		`"requestContext":{"http":{"method":"POST"}}}`
	if r := p.Invoke(broken); !strings.Contains(string(r.Body), "the body is not in base64") {
		t.Errorf("%s for a body that is not in base64", r.Body)
	}
	p.Silent()
}

// A site on lambdajson has 1.9 MB, and one on lambdahttp 4.5, as the documents say.
func TestWebSizes(t *testing.T) {
	t.Parallel()
	for name, most := range map[string]int64{"url": 1_900_000, "http": 4_500_000} {
		file := filepath.Join(t.TempDir(), "bootstrap")
		build := program.Go("build", "-trimpath", "-ldflags", "-s -w", "-o", file,
			"github.com/minlambda/minlambda/examples/"+name)
		build.Env = append(build.Env, "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0", "GOFLAGS=")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v, %s", err, out)
		}
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > most {
			t.Errorf("%s: %d bytes, at most %d", name, info.Size(), most)
		}
		t.Logf("%s: %d bytes", name, info.Size())
	}
}

// Both routes answer behind every service; the second, as far as the service takes streams, line by
// line as they are written.
func TestHTTPExample(t *testing.T) {
	t.Parallel()
	p := looptest.LaunchExample(t, "http")
	for _, f := range fronts.All {
		got := client(t, p, f, get("/greeting/%C3%84da%20L"))
		if got.Status != 200 || got.Body != "Hello, Äda L!\n" {
			t.Errorf("%s: %+v", f.Name, got)
		}
		if got := client(t, p, f, get("/nowhere")); got.Status != 404 {
			t.Errorf("%s: %+v", f.Name, got)
		}
		if !f.Streams {
			if got := client(t, p, f, get("/count")); got.Body != "1\n2\n3\n" {
				t.Errorf("%s: %+v", f.Name, got)
			}
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), looptest.Patience)
		defer cancel()
		event := lambdatest.Event{Payload: f.EventOf(t, get("/count"))}
		stream := p.API.Queue(event).Stream(ctx)
		prelude, err := stream.Prelude()
		if err != nil || prelude == nil || prelude.StatusCode != 200 {
			t.Fatal(f.Name, prelude, err)
		}
		for _, line := range []string{"1\n", "2\n", "3\n"} {
			if chunk, err := stream.Chunk(); string(chunk) != line || err != nil {
				t.Errorf("%s: chunk %q, %v, want %q", f.Name, chunk, err, line)
			}
		}
		if chunk, err := stream.Chunk(); err != io.EOF {
			t.Errorf("%s: chunk %q, %v after the last", f.Name, chunk, err)
		}
	}
	if r := p.Invoke(`{"Records":[]}`); r.Err == nil || r.Err.Type != "Function.InvalidEvent" {
		t.Errorf("an event that is no request: %v", r.Err)
	}
}

// The messages that fail are named, those and no others, and on standard error with the reason.
func TestSQSExample(t *testing.T) {
	t.Parallel()
	p := looptest.LaunchExample(t, "sqs")
	for batch, want := range map[string]string{
		`{"messageId":"a","body":"{\"order\":17}"}`: `[]`,
		`{"messageId":"a","body":"{\"order\":17}"},{"messageId":"b","body":"{\"order\":\"x\"}"},` +
			`{"messageId":"c","body":"{}"},{"messageId":"d","body":"tea"},` +
			`{"messageId":"e","body":"{\"order\":1}"}`: `[{"itemIdentifier":"b"},` +
			`{"itemIdentifier":"c"},{"itemIdentifier":"d"}]`,
		``: `[]`,
	} {
		r := p.Invoke(`{"Records":[` + batch + `]}`)
		if got := string(r.Body); got != `{"batchItemFailures":`+want+`}` || r.Err != nil {
			t.Errorf("got %s, %v, want the failures %s", got, r.Err, want)
		}
	}
	lines := regexp.MustCompile(`^message b: the message has no number "order"\n` +
		`message c: the message has no number "order"\nmessage d: .+\n$`)
	if out := p.Kill(); !lines.MatchString(out) {
		t.Errorf("printed %q", out)
	}
}

// A fetch answers with what the server sends, as the type that it says; it fails with the server's
// status, with a body that is too large, and at the deadline, when its request ends as well.
func TestFetchExample(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/page":
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<p>tea</p>")
		case "/limit":
			io.Copy(w, io.LimitReader(zeros{}, minlambda.MaxResponse))
		case "/beyond":
			io.Copy(w, io.LimitReader(zeros{}, minlambda.MaxResponse+1))
		case "/slow":
			io.WriteString(w, "half")
			http.NewResponseController(w).Flush()
			<-r.Context().Done()
			close(ended)
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	p := looptest.LaunchExample(t, "fetch")
	fetch := func(path string, deadline time.Time) lambdatest.Result {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), looptest.Patience)
		defer cancel()
		r, err := p.API.Queue(lambdatest.Event{Deadline: deadline,
			Payload: []byte(`{"url":"` + server.URL + path + `"}`)}).Wait(ctx)
		if err != nil {
			t.Fatal(path, err)
		}
		return r
	}
	never := time.Now().Add(looptest.Patience)
	r := fetch("/page", never)
	if r.Err != nil || string(r.Body) != "<p>tea</p>" ||
		r.Header.Get("Content-Type") != "text/html" {
		t.Errorf("got %q, %v, %v", r.Body, r.Header, r.Err)
	}
	if r := fetch("/limit", never); r.Err != nil || len(r.Body) != minlambda.MaxResponse {
		t.Errorf("got %d bytes, %v", len(r.Body), r.Err)
	}
	for path, want := range map[string]string{
		"/beyond": "exceeded maximum allowed payload size", "/nowhere": "404 Not Found",
	} {
		if r := fetch(path, never); r.Err == nil || !strings.Contains(r.Err.Message, want) {
			t.Errorf("%s: %v", path, r.Err)
		}
	}
	r = fetch("/slow", time.Now().Add(3*time.Second))
	if r.Err == nil || !strings.Contains(r.Err.Message, "context deadline exceeded") {
		t.Errorf("at the deadline: %v, %q", r.Err, r.Body)
	}
	p.Await("the request has ended", ended)
	r = fetch("/page", time.Now().Add(-time.Second))
	if r.Err == nil || !strings.Contains(r.Err.Message, "context deadline exceeded") {
		t.Errorf("after the deadline: %v, %q", r.Err, r.Body)
	}
}

// zeros never end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
