package minlambda_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdatest"
)

// during runs f as the handler of one invocation of e.
func during(t *testing.T, e lambdatest.Event, f func(inv *minlambda.Invocation)) lambdatest.Result {
	t.Helper()
	s := start(t, nil, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error { f(inv); return nil }})
	r := s.result(s.api.Queue(e))
	s.stop()
	return r
}

func TestInvocationHeader(t *testing.T) {
	e := lambdatest.Event{RequestID: "the-id", Payload: []byte("X-Body: no"), Header: http.Header{
		"Lambda-Runtime-Trace-Id": {"Root=1-5bef4de7"}, "X-Empty": {""}, "X-Spaces": {"  a b  "}}}
	during(t, e, func(inv *minlambda.Invocation) {
		for name, want := range map[string]string{
			"Lambda-Runtime-Trace-Id":       "Root=1-5bef4de7",
			"lambda-runtime-TRACE-id":       "Root=1-5bef4de7",
			"Lambda-Runtime-Aws-Request-Id": "the-id",
			"X-Spaces":                      "a b",
		} {
			if got := inv.Header(name); string(got) != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		if got := inv.Header("X-Empty"); got == nil || len(got) > 0 {
			t.Errorf("an empty header is %#v", got)
		}
		for _, name := range []string{"X-Missing", "", "Lambda-Runtime-Trace", "X-Body", "HTTP/1.1 200 OK"} {
			if got := inv.Header(name); got != nil {
				t.Errorf("%q is %q", name, got)
			}
		}
		if string(inv.RequestID()) != "the-id" || string(inv.Event()) != "X-Body: no" {
			t.Errorf("request ID %q, event %q", inv.RequestID(), inv.Event())
		}
		// What is handed out can't be grown over its neighbour.
		_ = append(inv.RequestID(), "!!!!"...)
		_ = append(inv.Header("X-Spaces"), "!!!!"...)
		_ = append(inv.Event(), "!!!!"...)
		if got := inv.Header("Lambda-Runtime-Trace-Id"); string(got) != "Root=1-5bef4de7" {
			t.Errorf("after the appends: %q", got)
		}
	})
}

func TestInvocationDeadline(t *testing.T) {
	at := time.UnixMilli(time.Now().Add(time.Hour).UnixMilli())
	during(t, lambdatest.Event{Deadline: at}, func(inv *minlambda.Invocation) {
		if got, ok := inv.Deadline(); !ok || !got.Equal(at) {
			t.Errorf("deadline %v, %v; want %v", got, ok, at)
		}
		if got, ok := inv.Context().Deadline(); !ok || !got.Equal(at) {
			t.Errorf("the context's deadline %v, %v; want %v", got, ok, at)
		}
	})
	for _, text := range []string{"", "soon", "-1", "12345x", "1e9", "9999999999999999"} {
		e := lambdatest.Event{Header: http.Header{"Lambda-Runtime-Deadline-Ms": {text}}}
		during(t, e, func(inv *minlambda.Invocation) {
			if got, ok := inv.Deadline(); ok {
				t.Errorf("deadline %q is %v", text, got)
			}
			if _, ok := inv.Context().Deadline(); ok || inv.Context().Err() != nil {
				t.Errorf("deadline %q has come into the context", text)
			}
		})
	}
	for _, e := range []lambdatest.Event{{NoDeadline: true}, {Deadline: time.UnixMilli(1542409706888)}} {
		during(t, e, func(inv *minlambda.Invocation) {
			if err := inv.Context().Err(); err != nil {
				t.Errorf("the context has ended: %v", err)
			}
		})
	}
}

func TestInvocationContext(t *testing.T) {
	var kept context.Context
	during(t, lambdatest.Event{}, func(inv *minlambda.Invocation) {
		kept = inv.Context()
		if kept != inv.Context() || kept.Err() != nil {
			t.Errorf("two contexts, or one that has ended: %v", kept.Err())
		}
	})
	if kept.Err() != context.Canceled {
		t.Errorf("behind the handler: %v", kept.Err())
	}
}

// A deadline ends the context, whether it comes while somebody waits or has come before the first
// call of Context, as long as it can be this invocation's: a function runs for 15 minutes.
func TestContextDeadline(t *testing.T) {
	for name, c := range map[string]struct {
		in   time.Duration
		ends bool
	}{
		"comes":              {100 * time.Millisecond, true},
		"has just come":      {-time.Millisecond, true},
		"came a minute ago":  {-time.Minute, true},
		"came 15 min ago":    {-15 * time.Minute, true},
		"came half an h ago": {-30 * time.Minute, false},
		"came long ago":      {-10 * 365 * 24 * time.Hour, false},
	} {
		at := time.UnixMilli(time.Now().Add(c.in).UnixMilli())
		during(t, lambdatest.Event{Deadline: at}, func(inv *minlambda.Invocation) {
			ctx := inv.Context()
			if got, ok := ctx.Deadline(); ok != c.ends || ok && !got.Equal(at) {
				t.Errorf("%s: the context's deadline is %v, %v; want %v", name, got, ok, at)
			}
			if !c.ends {
				if ctx.Err() != nil {
					t.Errorf("%s: ended with %v", name, ctx.Err())
				}
				return
			}
			if c.in < 0 && ctx.Err() != context.DeadlineExceeded {
				t.Errorf("%s: at first it has %v", name, ctx.Err())
			}
			select {
			case <-ctx.Done():
			case <-time.After(patience):
			}
			if ctx.Err() != context.DeadlineExceeded {
				t.Errorf("%s: ended with %v", name, ctx.Err())
			}
		})
	}
}

func TestInvocationResponse(t *testing.T) {
	large := strings.Repeat("l", 100_000)
	for name, c := range map[string]struct {
		do   func(inv *minlambda.Invocation)
		want string
	}{
		"nothing": {func(inv *minlambda.Invocation) {}, ""},
		"Write": {func(inv *minlambda.Invocation) {
			if n, err := inv.Write([]byte("abc")); n != 3 || err != nil {
				t.Errorf("Write returned %d, %v", n, err)
			}
			if n, err := inv.WriteString("def"); n != 3 || err != nil {
				t.Errorf("WriteString returned %d, %v", n, err)
			}
		}, "abcdef"},
		"Dst": {func(inv *minlambda.Invocation) {
			inv.WriteString("abc")
			inv.SetResponse(append(inv.Dst(), "def"...))
			inv.WriteString("ghi")
		}, "abcdefghi"},
		"replaced": {func(inv *minlambda.Invocation) { inv.WriteString("abc"); inv.SetResponse([]byte("def")) }, "def"},
		"event":    {func(inv *minlambda.Invocation) { inv.SetResponse(inv.Event()) }, "{}"},
		"large":    {func(inv *minlambda.Invocation) { inv.WriteString(large); inv.WriteString(large) }, large + large},
	} {
		r := during(t, lambdatest.Event{Payload: []byte("{}")}, c.do)
		if string(r.Body) != c.want || r.Err != nil || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: ended with %.50q, %v, %v", name, r.Body, r.Err, r.Header)
		}
	}
}

func TestContentType(t *testing.T) {
	r := during(t, lambdatest.Event{}, func(inv *minlambda.Invocation) { inv.SetContentType("text/plain; charset=utf-8") })
	if got := r.Header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
		t.Errorf("content type %q", got)
	}
	longest := "text/plain; x=" + strings.Repeat("x", 1024-14)
	r = during(t, event(""), func(inv *minlambda.Invocation) { inv.SetContentType(longest) })
	if got := r.Header.Get("Content-Type"); got != longest {
		t.Errorf("1 KiB of content type: ended with %q, %v", got, r.Err)
	}
	for _, bad := range []string{longest + "x", strings.Repeat("x", 1<<20),
		"a\r\nX-Injected: b", "a\nb", "a\x00b", "a\x7fb", "t\xc3\xa4xt"} {
		r := during(t, lambdatest.Event{}, func(inv *minlambda.Invocation) { inv.SetContentType(bad) })
		if r.Err == nil || r.Err.Type != "Function.InvalidContentType" || r.Header.Get("X-Injected") != "" {
			t.Errorf("%.50q: ended with %q, %v", bad, r.Body, r.Err)
		}
	}
}
