package lambdaslog_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/lambdaslog"
	"github.com/minlambda/minlambda/lambdatest"
	"github.com/minlambda/minlambda/typed"
)

// event is one with the ID, and a tenant and an ARN that go with it.
func event(id string) lambdatest.Event {
	return lambdatest.Event{RequestID: id, Header: map[string][]string{
		"Lambda-Runtime-Aws-Tenant-Id":        {"tenant-" + id},
		"Lambda-Runtime-Invoked-Function-Arn": {"arn:" + id},
	}}
}

// A line has the request ID, the tenant's and the ARN of the invocation whose context it was logged
// with, at the top level even in a group; by the context of a raw handler, of a typed one, and of
// one that is derived.
func TestNamesOfTheInvocation(t *testing.T) {
	type key struct{}
	for _, arn := range []bool{false, true} {
		var w log
		h := lambdaslog.New(&w, &lambdaslog.Options{Format: lambdaslog.JSON, FunctionARN: arn})
		logger := slog.New(h).WithGroup("g").With("a", 1)
		say := func(ctx context.Context) {
			ctx, cancel := context.WithCancel(context.WithValue(ctx, key{}, 1))
			defer cancel()
			logger.InfoContext(ctx, "m", "b", 2)
		}
		for name, invoke := range map[string]func(*minlambda.Invocation) error{
			"raw": func(inv *minlambda.Invocation) error { say(inv.Context()); return nil },
			"typed": typed.New(typed.Task(func(ctx context.Context) error {
				say(ctx)
				return nil
			})),
		} {
			s := looptest.Start(t, minlambda.Loop{Invoke: invoke, Poison: true})
			for _, id := range []string{"one", "two"} {
				if r := s.Result(s.API.Queue(event(id))); r.Err != nil {
					t.Fatal(r.Err)
				}
				line := w.only(t)
				_, got, _ := strings.Cut(line, `"level"`)
				want := `:"INFO","requestId":"` + id + `","tenantId":"tenant-` + id + `",`
				if arn {
					want += `"functionArn":"arn:` + id + `",`
				}
				want += `"message":"m","g":{"a":1,"b":2}}`
				if got != want {
					t.Errorf("%s: got  %s\nwant %s", name, got, want)
				}
			}
		}
	}
}

// An attribute at the top level takes the place of the invocation's, one in a group does not.
func TestOwnNames(t *testing.T) {
	var w log
	h := lambdaslog.New(&w, &lambdaslog.Options{Format: lambdaslog.Text, FunctionARN: true})
	s := looptest.Start(t, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		r := slog.NewRecord(at, slog.LevelInfo, "m", 0)
		r.AddAttrs(slog.Int("requestId", 7), slog.Int("functionArn", 8))
		with := h.WithAttrs([]slog.Attr{slog.Int("tenantId", 9)})
		for _, h := range []slog.Handler{with, h.WithGroup("g")} {
			if err := h.Handle(inv.Context(), r); err != nil {
				return err
			}
		}
		return nil
	}})
	if r := s.Result(s.API.Queue(event("one"))); r.Err != nil {
		t.Fatal(r.Err)
	}
	const start = "timestamp=2026-11-25T20:30:05.006Z level=INFO "
	for i, want := range []string{
		start + "message=m tenantId=9 requestId=7 functionArn=8\n",
		start + "requestId=one tenantId=tenant-one functionArn=arn:one message=m " +
			"g.requestId=7 g.functionArn=8\n",
	} {
		if w.writes[i] != want {
			t.Errorf("wrote %swant  %s", w.writes[i], want)
		}
	}
}

// A goroutine that has outlived its handler logs with its own invocation's ID or with none, at any
// moment.
func TestNamesOfGoroutinesLeftBehind(t *testing.T) {
	const invocations, goroutines = 100, 4
	var w log
	logger := slog.New(lambdaslog.New(&w, &lambdaslog.Options{Format: lambdaslog.Text}))
	var left sync.WaitGroup
	s := looptest.Start(t, minlambda.Loop{Invoke: typed.New(typed.Task(
		func(ctx context.Context) error {
			m, _ := typed.FromContext(ctx)
			id := m.RequestID()
			if len(id)%2 == 0 { // nobody else asks in the others
				ctx = context.WithValue(ctx, "k", "v") //lint:ignore SA1029 it is a test
			}
			for range goroutines {
				left.Add(1)
				go func() {
					defer left.Done()
					for over := 0; over < 3; over++ {
						logger.InfoContext(ctx, "m", "own", id)
						if ctx.Err() == nil {
							over = 0
						}
						runtime.Gosched()
					}
				}()
			}
			return nil
		}))})
	for i := range invocations {
		if r := s.Result(s.API.Queue(event(fmt.Sprint(i * 37)))); r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	left.Wait()
	form := regexp.MustCompile(`^timestamp=\S+ level=INFO ` +
		`(?:requestId=(\S+) tenantId=tenant-(\S+) )?message=m own=(\S+)\n$`)
	for _, line := range w.writes {
		m := form.FindStringSubmatch(line)
		if m == nil || m[1] != m[2] || m[1] != "" && m[1] != m[3] {
			t.Fatalf("wrote %q", line)
		}
	}
}

// The runtime's messages come in the same format, to the same place, with the logger's attributes;
// as JSON they are what the runtime itself would write.
func TestLog(t *testing.T) {
	form := func(want string) string {
		return strings.ReplaceAll(regexp.QuoteMeta(want), "~", `[0-9TZ:.-]{24}`)
	}
	for format, want := range map[lambdaslog.Format][2]string{
		lambdaslog.JSON: {
			`{"timestamp":"~","level":"ERROR","requestId":"one","tenantId":"tenant-one",` +
				`"message":"no \"tea\"","errorType":"errorString","errorMessage":"no \"tea\"",` +
				`"service":"shop"}`,
			`{"timestamp":"~","level":"FATAL","requestId":"two","tenantId":"tenant-two",` +
				`"message":"boom\n","errorType":"string","errorMessage":"boom\n",` +
				`"stackTrace":[{"path":"`,
		},
		lambdaslog.Text: {
			`timestamp=~ level=ERROR requestId=one tenantId=tenant-one message="no \"tea\"" ` +
				`errorType=errorString service=shop`,
			`timestamp=~ level=FATAL requestId=two tenantId=tenant-two message="boom\n" ` +
				`errorType=string stackTrace="`,
		},
	} {
		var w log
		h := lambdaslog.New(&w, &lambdaslog.Options{Format: format}).
			WithAttrs([]slog.Attr{slog.String("service", "shop")}).(*lambdaslog.Handler)
		api := lambdatest.NewServer()
		l := minlambda.Loop{API: api.Addr(), Log: h.Log}
		l.Invoke = func(inv *minlambda.Invocation) error {
			if string(inv.RequestID()) == "two" {
				panic("boom\n")
			}
			return errors.New(`no "tea"`)
		}
		api.Queue(event("one"))
		api.Queue(event("two"))
		if err := l.Run(context.Background()); err == nil {
			t.Error("a panic ends a loop")
		}
		api.Close()
		for i, line := range w.writes {
			tail := "\\n$"
			if i == 1 {
				tail = "" // a stack comes
			}
			if i > 1 || !regexp.MustCompile("^"+form(want[i])+tail).MatchString(line) {
				t.Errorf("wrote %s\nwant  %s", line, want[min(i, 1)])
			}
			if strings.Count(line, "\n") != 1 {
				t.Errorf("not one line: %q", line)
			}
		}
		if len(w.writes) != 2 {
			t.Errorf("%d lines", len(w.writes))
		}
	}
}

// A message of the runtime below the level is not written; one without a level counts as INFO.
func TestLogLevel(t *testing.T) {
	var w log
	h := lambdaslog.New(&w, &lambdaslog.Options{Level: slog.LevelInfo, Format: lambdaslog.JSON})
	h.Log(minlambda.Record{Level: minlambda.LevelDebug, Message: "no"})
	h.Log(minlambda.Record{Message: "yes"})
	if got := w.only(t); !strings.HasSuffix(got, `"level":"INFO","message":"yes"}`) {
		t.Errorf("wrote %s", got)
	}
}
