package faults

import (
	"context"
	"errors"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/internal/peerscript"
	"github.com/minlambda/minlambda/lambdatest"
)

func TestFailInit(t *testing.T) {
	api := lambdatest.NewServer()
	defer api.Close()
	if err := (&minlambda.Loop{API: api.Addr()}).FailInit(context.Background(),
		errors.New("no table")); err != nil {
		t.Fatal(err)
	}
	e := api.InitError()
	if e == nil || e.Message != "no table" || e.Type != "errorString" {
		t.Fatalf("reported %v", e)
	}
	if v := api.Violations(); len(v) > 0 {
		t.Error(v)
	}
}

// FailInit has a connection of its own, and closes it.
func TestFailInitConnection(t *testing.T) {
	peer := peerscript.Listen(t)
	ended := make(chan error, 1)
	go func() {
		ended <- (&minlambda.Loop{API: peer.Addr}).FailInit(context.Background(),
			errors.New("no table"))
	}()
	conn := peer.Accept()
	conn.Request("POST /2018-06-01/runtime/init/error ")
	conn.Send(peerscript.Accepted)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	conn.Ended()
}

// A report that was refused is an error, unlike a refused response: no other invocation comes.
func TestFailInitRefused(t *testing.T) {
	api := lambdatest.NewServer()
	defer api.Close()
	api.Script(
		lambdatest.Answer{Status: 403, Body: []byte(`{"errorType":"InvalidStateTransition"}`)},
	)
	err := (&minlambda.Loop{API: api.Addr()}).FailInit(context.Background(), errors.New("no table"))
	const want = `minlambda: init/error: unexpected status: 403 ` +
		`{"errorType":"InvalidStateTransition"}`
	if err == nil ||
		err.Error() != want {
		t.Errorf("got %v; want %s", err, want)
	}
}

func init() {
	children["FailInit"] = func() { minlambda.FailInit(errors.New("no table")) }
	children["FailInit nil"] = func() { minlambda.FailInit(nil) }
	children["FailInit of an error that panics"] = func() {
		minlambda.FailInit(&spitefulError{"x"})
	}
}

// A start-up that fails is reported and printed, whatever it fails with.
func TestFailInitOfAnything(t *testing.T) {
	for name, c := range map[string]struct{ kind, message string }{
		"FailInit": {"errorString", "no table"},
		"FailInit nil": {"nil",
			"start-up failed, of which FailInit was given no error"},
		"FailInit of an error that panics": {"spitefulError",
			"spitefulError whose method panicked: Error panics: x"},
	} {
		t.Run(name, func(t *testing.T) {
			p := child(t, name)
			want := "minlambda: init: error: " + c.kind + ": " + c.message + "\n"
			if got := p.Exits(1); got != want {
				t.Errorf("printed %q, want %q", got, want)
			}
			if e := p.API.InitError(); e == nil || e.Type != c.kind || e.Message != c.message {
				t.Errorf("reported %v", e)
			}
		})
	}
	p := child(t, "FailInit", "AWS_LAMBDA_LOG_FORMAT=JSON")
	want := regexp.MustCompile(`^\{"timestamp":"[^"]+","level":"FATAL","message":"no table",` +
		`"errorType":"errorString","errorMessage":"no table"\}` + "\n$")
	if got := p.Exits(1); !want.MatchString(got) {
		t.Errorf("printed %s", got)
	}
}

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
		"failed_start_test.go"},
	"nil pointer": {func() error { var p *int; *p = 1; return nil }, "errorString",
		"runtime error: invalid memory address or nil pointer dereference", "Runtime.Panic",
		"failed_start_test.go"},
	"Goexit": {func() error { runtime.Goexit(); return nil }, "Goexit",
		"init called runtime.Goexit", "Runtime.Panic", "failed_start_test.go"},
	"no function": {nil, "errorString", "minlambda: Init was given no function",
		"Function.ErrorString", ""},
	"an error that panics": {func() error { return &spitefulError{"x"} }, "spitefulError",
		"spitefulError whose method panicked: Error panics: x", "Function.SpitefulError", ""},
	"an error that exits": {func() error { return goexitError{} }, "Goexit",
		"init called runtime.Goexit", "Runtime.Panic", "failed_start_test.go"},
}

func init() {
	children["init is fine"] = func() {
		n := 0
		minlambda.Init(func() error { n++; return nil })
		minlambda.Init(func() error { n++; return nil })
		minlambda.RunOK(func(dst, event []byte) []byte { return append(dst, byte('0'+n)) })
	}
	children["init: a panic that exits"] = func() {
		minlambda.Init(func() error { panic(goexitError{}) })
		minlambda.Run(echo)
	}
	children["FailInit of an error that exits"] = func() { minlambda.FailInit(goexitError{}) }
	for name, start := range starts {
		children["init: "+name] = func() {
			go func() { select {} }() // the process would live on without its main goroutine
			minlambda.Init(start.f)
			minlambda.Run(echo)
		}
	}
}

// A start-up that succeeds goes on to serve.
func TestInit(t *testing.T) {
	t.Parallel()
	p := looptest.Child(t, "init is fine")
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
			p := looptest.Child(t, "init: "+name)
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
			p := looptest.Child(t, name)
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
	out := looptest.PrepareChild(t, "init: error").Bare().Start().Exits(1)
	if !regexp.MustCompile(`^minlambda: AWS_LAMBDA_RUNTIME_API: not set: [^\n]+\n` +
		`minlambda: init: error: errorString: no table\n$`).MatchString(out) {
		t.Errorf("printed %q", out)
	}
	p := looptest.Child(t, "init: panic", "AWS_LAMBDA_LOG_FORMAT=JSON")
	if out := p.Exits(1); !strings.Contains(out, `"level":"FATAL","message":"boom",`+
		`"errorType":"string","errorMessage":"boom","stackTrace":[{"path":"`) {
		t.Errorf("printed %s", out)
	}
}

// A report that is refused does not keep the process.
func TestInitRefused(t *testing.T) {
	t.Parallel()
	p := looptest.PrepareChild(t, "init: error")
	p.API.Script(lambdatest.Answer{Status: 500})
	if out := p.Start().Exits(1); !strings.HasPrefix(out,
		"minlambda: init/error: unexpected status: 500 ") ||
		!strings.HasSuffix(out, "\nminlambda: init: error: errorString: no table\n") {
		t.Errorf("printed %q", out)
	}
}
