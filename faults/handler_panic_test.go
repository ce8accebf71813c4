package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/lambdatest"
)

type spitefulError struct{ text string }

func (e *spitefulError) Error() string { panic("Error panics: " + e.text) }

type unprintable struct{ a, b int }

type (
	code  uint8
	title string
	ratio float32
)

// The functions that go wrong, each the innermost frame of its own stack.

//go:noinline
func panicsWith(v any) { panic(v) }

//go:noinline
func derefs(p *unprintable) int { return p.b }

//go:noinline
func indexes(b []byte, i int) byte { return b[i] }

var quotient int

//go:noinline
func divides(a, b int) int { return a / b }

//go:noinline
func exits() { runtime.Goexit() }

//go:noinline
func recurses(n int) int {
	if n == 0 {
		panic("deep")
	}
	return recurses(n-1) + 1
}

// panics are the ways in which a handler goes wrong, and what is reported of each.
var panics = []struct {
	name    string
	do      func()
	first   string // the first frame's label
	message string
	kind    string
}{
	{"string", func() { panicsWith("boom") }, "panicsWith", "boom", "string"},
	{"error", func() { panicsWith(errors.New("broken")) }, "panicsWith", "broken",
		"errorString"},
	{"Stringer", func() { panicsWith(90 * time.Second) }, "panicsWith", "1m30s", "Duration"},
	{"int", func() { panicsWith(-42) }, "panicsWith", "-42", "int"},
	{"bool", func() { panicsWith(true) }, "panicsWith", "true", "bool"},
	{"named string", func() { panicsWith(title("Ada")) }, "panicsWith", "Ada", "title"},
	{"named number", func() { panicsWith(code(200)) }, "panicsWith", "200", "code"},
	{"float", func() { panicsWith(-0.25) }, "panicsWith", "-0.25", "float64"},
	{"named float", func() { panicsWith(ratio(0.1)) }, "panicsWith", "0.1", "ratio"},
	{"complex", func() { panicsWith(1 - 2i) }, "panicsWith", "(1-2i)", "complex128"},
	{"uintptr", func() { panicsWith(uintptr(7)) }, "panicsWith", "7", "uintptr"},
	{"struct", func() { panicsWith(unprintable{1, 2}) }, "panicsWith", "unprintable",
		"unprintable"},
	{"nil", func() { panicsWith(nil) }, "panicsWith", "nil", "PanicNilError"},
	{"nil dereference", func() { derefs(nil) }, "derefs", "nil pointer dereference",
		"errorString"},
	{"index out of range", func() { indexes(nil, 3) }, "indexes",
		"index out of range [3] with length 0", "boundsError"},
	{"division by zero", func() { quotient = divides(1, 0) }, "divides",
		"integer divide by zero", "runtimeError"},
	{"Goexit", exits, "exits", "Goexit", "Goexit"},
	{"error whose method panics", func() { panicsWith(&spitefulError{"x"}) }, "panicsWith",
		"spitefulError", "spitefulError"},
	{"deep", func() { recurses(5000) }, "recurses", "deep", "string"},
	{"line breaks", func() { panicsWith("a\r\nb\x00\xff") }, "panicsWith", "a\r\nb\x00\uFFFD",
		"string"},
	{"huge", func() { panicsWith(strings.Repeat("\x00", 2<<20)) }, "panicsWith", "\x00\x00",
		"string"},
}

func TestHandlerPanics(t *testing.T) {
	for _, c := range panics {
		t.Run(c.name, func(t *testing.T) {
			s := looptest.Start(t, minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
				c.do()
				return event, nil
			}})
			p := s.Queue("{}")
			s.Queue("not reached")
			r := s.Result(p)
			if r.Err == nil {
				t.Fatalf("the invocation ended with %q", r.Body)
			}
			if !json.Valid(r.Err.Raw) || len(r.Err.Raw) > 1<<20 {
				t.Errorf("report of %d bytes %.300q; want JSON under 1 MiB", len(r.Err.Raw),
					r.Err.Raw)
			}
			if !strings.Contains(r.Err.Message, c.message) {
				t.Errorf("message %.300q; want %q in it", r.Err.Message, c.message)
			}
			if c.kind != "runtimeError" &&
				r.Err.Type != c.kind { // what the runtime calls its own errors is up to it
				t.Errorf("type %q, want %q", r.Err.Type, c.kind)
			}
			if got := r.Header.Get("Lambda-Runtime-Function-Error-Type"); got != "Runtime.Panic" {
				t.Errorf("error type header %q", got)
			}
			frames := checkStack(t, r.Err.Raw, c.first)
			if c.name == "deep" && frames != 64 {
				t.Errorf("%d frames; want the limit", frames)
			}

			if rec := s.Panicked(); rec.Level != minlambda.LevelFatal ||
				rec.RequestID != p.RequestID() || rec.Type != r.Err.Type ||
				string([]rune(rec.Message)) != r.Err.Message || strings.Count(rec.Stack,
				"\n") != 2*frames-1 {
				t.Errorf("logged %+v", rec)
			}
			if c.name == "Goexit" {
				// The goroutine is gone, and with it what Run would have returned.
				if s.Err != nil {
					t.Errorf("Run returned %v", s.Err)
				}
			} else if e := s.Failed(); e.Op != "handler" {
				t.Errorf("Run returned %v", e)
			}
			s.Logs("minlambda: handler: panic: ", c.first, "handler_panic_test.go:")
			if got := looptest.Posts(s.API); len(got) != 1 ||
				!strings.HasSuffix(got[0], p.RequestID()+"/error") {
				t.Errorf("POSTs %q", got)
			}
		})
	}
}

// checkStack checks that the report has a stack whose first frame is the function, and none of the
// Go runtime's.
func checkStack(t *testing.T, report []byte, first string) (frames int) {
	t.Helper()
	var fields struct {
		StackTrace []struct {
			Path  *string
			Line  *int
			Label *string
		} `json:"stackTrace"`
	}
	if err := json.Unmarshal(report, &fields); err != nil {
		t.Fatal(err)
	}
	if len(fields.StackTrace) == 0 || len(fields.StackTrace) > 100 {
		t.Fatalf("%d frames in %.300s", len(fields.StackTrace), report)
	}
	for i, f := range fields.StackTrace {
		if f.Path == nil || f.Line == nil || f.Label == nil {
			t.Fatalf("frame %d lacks path, line or label: %.300s", i, report)
		}
		if *f.Line <= 0 || strings.Contains(*f.Path, "runtime/") ||
			strings.Contains(*f.Label, "gopanic") {
			t.Errorf("frame %d is %s:%d %s", i, *f.Path, *f.Line, *f.Label)
		}
	}
	if f := fields.StackTrace[0]; *f.Label != first ||
		*f.Path != "github.com/minlambda/minlambda/faults/handler_panic_test.go" {
		t.Errorf("first frame %s:%d %s; want %s", *f.Path, *f.Line, *f.Label, first)
	}
	return len(fields.StackTrace)
}

// Under GODEBUG=panicnil=1 there is nothing to recover from panic(nil), as from Goexit, but it is
// none.
func TestPanicNil(t *testing.T) {
	t.Setenv("GODEBUG", "panicnil=1")
	s := looptest.Start(t, minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
		panicsWith(nil)
		return nil, nil
	}})
	r := s.Invoke("{}")
	if r.Err == nil || r.Err.Message != "nil" || r.Err.Type != "nil" {
		t.Fatalf("ended with %q, %v", r.Body, r.Err)
	}
	checkStack(t, r.Err.Raw, "panicsWith")
	if e := s.Failed(); e.Error() != `minlambda: handler: panic: "nil"` {
		t.Errorf("Run returned %v", e)
	}
	s.Logs("minlambda: handler: panic: RequestId: ", " nil: nil\n")
}

// An error that was returned has methods of the user's, too.
func TestReturnedErrorPanics(t *testing.T) {
	s := looptest.Start(t, minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
		return nil, &spitefulError{"x"}
	}})
	r := s.Invoke("{}")
	if r.Err == nil || !strings.Contains(r.Err.Message, "Error panics: x") ||
		!bytes.Contains(r.Err.Raw, []byte("stackTrace")) {
		t.Errorf("ended with %q, %v", r.Body, r.Err)
	}
	s.Failed()
}

// A panic in RunInvocation's form ends its context, too, and one behind the first is still the
// innermost.
func TestInvokePanics(t *testing.T) {
	s := looptest.Start(t, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		defer func() { panicsWith("the second") }()
		inv.Context()
		panic("the first")
	}})
	r := s.Invoke("{}")
	if r.Err == nil || r.Err.Message != "the second" {
		t.Fatalf("ended with %q, %v", r.Body, r.Err)
	}
	checkStack(t, r.Err.Raw, "panicsWith")
	s.Failed()
}

// What a handler has written before it failed is not sent.
func TestPanicAfterWriting(t *testing.T) {
	s := looptest.Start(t, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		inv.WriteString("half a response")
		panic("boom")
	}})
	if r := s.Invoke("{}"); r.Err == nil || r.Err.Message != "boom" ||
		bytes.Contains(r.Err.Raw, []byte("half")) {
		t.Errorf("ended with %q, %v", r.Body, r.Err)
	}
	s.Failed()
}

func goexit(dst, event []byte) ([]byte, error) {
	if string(event) == "goexit" {
		runtime.Goexit()
	}
	return answer(dst, event)
}

func init() {
	children["goexit"] = func() {
		go func() { select {} }() // a process with another goroutine lives on without its first
		minlambda.Run(goexit)
	}
	children["goexit of an invocation"] = func() {
		go func() { select {} }()
		minlambda.RunInvocation(func(inv *minlambda.Invocation) error {
			out, err := goexit(nil, inv.Event())
			inv.SetResponse(out)
			return err
		})
	}
}

// A handler that calls runtime.Goexit ends the process under the functions that
// never return, after it has been reported.
func TestGoexitEndsTheProcess(t *testing.T) {
	t.Parallel()
	for name := range children {
		if !strings.HasPrefix(name, "goexit") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := child(t, name)
			fine(t, p.API)
			r := looptest.Result(t, p.API.Queue(lambdatest.Event{Payload: []byte("goexit")}))
			if r.Err == nil || !strings.Contains(r.Err.Message, "Goexit") {
				t.Errorf("reported %s", outcome(r))
			}
			if says := p.Exits(1); !strings.Contains(says, "runtime.Goexit") {
				t.Errorf("it said %q", says)
			}
		})
	}
}

// Under Loop.Run it ends the goroutine that has called Run, as Goexit says: its
// deferred functions run, and Run leaves nothing behind.
func TestGoexitUnderLoopRun(t *testing.T) {
	api := looptest.Serve(t)
	ended, returned := make(chan struct{}), false
	go func() {
		defer close(ended)
		_ = (&minlambda.Loop{API: api.Addr(), Handler: goexit,
			Log: func(minlambda.Record) {}}).Run(context.Background())
		returned = true
	}()
	fine(t, api)
	r := looptest.Result(t, api.Queue(lambdatest.Event{Payload: []byte("goexit")}))
	if r.Err == nil || !strings.Contains(r.Err.Message, "Goexit") {
		t.Errorf("reported %s", outcome(r))
	}
	await(t, "the end of the goroutine", ended)
	if returned {
		t.Error("Run has returned")
	}
	until(t, "the connection is closed", func() bool { return api.Open() == 0 })
}
