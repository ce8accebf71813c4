package lambdaslog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/minlambda/minlambda/lambdaslog"
)

// A log collects writes.
type log struct {
	mu     sync.Mutex
	writes []string
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes = append(l.writes, string(p))
	return len(p), nil
}

// only is the one write since the last call.
func (l *log) only(t *testing.T) string {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	writes := l.writes
	l.writes = nil
	if len(writes) != 1 || !strings.HasSuffix(writes[0], "\n") ||
		strings.Count(writes[0], "\n") != 1 {
		t.Fatalf("wrote %q; want one line in one write", writes)
	}
	return strings.TrimSuffix(writes[0], "\n")
}

// at is the time of all records.
var at = time.Date(2026, 11, 25, 21, 30, 5, 6_789_000, time.FixedZone("", 3600))

// record hands h a record with the attributes.
func record(t *testing.T, h slog.Handler, ctx context.Context, msg string, attrs ...any) {
	t.Helper()
	r := slog.NewRecord(at, slog.LevelInfo, msg, 0)
	r.Add(attrs...)
	if err := h.Handle(ctx, r); err != nil {
		t.Fatal(err)
	}
}

// The standard library's own test of handlers passes, with Lambda's names for the time and the
// message.
func TestSlogtest(t *testing.T) {
	var b bytes.Buffer
	slogtest.Run(t, func(*testing.T) slog.Handler {
		b.Reset()
		return lambdaslog.New(&b, &lambdaslog.Options{Format: lambdaslog.JSON})
	}, func(t *testing.T) map[string]any {
		var m map[string]any
		if err := json.Unmarshal(b.Bytes(), &m); err != nil {
			t.Fatalf("%v in %s", err, b.Bytes())
		}
		for ours, theirs := range map[string]string{
			"timestamp": slog.TimeKey, "message": slog.MessageKey,
		} {
			if v, ok := m[ours]; ok {
				m[theirs] = v
				delete(m, ours)
			}
		}
		return m
	})
}

type failure struct{ what string }

func (f *failure) Error() string { return f.what }

type named struct{ error }

func (named) ErrorType() string { return "Shop.Closed" }
func (n named) Unwrap() error   { return n.error }

type panics struct{ n int }

func (p *panics) MarshalJSON() ([]byte, error) { return fmt.Append(nil, 10/p.n), nil }
func (p *panics) String() string               { return fmt.Sprint(10 / p.n) }

// lines are a logger's attributes, a record's, and the line in both formats.
var lines = []struct {
	name       string
	with       func(h slog.Handler) slog.Handler
	attrs      []any
	json, text string // after the timestamp and the level
}{
	{"nothing", nil, nil, `"message":"m"}`, `message=m`},
	{"kinds", nil, []any{"s", "a b", "i", -1, "u", uint64(1) << 63, "f", 0.5, "b", true, "d",
		time.Second, "t", at, "nil", nil, "bytes", []byte("a b"), "list", []int{1}},
		`"message":"m","s":"a b","i":-1,"u":9223372036854775808,"f":0.5,"b":true,"d":1000000000,` +
			`"t":"2026-11-25T21:30:05.006789+01:00","nil":null,"bytes":"YSBi","list":[1]}`,
		`message=m s="a b" i=-1 u=9223372036854775808 f=0.5 b=true d=1s ` +
			`t=2026-11-25T20:30:05.006Z nil=<nil> bytes="a b" list=[1]`},
	{"no numbers", nil, []any{"a", math.NaN(), "b", math.Inf(-1)},
		`"message":"m","a":"NaN","b":"-Inf"}`, `message=m a=NaN b=-Inf`},
	{"escapes", nil, []any{"a\"=", "<&>\n\x00\x7f\u0085\u2028\xff\u00e4", "", "x"},
		`"message":"m","a\"=":"<&>\n\u0000\u007f\u0085\u2028\ufffd` + "\u00e4" + `","":"x"}`,
		`message=m "a\"="="<&>\n\x00\x7f\u0085\u2028\xff` + "\u00e4" + `" ""=x`},
	{"a group", func(h slog.Handler) slog.Handler {
		return h.WithAttrs([]slog.Attr{slog.Int("a", 1)}).WithGroup("g").
			WithAttrs([]slog.Attr{slog.Int("b", 2)}).WithGroup("h").WithGroup("i")
	}, []any{"c", 3, slog.Group("j", "d", 4), slog.Group("", "e", 5), slog.Group("empty")},
		`"message":"m","a":1,"g":{"b":2,"h":{"i":{"c":3,"j":{"d":4},"e":5}}}}`,
		`message=m a=1 g.b=2 g.h.i.c=3 g.h.i.j.d=4 g.h.i.e=5`},
	{"a group without attributes", func(h slog.Handler) slog.Handler {
		return h.WithGroup("g").WithAttrs([]slog.Attr{slog.Int("b", 2)}).WithGroup("h")
	}, nil, `"message":"m","g":{"b":2}}`, `message=m g.b=2`},
	{"an error in a group", func(h slog.Handler) slog.Handler { return h.WithGroup("g") },
		[]any{"err", &failure{"no \"tea\""}, "second", errors.New("x")},
		`"message":"m","errorType":"failure","errorMessage":"no \"tea\"",` +
			`"g":{"err":"no \"tea\"","second":"x"}}`,
		`message=m errorType=failure errorMessage="no \"tea\"" ` +
			`g.err="no \"tea\"" g.second=x`},
	{"an error of a type", func(h slog.Handler) slog.Handler {
		return h.WithAttrs([]slog.Attr{slog.Any("e", fmt.Errorf("on: %w",
			named{errors.New("strike")}))})
	}, []any{"f", errors.New("x")},
		`"message":"m","errorType":"Shop.Closed","errorMessage":"on: strike",` +
			`"e":"on: strike","f":"x"}`,
		`message=m errorType=Shop.Closed errorMessage="on: strike" e="on: strike" f=x`},
	{"Lambda's names", nil, []any{"level", 1, "timestamp", 2, "message", 3, "requestId", "mine",
		"errorType", "T", "err", errors.New("x"), slog.Group("g", "level", 4)},
		`"message":"m","errorMessage":"x","level_":1,"timestamp_":2,"message_":3,` +
			`"requestId":"mine","errorType":"T","err":"x","g":{"level":4}}`,
		`message=m errorMessage=x level_=1 timestamp_=2 message_=3 requestId=mine errorType=T ` +
			`err=x g.level=4`},
	{"two groups from one", func(h slog.Handler) slog.Handler {
		h = h.WithGroup("a").WithGroup("b").WithGroup("c")
		first := h.WithGroup("first")
		h.WithGroup("second")
		return first
	}, []any{"n", 1}, `"message":"m","a":{"b":{"c":{"first":{"n":1}}}}}`,
		`message=m a.b.c.first.n=1`},
	{"two loggers from one", func(h slog.Handler) slog.Handler {
		h = h.WithAttrs([]slog.Attr{slog.Int("a", 1)})
		first := h.WithAttrs([]slog.Attr{slog.Int("first", 1)})
		h.WithAttrs([]slog.Attr{slog.Int("other", 2)})
		return first
	}, nil, `"message":"m","a":1,"first":1}`, `message=m a=1 first=1`},
	{"methods that panic", nil, []any{"a", (*failure)(nil), "b", &panics{}, "c", (*panics)(nil)},
		`"message":"m","errorType":"failure","errorMessage":"<nil>","a":"<nil>",` +
			`"b":"!PANIC: runtime error: integer divide by zero","c":null}`,
		`message=m errorType=failure errorMessage=<nil> a=<nil> ` +
			`b="%!v(PANIC=String method: runtime error: integer divide by zero)" c=<nil>`},
	{"no JSON", nil, []any{"a", func() {}, "b", 1},
		`"message":"m","a":"!ERROR: json: unsupported type: func()","b":1}`, ""},
}

// Each line is what it should be, byte for byte, in JSON and as text.
func TestLines(t *testing.T) {
	for _, c := range lines {
		t.Run(c.name, func(t *testing.T) {
			for format, want := range map[lambdaslog.Format]string{
				lambdaslog.JSON: `{"timestamp":"2026-11-25T20:30:05.006Z","level":"INFO",` + c.json,
				lambdaslog.Text: `timestamp=2026-11-25T20:30:05.006Z level=INFO ` + c.text,
			} {
				if format == lambdaslog.Text && c.text == "" {
					continue
				}
				var w log
				var h slog.Handler = lambdaslog.New(&w, &lambdaslog.Options{Format: format})
				if c.with != nil {
					h = c.with(h)
				}
				for range 2 { // of which the second finds used memory
					record(t, h, context.Background(), "m", c.attrs...)
					got := w.only(t)
					if got != want {
						t.Errorf("got  %s\nwant %s", got, want)
					}
					if format == lambdaslog.JSON && !json.Valid([]byte(got)) {
						t.Error("not JSON")
					}
				}
			}
		})
	}
}

// The formats and the levels are those of Lambda's environment, in any case; options come first.
func TestEnvironment(t *testing.T) {
	for _, c := range []struct {
		format, level string
		options       *lambdaslog.Options
		json          bool
		least         slog.Level
	}{
		{"", "", nil, false, slog.LevelInfo},
		{"TEXT", "ERROR", nil, false, slog.LevelError},
		{"JSON", "TRACE", nil, true, lambdaslog.LevelTrace},
		{"json", "fatal", nil, true, lambdaslog.LevelFatal},
		{"Json", "Warn", &lambdaslog.Options{}, true, slog.LevelWarn},
		{"yaml", "loud", nil, false, slog.LevelInfo},
		{"JSON", "DEBUG", &lambdaslog.Options{Format: lambdaslog.Text}, false, slog.LevelDebug},
		{"TEXT", "FATAL", &lambdaslog.Options{Format: lambdaslog.JSON,
			Level: slog.LevelDebug}, true, slog.LevelDebug},
	} {
		t.Setenv("AWS_LAMBDA_LOG_FORMAT", c.format)
		t.Setenv("AWS_LAMBDA_LOG_LEVEL", c.level)
		var w log
		h := lambdaslog.New(&w, c.options)
		for level := lambdaslog.LevelTrace; level <= lambdaslog.LevelFatal; level++ {
			if got := h.Enabled(context.Background(), level); got != (level >= c.least) {
				t.Errorf("%s, %s: level %v: %v", c.format, c.level, level, got)
			}
		}
		record(t, h, context.Background(), "m")
		if got := w.only(t); (got[0] == '{') != c.json {
			t.Errorf("%s, %+v: %s", c.format, c.options, got)
		}
	}
}

// Every level has the name of Lambda's that it reaches.
func TestLevelNames(t *testing.T) {
	var w log
	h := lambdaslog.New(&w, &lambdaslog.Options{Format: lambdaslog.JSON})
	for level, want := range map[slog.Level]string{-100: "TRACE", -8: "TRACE", -5: "TRACE",
		-4: "DEBUG", -1: "DEBUG", 0: "INFO", 3: "INFO", 4: "WARN", 8: "ERROR", 11: "ERROR",
		12: "FATAL", 100: "FATAL"} {
		if err := h.Handle(context.Background(), slog.Record{Level: level}); err != nil {
			t.Fatal(err)
		}
		if got := w.only(t); got != `{"level":"`+want+`","message":""}` {
			t.Errorf("%d: %s", level, got)
		}
	}
}

// ReplaceAttr sees each attribute that is no group, with the groups it is in, and none of Lambda's
// fields.
func TestReplaceAttr(t *testing.T) {
	var w log
	var seen []string
	h := lambdaslog.New(&w, &lambdaslog.Options{Format: lambdaslog.JSON,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			seen = append(seen, strings.Join(append(groups, a.Key), "."))
			switch a.Key {
			case "password":
				return slog.Attr{}
			case "name":
				return slog.String("name", "…")
			}
			return a
		}}).WithAttrs([]slog.Attr{slog.Int("a", 1)}).WithGroup("g")
	record(t, h, context.Background(), "m", "password", "x", "name", "y", slog.Group("h", "b", 2))
	want := `"message":"m","a":1,"g":{"name":"…","h":{"b":2}}}`
	if got := w.only(t); !strings.HasSuffix(got, want) {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if got := strings.Join(seen, " "); got != "a g.password g.name g.h.b" {
		t.Errorf("saw %s", got)
	}
}

// AddSource names the line that has logged.
func TestSource(t *testing.T) {
	for format, want := range map[lambdaslog.Format]string{
		lambdaslog.JSON: `"level":"INFO","source":{"function":"github.com/minlambda/minlambda/` +
			`lambdaslog_test.TestSource","file":"`,
		lambdaslog.Text: "level=INFO source=",
	} {
		var w log
		h := lambdaslog.New(&w, &lambdaslog.Options{Format: format, AddSource: true})
		slog.New(h).Info("m")
		got := w.only(t)
		if !strings.Contains(got, want) || !strings.Contains(got, "handler_test.go") {
			t.Errorf("%s", got)
		}
	}
}

// alone is a writer that sees two writes at once.
type alone struct {
	writing atomic.Int32
	writes  []string
}

func (a *alone) Write(p []byte) (int, error) {
	if a.writing.Add(1) > 1 {
		return 0, errors.New("two writes at once")
	}
	runtime.Gosched()
	a.writes = append(a.writes, string(p))
	a.writing.Add(-1)
	return len(p), nil
}

// Handlers that come from one write whole lines, from many goroutines, in one write each, and one
// after the other.
func TestConcurrentUse(t *testing.T) {
	var w alone
	root := lambdaslog.New(&w, &lambdaslog.Options{Format: lambdaslog.JSON})
	var all sync.WaitGroup
	const goroutines, each = 8, 200
	for i := range goroutines {
		all.Add(1)
		go func() {
			defer all.Done()
			logger := slog.New(root).With("i", i).WithGroup("g")
			for n := range each {
				logger.Info("m", "i", i, "n", n, "text", strings.Repeat("x", n))
			}
		}()
	}
	all.Wait()
	seen := map[string]bool{}
	for _, line := range w.writes {
		var m struct {
			I int
			G struct {
				I, N int
				Text string
			}
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil || m.I != m.G.I ||
			len(m.G.Text) != m.G.N {
			t.Fatalf("%v in %s", err, line)
		}
		seen[fmt.Sprint(m.I, m.G.N)] = true
	}
	if len(seen) != goroutines*each || len(w.writes) != goroutines*each {
		t.Errorf("%d lines, %d different; want %d", len(w.writes), len(seen), goroutines*each)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// The error of the writer is Handle's.
func TestWriterThatFails(t *testing.T) {
	h := lambdaslog.New(broken{}, nil)
	if err := h.Handle(context.Background(), slog.Record{}); err != io.ErrClosedPipe {
		t.Errorf("got %v", err)
	}
}
