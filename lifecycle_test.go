package minlambda_test

import (
	"context"
	"errors"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/peerscript"
	"github.com/minlambda/minlambda/internal/processtest"
	"github.com/minlambda/minlambda/lambdatest"
	"github.com/minlambda/minlambda/wire"
)

// A goexitError ends its goroutine when it is asked for its text.
type goexitError struct{}

func (goexitError) Error() string { runtime.Goexit(); return "" }

// A namedError has a type of its own choice.
type namedError struct{}

func (namedError) Error() string     { return "no table\nof that name" }
func (namedError) ErrorType() string { return "Function.NoTable" }

// starts are start-ups that fail, and what is said of them: type, message, the error-type header,
// and where in the stack it happened.
var starts = map[string]struct {
	f                           func() error
	kind, message, header, here string
}{
	"error": {func() error { return errors.New("no table") }, "errorString", "no table",
		"Function.ErrorString", ""},
	"typed error": {func() error { return namedError{} }, "Function.NoTable",
		"no table\nof that name", "Function.NoTable", ""},
	"panic": {func() error { panic("boom") }, "string", "boom", "Runtime.Panic",
		"lifecycle_test.go"},
	"nil pointer": {func() error { var p *int; *p = 1; return nil }, "errorString",
		"runtime error: invalid memory address or nil pointer dereference", "Runtime.Panic",
		"lifecycle_test.go"},
	"Goexit": {func() error { runtime.Goexit(); return nil }, "Goexit",
		"init called runtime.Goexit", "Runtime.Panic", "lifecycle_test.go"},
	"no function": {nil, "errorString", "minlambda: Init was given no function",
		"Function.ErrorString", ""},
	"an error that panics": {func() error { return &spitefulError{"x"} }, "spitefulError",
		"spitefulError whose method panicked: Error panics: x", "Function.SpitefulError", ""},
	"an error that exits": {func() error { return goexitError{} }, "Goexit",
		"init called runtime.Goexit", "Runtime.Panic", "lifecycle_test.go"},
}

func init() {
	children := map[string]func(){
		"init is fine": func() {
			n := 0
			minlambda.Init(func() error { n++; return nil })
			minlambda.Init(func() error { n++; return nil })
			minlambda.RunOK(func(dst, event []byte) []byte { return append(dst, byte('0'+n)) })
		},
		"init: a panic that exits": func() {
			minlambda.Init(func() error { panic(goexitError{}) })
			minlambda.Run(echo)
		},
		"FailInit of an error that exits": func() { minlambda.FailInit(goexitError{}) },
	}
	for name, start := range starts {
		children["init: "+name] = func() {
			go func() { select {} }() // the process would live on without its main goroutine
			minlambda.Init(start.f)
			minlambda.Run(echo)
		}
	}
	processtest.Children(children)
}

// A start-up that succeeds goes on to serve.
func TestInit(t *testing.T) {
	t.Parallel()
	p := processtest.Child(t, "init is fine").Start()
	if r := p.Invoke("x"); string(r.Body) != "2" {
		t.Errorf("got %q", r.Body)
	}
	p.Silent()
}

// A start-up that fails is reported and printed, whatever it fails with, and the process exits.
func TestInitFails(t *testing.T) {
	for name, c := range starts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := processtest.Child(t, "init: "+name).Start()
			out := p.Exits(1)
			e := p.API.InitError()
			if e == nil {
				t.Fatalf("nothing was reported; printed %q", out)
			}
			if e.Type != c.kind || e.Message != c.message ||
				e.Header.Get("Lambda-Runtime-Function-Error-Type") != c.header {
				t.Errorf("reported %v, header %v", e, e.Header)
			}
			what := "error"
			if c.here != "" {
				what = "panic"
				if len(e.StackTrace) == 0 || !strings.HasSuffix(e.StackTrace[0].Path, c.here) &&
					!strings.HasSuffix(e.StackTrace[1].Path, c.here) {
					t.Errorf("stack %+v, want %s innermost", e.StackTrace, c.here)
				}
			} else if strings.Contains(string(e.Raw), "stackTrace") {
				t.Errorf("report with a stack: %s", e.Raw)
			}
			line := "minlambda: init: " + what + ": " + c.kind + ": " +
				strings.ReplaceAll(c.message, "\n", `\n`) + "\n"
			if !strings.HasPrefix(out, line) || c.here == "" && out != line ||
				!strings.Contains(out, c.here) {
				t.Errorf("printed %q, want %q", out, line)
			}
			if got := p.Paths(); !slices.Equal(got, []string{"/2018-06-01/runtime/init/error"}) {
				t.Errorf("requests %q", got)
			}
		})
	}
}

// Even where nothing can be said of a start-up, the process does not live on.
func TestInitThatCannotBeDescribed(t *testing.T) {
	for _, name := range []string{"init: a panic that exits", "FailInit of an error that exits"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := processtest.Child(t, name).Start()
			if out := p.Exits(1); !strings.Contains(out, "minlambda: init: a method of its error") {
				t.Errorf("printed %q", out)
			}
		})
	}
}

// Without a Runtime API the start-up runs, its failure is printed after the reason why it was not
// reported, and the process exits.
func TestInitWithoutAPI(t *testing.T) {
	t.Parallel()
	out := processtest.Child(t, "init: error").Bare().Exits(1)
	if !regexp.MustCompile(`^minlambda: AWS_LAMBDA_RUNTIME_API: not set: [^\n]+\n` +
		`minlambda: init: error: errorString: no table\n$`).MatchString(out) {
		t.Errorf("printed %q", out)
	}
	p := processtest.Child(t, "init: panic", "AWS_LAMBDA_LOG_FORMAT=JSON").Start()
	if out := p.Exits(1); !strings.Contains(out, `"level":"FATAL","message":"boom",`+
		`"errorType":"string","errorMessage":"boom","stackTrace":[{"path":"`) {
		t.Errorf("printed %s", out)
	}
}

// A report that is refused does not keep the process.
func TestInitRefused(t *testing.T) {
	t.Parallel()
	p := processtest.Child(t, "init: error")
	p.API.Script(lambdatest.Answer{Status: 500})
	if out := p.Start().Exits(1); !strings.HasPrefix(out,
		"minlambda: init/error: unexpected status: 500 ") ||
		!strings.HasSuffix(out, "\nminlambda: init: error: errorString: no table\n") {
		t.Errorf("printed %q", out)
	}
}

// snapStart runs loop.SnapStart against api, in the environment of SnapStart, and returns what it
// does.
func snapStart(t *testing.T, ctx context.Context, api string, before, after func() error) (
	err <-chan error, logged func() []minlambda.Record) {
	t.Helper()
	t.Setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
	ended := make(chan error, 1)
	var records []minlambda.Record
	l := minlambda.Loop{API: api, Log: func(r minlambda.Record) { records = append(records, r) }}
	go func() {
		defer close(ended) // also after a Goexit
		ended <- l.SnapStart(ctx, before, after)
	}()
	return ended, func() []minlambda.Record { return records }
}

func snapServer(t *testing.T) *lambdatest.Server {
	api := lambdatest.NewServer()
	api.SnapStart = true
	t.Cleanup(func() {
		api.Close()
		for _, v := range api.Violations() {
			t.Errorf("violation: %s", v)
		}
	})
	return api
}

func await[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatal("it hangs")
		panic("unreachable")
	}
}

// What is to be done before comes before the GET, what is to be done after after its answer.
func TestSnapStart(t *testing.T) {
	api := snapServer(t)
	var did []string
	ended, logged := snapStart(t, context.Background(), api.Addr(),
		func() error { did = append(did, "before"); return nil },
		func() error { did = append(did, "after"); return nil })
	await(t, api.Snapshot())
	api.Restore()
	if err := await(t, ended); err != nil || !slices.Equal(did, []string{"before", "after"}) ||
		len(logged()) > 0 {
		t.Errorf("got %v, did %q, logged %v", err, did, logged())
	}
}

// Without snap-start nothing is run, and nobody asked; functions that are nil are none.
func TestSnapStartElsewhere(t *testing.T) {
	for _, kind := range []string{"", "on-demand", "provisioned-concurrency",
		"lambda-managed-instances", "Snap-Start"} {
		t.Setenv("AWS_LAMBDA_INITIALIZATION_TYPE", kind)
		called := func() error { t.Error("called"); return nil }
		minlambda.SnapStart(called, called)
		l := minlambda.Loop{API: "nonsense"}
		if err := l.SnapStart(context.Background(), called, called); err != nil {
			t.Errorf("%q: %v", kind, err)
		}
	}
	api := snapServer(t)
	api.Restore()
	ended, _ := snapStart(t, context.Background(), api.Addr(), nil, nil)
	if err := await(t, ended); err != nil {
		t.Error(err)
	}
}

// What fails before is an init error, what fails after a restore error; the loop has logged it, and
// returns it. A Goexit goes on.
func TestSnapStartFails(t *testing.T) {
	const before, after = "Runtime.BeforeSnapshotError", "Runtime.AfterRestoreError"
	cause := namedError{}
	for name, c := range map[string]struct {
		f             func() error
		message, says string
	}{
		"error": {func() error { return cause }, cause.Error(), "STAGE: " + cause.Error()},
		"panic": {func() error { panic("a\nb") }, "a\nb", `STAGE: panic: "a\nb"`},
		"exit":  {func() error { runtime.Goexit(); return nil }, "STAGE called runtime.Goexit", ""},
	} {
		for _, kind := range []string{before, after} {
			t.Run(name+" "+kind, func(t *testing.T) {
				api := snapServer(t)
				api.Restore()
				fs := map[string]func() error{kind: c.f}
				if kind == before {
					fs[after] = func() error { t.Error("after was called"); return nil }
				}
				ended, logged := snapStart(t, context.Background(), api.Addr(), fs[before],
					fs[after])
				err := await(t, ended)
				e, other, stage := api.InitError(), api.RestoreError(), "before snapshot"
				if kind == after {
					e, other, stage = other, e, "after restore"
				}
				message := strings.ReplaceAll(c.message, "STAGE", stage)
				if e == nil || other != nil || e.Message != message || e.Type != kind ||
					e.Header.Get("Lambda-Runtime-Function-Error-Type") != kind ||
					(len(e.StackTrace) > 0) != (name != "error") {
					t.Errorf("reported %v, %v", e, other)
				}
				says := strings.ReplaceAll("minlambda: "+c.says, "STAGE", stage)
				if (err == nil) != (c.says == "") || err != nil && err.Error() != says ||
					name == "error" && !errors.Is(err, cause) {
					t.Errorf("returned %v", err)
				}
				if got := logged(); len(got) != 1 || got[0].Type != kind ||
					got[0].Message != message || got[0].Level != minlambda.LevelFatal ||
					got[0].Panic != (name != "error") {
					t.Errorf("logged %+v", got)
				}
			})
		}
	}
}

// A connection that is lost at restore/next is made anew, and asked again; the report about what
// comes after goes over another.
func TestSnapStartConnectionLost(t *testing.T) {
	const get = "GET /2018-06-01/runtime/restore/next HTTP/1.1\r\n"
	peer := peerscript.Listen(t)
	ended, logged := snapStart(t, context.Background(), peer.Addr, nil,
		func() error { return errors.New("x") })
	conn := peer.Accept()
	conn.Request(get)
	conn.Close()
	conn = peer.Accept()
	conn.Request(get)
	conn.Send("HTTP/1.1 200 OK\r\nContent-")
	conn.Reset()
	conn = peer.Accept()
	conn.Request(get)
	conn.Send("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
	conn.Ended()
	conn = peer.Accept()
	conn.Request(get)
	conn.Send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	conn.Ended()
	conn = peer.Accept()
	conn.Request("POST /2018-06-01/runtime/restore/error HTTP/1.1\r\n")
	conn.Close()
	conn = peer.Accept()
	conn.Request("POST /2018-06-01/runtime/restore/error HTTP/1.1\r\n")
	conn.Send(peerscript.Accepted)
	if err := await(t, ended); err == nil || err.Error() != "minlambda: after restore: x" {
		t.Errorf("returned %v", err)
	}
	if len(logged()) != 1 {
		t.Errorf("logged %v", logged())
	}
}

// What refuses to restore ends it, with one line that says where; so does one that is never there.
func TestSnapStartRefused(t *testing.T) {
	after := func() error { t.Error("after was called"); return nil }
	for answer, want := range map[string]error{
		peerscript.Answer(403, `{"errorType":"InvalidStateTransition"}`): wire.ErrStatus,
		peerscript.Answer(404, "404 page not found\n"):                   wire.ErrStatus,
		peerscript.Answer(500, ""):                                       wire.ErrStatus,
		peerscript.Answer(200, "") + "x":                                 wire.ErrUnasked,
		"HTTP/1.1 200 OK\r\n\r\n":                                        wire.ErrUnframed,
	} {
		peer := peerscript.Listen(t)
		ended, _ := snapStart(t, context.Background(), peer.Addr, nil, after)
		conn := peer.Accept()
		conn.Request("GET /2018-06-01/runtime/restore/next")
		conn.Send(answer)
		conn.CloseWrite()
		conn.Ended()
		err := await(t, ended)
		var e *minlambda.Error
		if !errors.As(err, &e) || e.Op != "restore/next" || !errors.Is(err, want) ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("answer %q: %v", answer, err)
		}
	}
	nobody := peerscript.Listen(t)
	nobody.Close()
	ended, _ := snapStart(t, context.Background(), nobody.Addr, nil, after)
	var e *minlambda.Error
	if err := await(t, ended); !errors.As(err, &e) || e.Op != "connect" {
		t.Errorf("nobody there: %v", err)
	}
	never := func() error { t.Error("before was called"); return nil }
	ended, _ = snapStart(t, context.Background(), "nonsense:", never, after)
	if err := await(t, ended); !errors.As(err, &e) || e.Op != "Loop.API" {
		t.Errorf("a bad address: %v", err)
	}
}

// A report that is refused is logged, with what the API said, before what it was about.
func TestRestoreErrorRefused(t *testing.T) {
	api := snapServer(t)
	api.Restore()
	api.Script(lambdatest.Answer{Status: 403})
	ended, logged := snapStart(t, context.Background(), api.Addr(), nil,
		func() error { return errors.New("x") })
	err := await(t, ended)
	if got := logged(); err == nil || len(got) != 2 || !strings.HasPrefix(got[0].Message,
		"minlambda: restore/error: unexpected status: 403 {") || got[1].Message != "x" {
		t.Errorf("returned %v, logged %+v", err, got)
	}
}

// A context that ends ends the wait, and nothing is done after it.
func TestSnapStartContext(t *testing.T) {
	api := snapServer(t)
	ctx, cancel := context.WithCancel(context.Background())
	ended, logged := snapStart(t, ctx, api.Addr(), nil,
		func() error { t.Error("after was called"); return nil })
	await(t, api.Snapshot())
	cancel()
	if err := await(t, ended); err != context.Canceled || len(logged()) > 0 {
		t.Errorf("returned %v, logged %v", err, logged())
	}
}

// An event that comes as the answer to restore/next, as from AWS's emulator, is lost, and said to
// be.
func TestSnapStartAnsweredWithAnEvent(t *testing.T) {
	peer := peerscript.Listen(t)
	did := false
	ended, logged := snapStart(t, context.Background(), peer.Addr, nil,
		func() error { did = true; return nil })
	conn := peer.Accept()
	conn.Request("GET /2018-06-01/runtime/restore/next")
	conn.Send(peerscript.Event("an-id", "{}"))
	conn.Ended()
	if err := await(t, ended); err != nil || !did || len(logged()) != 1 ||
		!strings.Contains(logged()[0].Message, `the event "an-id", which is lost`) {
		t.Errorf("returned %v, logged %v", err, logged())
	}
}
