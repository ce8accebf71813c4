package minlambda_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/internal/program"
	"github.com/minlambda/minlambda/internal/verbatim"
	"github.com/minlambda/minlambda/lambdatest"
)

type plainError struct{ text string }

func (e plainError) Error() string { return e.text }

type typedError struct{ plainError }

type generic[T any] struct{ plainError }

type chosenError struct{ kind string }

func (e chosenError) Error() string     { return "chosen" }
func (e chosenError) ErrorType() string { return e.kind }

type spitefulError struct{ text string }

func (e *spitefulError) Error() string { panic("Error panics: " + e.text) }

// keptByTheAPI is the form of the header that the Runtime API keeps.
var keptByTheAPI = regexp.MustCompile(`^(Runtime|Function)\.[A-Z][a-zA-Z]+$`)

// reporting starts a loop whose next error is what is put into the pointer.
func reporting(t *testing.T) (*looptest.Session, *error) {
	var err error
	return looptest.Start(t, minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
		return dst, err
	}}), &err
}

func TestErrorType(t *testing.T) {
	t.Parallel()
	s, err := reporting(t)
	anonymous := struct{ plainError }{plainError{"x"}}
	for _, c := range []struct {
		err          error
		kind, header string // an empty kind is not looked at
	}{
		{errors.New("x"), "errorString", "Function.ErrorString"},
		{fmt.Errorf("x: %w", errors.New("y")), "wrapError", "Function.WrapError"},
		{plainError{"x"}, "plainError", "Function.PlainError"},
		{&plainError{"x"}, "plainError", "Function.PlainError"},
		{typedError{plainError{"x"}}, "typedError", "Function.TypedError"},
		{generic[int]{plainError{"x"}}, "generic[int]", "Function.Genericint"},
		{anonymous, "", ""},
		{&anonymous, "", ""},
		{chosenError{"Validation"}, "Validation", "Function.Validation"},
		{chosenError{"Function.Validation"}, "Function.Validation", "Function.Validation"},
		{chosenError{"Runtime.Validation"}, "Runtime.Validation", "Runtime.Validation"},
		{chosenError{"not found"}, "not found", "Function.Notfound"},
		{chosenError{""}, "chosenError", "Function.ChosenError"},
		{chosenError{"\r\nX-Injected: 1"}, "\r\nX-Injected: 1", ""},
		{chosenError{"x"}, "x", "Function.Unknown"},
		{chosenError{"Function."}, "Function.", "Function.Function"},
		{chosenError{strings.Repeat("Long", 10_000)}, "", ""},
		{fmt.Errorf("x: %w", fmt.Errorf("y: %w", chosenError{"Deep"})), "Deep", "Function.Deep"},
		{errors.Join(errors.New("x"), chosenError{"Joined"}), "Joined", "Function.Joined"},
	} {
		*err = c.err
		r := s.Invoke("{}")
		if r.Err == nil {
			t.Fatalf("%T was no error", c.err)
		}
		header := r.Header.Get("Lambda-Runtime-Function-Error-Type")
		if !keptByTheAPI.MatchString(header) || c.header != "" && header != c.header {
			t.Errorf("%T: header %q, want %q", c.err, header, c.header)
		}
		if c.kind != "" && r.Err.Type != c.kind {
			t.Errorf("%T: type %q, want %q", c.err, r.Err.Type, c.kind)
		}
		if r.Header.Get("X-Injected") != "" {
			t.Errorf("%T injected a header", c.err)
		}
	}
}

// Whatever the bytes of a message and a type are, the report is JSON that says the same, and the
// header is kept.
func TestReportOfAnyBytes(t *testing.T) {
	t.Parallel()
	s, err := reporting(t)
	rng := rand.New(rand.NewPCG(1, 2))
	const awkward = "\"\\\n\r\t\x00\x1f\x7f\xe2\x80\xa8\xc3\xa4\xed\xa0\x80"
	random := func() string {
		b := make([]byte, rng.IntN(200))
		for i := range b {
			switch rng.IntN(3) {
			case 0:
				b[i] = byte(rng.Uint32())
			case 1:
				b[i] = awkward[rng.IntN(len(awkward))]
			default:
				b[i] = byte(' ' + rng.IntN(95))
			}
		}
		return string(b)
	}
	for range 1000 {
		message, kind := random(), random()
		*err = both{chosenError{kind}, message}
		r := s.Invoke("{}")
		if r.Err == nil || !json.Valid(r.Err.Raw) || !utf8.Valid(r.Err.Raw) {
			t.Fatalf("message %q, type %q gave %q", message, kind, r.Err.Raw)
		}
		// encoding/json puts one U+FFFD for each byte that is not UTF-8, as converting to runes
		// does.
		if want := string([]rune(message)); r.Err.Message != want {
			t.Fatalf("message %q came as %q", want, r.Err.Message)
		}
		if kind == "" {
			kind = "both" // the name of the Go type
		}
		if want := string([]rune(kind)); r.Err.Type != want {
			t.Fatalf("type %q came as %q", want, r.Err.Type)
		}
		if h := r.Header.Get("Lambda-Runtime-Function-Error-Type"); !keptByTheAPI.MatchString(h) {
			t.Fatalf("type %q gave the header %q", kind, h)
		}
	}
}

type both struct {
	chosenError
	message string
}

func (b both) Error() string { return b.message }

func TestHugeMessage(t *testing.T) {
	t.Parallel()
	s, err := reporting(t)
	for _, unit := range []string{"x", "\x00", "\u00e4", "\xff", "\x80", "\"", "\u20ac",
		"\U0001f600"} {
		*err = errors.New(strings.Repeat("-", rand.IntN(4)) + strings.Repeat(unit, 3<<20))
		r := s.Invoke("{}")
		if r.Err == nil || len(r.Err.Raw) >= 1<<20 || !json.Valid(r.Err.Raw) ||
			!strings.HasSuffix(r.Err.Message, " bytes more)") {
			t.Errorf("%q: report of %d bytes, valid %v", unit, len(r.Err.Raw),
				json.Valid(r.Err.Raw))
		}
		if n := strings.Count(r.Err.Message, "\uFFFD"); n > 0 && utf8.ValidString(unit) {
			t.Errorf("%q: cut within a character", unit)
		}
		if n := len(r.Err.Message); n < 96<<10 {
			t.Errorf("%q: only %d bytes are left", unit, n)
		}
	}
}

// At each place where the limit can lie in a character, the character is left out.
func TestMessageCutWithinACharacter(t *testing.T) {
	t.Parallel()
	s, err := reporting(t)
	const limit = 96 << 10
	for _, unit := range []string{"\u00e4", "\u20ac", "\U0001f600"} {
		for before := range len(unit) {
			message := strings.Repeat("-", limit-before) + unit + "more"
			left := unit + "more"
			if before >= len(unit) {
				left = "more"
			}
			want := fmt.Sprintf("%s… (%d bytes more)", strings.TrimSuffix(message, left), len(left))
			*err = errors.New(message)
			if r := s.Invoke("{}"); r.Err == nil || r.Err.Message != want {
				t.Errorf("%q, of which %d bytes fit: ends with %.60q", unit, before,
					r.Err.Message[limit-8:])
			}
		}
	}
}

// Errors that are made to be walked for ever.

type cyclicError struct{ next error }

func (e *cyclicError) Error() string { return "cyclic" }
func (e *cyclicError) Unwrap() error { return e.next }

type cyclicJoin struct{ plainError }

func (e *cyclicJoin) Unwrap() []error { return []error{e, nil, e} }

// asError has a TypedError to give, or says so.
type asError struct {
	plainError
	typed minlambda.TypedError
}

func (e asError) As(target any) bool {
	if t, ok := target.(*minlambda.TypedError); ok {
		*t = e.typed
		return true
	}
	return false
}

// Whatever an error wraps, and however often, the search for its type ends, and finds what
// errors.As would.
func TestErrorsThatWrap(t *testing.T) {
	t.Parallel()
	s, err := reporting(t)
	cyclic := &cyclicError{}
	cyclic.next = &cyclicError{cyclic}
	shared := errors.New("shared")
	for range 64 {
		shared = errors.Join(shared, shared)
	}
	deep := error(chosenError{"Deep"})
	for range 5000 {
		deep = &cyclicError{deep}
	}
	wide := make([]error, 5000)
	for i := range wide {
		wide[i] = plainError{"x"}
	}
	for name, c := range map[string]struct {
		err  error
		kind string
	}{
		"cyclic":       {cyclic, "cyclicError"},
		"cyclic join":  {&cyclicJoin{}, "cyclicJoin"},
		"found before": {errors.Join(chosenError{"Before"}, cyclic), "Before"},
		"deep":         {deep, "Deep"},
		"wide":         {errors.Join(append(wide, chosenError{"Last"})...), "Last"},
		"As":           {asError{plainError{"x"}, chosenError{"As"}}, "As"},
		"As, wrapped":  {fmt.Errorf("x: %w", asError{plainError{"x"}, chosenError{"As"}}), "As"},
		"As of nil":    {asError{plainError{"x"}, nil}, "asError"},
	} {
		t.Run(name, func(t *testing.T) {
			*err = c.err
			if r := s.Invoke("{}"); r.Err == nil || r.Err.Type != c.kind {
				t.Errorf("%s: %+v; want type %s", name, r.Err, c.kind)
			}
		})
	}
	// Its text would be as long as the walk; that is errors.Join's own affair.
	*err = struct {
		plainError
		minlambdaUnwrap
	}{plainError{"x"}, minlambdaUnwrap{shared}}
	if r := s.Invoke("{}"); r.Err == nil || r.Err.Message != "x" {
		t.Errorf("shared: %+v", r.Err)
	}
}

type minlambdaUnwrap struct{ err error }

func (u minlambdaUnwrap) Unwrap() error { return u.err }

// What the caller of a function reads in the errors that are the library's own.
func TestMessagesToTheCaller(t *testing.T) {
	type secret struct{ password string }
	for _, c := range []struct {
		invoke func(inv *minlambda.Invocation) error
		want   string
	}{
		{func(inv *minlambda.Invocation) error {
			inv.SetResponse(make([]byte, minlambda.MaxResponse+1))
			return nil
		},
			"Response payload size (6291557 bytes) exceeded maximum allowed payload size" +
				" (6291556 bytes)."},
		{func(inv *minlambda.Invocation) error { inv.SetContentType("a\nb"); return nil },
			`content type has a byte other than visible ASCII, space and tab: "a\nb"`},
		{func(inv *minlambda.Invocation) error {
			inv.SetContentType(strings.Repeat("x", 1025))
			return nil
		},
			`content type of 1025 bytes, over the limit of 1024: "` +
				strings.Repeat("x", 120) + `" and 905 bytes more`},
		{func(inv *minlambda.Invocation) error { return errors.New(strings.Repeat("x", 96<<10+7)) },
			strings.Repeat("x", 96<<10) + "… (7 bytes more)"},
		{func(inv *minlambda.Invocation) error { panic(secret{"hunter2"}) },
			"value of type secret"},
		{func(inv *minlambda.Invocation) error { panic(&spitefulError{"x"}) },
			"spitefulError whose method panicked in turn"},
	} {
		t.Run(fmt.Sprintf("%.40s", c.want), func(t *testing.T) {
			s := looptest.Start(t, minlambda.Loop{Invoke: c.invoke})
			if r := s.Invoke("{}"); r.Err == nil || r.Err.Message != c.want {
				t.Errorf("%v; want %.200s", r.Err, c.want)
			}
		})
	}
}

// source writes a program, in a directory of its own, and returns its file.
func source(t *testing.T, dir, text string) string {
	t.Helper()
	dir = filepath.Join(t.TempDir(), dir)
	file := filepath.Join(dir, "file.go")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Of a program that is built without -trimpath, whose directories have other names than its
// packages, neither report nor log shows any directory.
func TestNoDirectoryOfTheBuild(t *testing.T) {
	t.Parallel()
	p := looptest.Launch(
		t,
		program.Command(looptest.Build(t, source(t, "a-secret-place", `package main

import "github.com/minlambda/minlambda"

type T struct{}

func (*T) method() { panic("boom") }

func main() {
	minlambda.RunOK(func(dst, event []byte) []byte { new(T).method(); return dst })
}
`))),
	)
	r := p.Invoke("")
	if r.Err == nil {
		t.Fatalf("ended with %+v", r)
	}
	absolute := regexp.MustCompile(`(?m)(^|[\s"(])(/|[A-Z]:)[^\s"]+`)
	for name, text := range map[string]string{"report": string(r.Err.Raw), "log": p.Exits(1)} {
		if directory := absolute.FindString(text); directory != "" || strings.Contains(text,
			"a-secret-place") {
			t.Errorf("the %s shows %q: %s", name, directory, text)
		}
		for _, want := range []string{"main/file.go", "(*T).method",
			"github.com/minlambda/minlambda/loop.go"} {
			if !strings.Contains(text, want) {
				t.Errorf("the %s lacks %s: %s", name, want, text)
			}
		}
	}
}

const causeHeader = "Lambda-Runtime-Function-XRay-Error-Cause"

// causeOf is the cause that came with a report: what the API kept of it, and the header's text.
func causeOf(t *testing.T, r lambdatest.Result) (*lambdatest.Cause, string) {
	t.Helper()
	if r.Err == nil || r.Err.Cause == nil || len(r.Err.Cause.Exceptions) != 1 {
		t.Fatalf("ended with %+v", r)
	}
	return r.Err.Cause, r.Header.Get(causeHeader)
}

// An error's cause is these bytes, whatever is in its text; what it says is what the report says.
func TestErrorCause(t *testing.T) {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	s, failure := reporting(t)
	for _, c := range []struct{ message, want string }{
		{"no tea", `no tea`},
		{"", ``},
		{"\"\\\r\n\t\x00\x1f\x7f", `\"\\\u000d\n\t\u0000\u001f\u007f`},
		{"a\xffb\xed\xa0\x80", `a\ufffdb\ufffd\ufffd\ufffd`},
		{"\u00e4\u20ac\u2028\ufffd\U0001f600", `\u00e4\u20ac\u2028\ufffd\ud83d\ude00`},
		{"<a href=\"x\">&", `\u003ca href=\"x\"\u003e\u0026`},
	} {
		*failure = both{chosenError{"K\u00e4se"}, c.message}
		cause, text := causeOf(t, s.Invoke("{}"))
		where, _ := json.Marshal(dir)
		want := `{"working_directory":` + string(where) + `,"exceptions":[{"type":"K\u00e4se",` +
			`"message":"` + c.want + `","stack":[]}],"paths":[]}`
		if text != want {
			t.Errorf("%q: cause %s\nwant %s", c.message, text, want)
		}
		if e := cause.Exceptions[0]; e.Message != string([]rune(c.message)) {
			t.Errorf("%q: the API reads %q", c.message, e.Message)
		}
	}
	s.Quiet()
}

//go:noinline
func panicsWith(v any) { panic(v) }

// A panic's cause has the report's stack, and its paths, each once.
func TestPanicCause(t *testing.T) {
	s := looptest.Start(t, minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
		panicsWith("boom")
		return nil, nil
	}})
	r := s.Invoke("{}")
	s.Panicked()
	cause, _ := causeOf(t, r)
	e := cause.Exceptions[0]
	if e.Type != "string" || e.Message != "boom" || len(e.Stack) < 4 ||
		len(e.Stack) != len(r.Err.StackTrace) {
		t.Fatalf("%+v; reported was %+v", cause, r.Err)
	}
	var paths []string
	seen := map[string]bool{}
	for i, f := range e.Stack {
		if f != r.Err.StackTrace[i] {
			t.Errorf("frame %d is %+v, reported was %+v", i, f, r.Err.StackTrace[i])
		}
		if !seen[f.Path] {
			seen[f.Path] = true
			paths = append(paths, f.Path)
		}
	}
	if got, want := strings.Join(cause.Paths, " "), strings.Join(paths, " "); got != want ||
		len(paths) < 2 {
		t.Errorf("paths %s\nwant  %s", got, want)
	}
}

// However long it would be, a cause has at most 64 KiB, also as the API writes it, and begins as
// the report does.
func TestLongCause(t *testing.T) {
	const limit = 64 << 10
	s, failure := reporting(t)
	*failure = errors.New("")
	_, text := causeOf(t, s.Invoke("{}"))
	room := limit - len(text)
	for _, unit := range []string{"x", "\x00", "\"", "\u00e4", "\xff", "<", "\U0001f600"} {
		for _, n := range []int{room - 1, room, room + 1, room / 6, room/6 + 1, limit, 1 << 20} {
			*failure = errors.New(strings.Repeat(unit, n/len(unit)))
			r := s.Invoke("{}")
			cause, text := causeOf(t, r)
			again, err := json.Marshal(cause)
			if err != nil || len(text) > limit || len(again) > limit {
				t.Errorf("%d bytes of %q: %d bytes, %d when written anew, %v", n, unit, len(text),
					len(again), err)
			}
			got, cut := cause.Exceptions[0].Message, false
			if i := strings.LastIndex(got, "… ("); i >= 0 {
				got, cut = got[:i], true
			}
			if !strings.HasPrefix(r.Err.Message, got) || len(got) < 4000 {
				t.Errorf("%d bytes of %q: %d bytes are left of %d, %.60q", n, unit, len(got),
					len(r.Err.Message), got)
			}
			if fits := unit == "x" && n <= room*3/4; fits && cut || n > room && !cut {
				t.Errorf("%d bytes of %q: cut is %v", n, unit, cut)
			}
		}
	}
}

// A cause of the largest size and a response after it share the connection: the loop goes on.
func TestLongCauseAndOn(t *testing.T) {
	for _, inSequence := range []bool{false, true} {
		s := looptest.Start(t, minlambda.Loop{InSequence: inSequence,
			Handler: func(dst, event []byte) ([]byte, error) {
				if string(event) == "fine" {
					return append(dst, event...), nil
				}
				return append(dst, event...), errors.New(string(event))
			}})
		for range 3 {
			causeOf(t, s.Invoke(strings.Repeat("\u20ac", 100_000)))
			s.Fine()
		}
		s.Quiet()
		if n := s.API.Connections(); n != 1 {
			t.Errorf("%d connections", n)
		}
	}
}

// ownReport is an error that says its report itself.
type ownReport struct{ report verbatim.Report }

func (o *ownReport) Error() string            { return "not this" }
func (o *ownReport) Report() *verbatim.Report { return &o.report }

// The report of an error that says it itself is sent as it is, in a POST or in the trailers of a
// stream; what X-Ray and the header get is made of it. The loop goes on.
func TestOwnReport(t *testing.T) {
	const report = `{"errorMessage":"\u003cno\u003e","errorType":"Shop.closed","stackTrace":[` +
		`{"path":"a.go","line":1,"label":"f"}]}`
	s := looptest.Start(t, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		if string(inv.Event()) == "stream" {
			inv.WriteString("begun")
			if err := inv.Flush(); err != nil {
				return err
			}
		}
		return &ownReport{verbatim.Report{
			Type: "Shop.closed", Message: "<no>", JSON: []byte(report),
			Frames: []byte(`{"path":"a.go","line":1,"label":"f"}`), Paths: `,"a.go"`,
		}}
	}})
	for _, event := range []string{"", "stream", ""} {
		r := s.Invoke(event)
		if r.Err == nil || string(r.Err.Raw) != report {
			t.Fatalf("%q: %s, %+v", event, r.Body, r.Err)
		}
		const header = "Lambda-Runtime-Function-Error-Type"
		got := r.Header.Get(header)
		if event == "stream" {
			got = r.Trailer.Get(header)
		} else if c := r.Err.Cause; c == nil || c.Exceptions[0].Message != "<no>" ||
			c.Exceptions[0].Type != "Shop.closed" || len(c.Exceptions[0].Stack) != 1 ||
			len(c.Paths) != 1 {
			t.Errorf("%q: the cause is %+v", event, c)
		}
		if got != "Function.Shopclosed" {
			t.Errorf("%q: the header says %q", event, got)
		}
	}
}

// One that says that the process should exit ends the loop, after it was reported; that of a panic
// is told as one.
func TestOwnReportEnds(t *testing.T) {
	for name, c := range map[string]struct {
		panics       bool
		header, ends string
	}{
		"error": {false, "Function.Unknown",
			`minlambda: handler: the error asks for the process to exit: "m"`},
		"panic": {true, "Runtime.Panic", `minlambda: handler: panic: "m"`},
	} {
		t.Run(name, func(t *testing.T) {
			var logged []minlambda.Record
			l, p := endingLoop(t, &ownReport{verbatim.Report{
				Message: "m", JSON: []byte(`{"errorMessage":"m","errorType":""}`), Stack: "f(...)",
				Panic: c.panics, Exit: true,
			}}, &logged)
			err := l.Run(t.Context())
			var ours *minlambda.Error
			if !errors.As(err, &ours) || err.Error() != c.ends {
				t.Errorf("the loop ended with %v, want %s", err, c.ends)
			}
			r, err := p.Wait(t.Context())
			got := r.Header.Get("Lambda-Runtime-Function-Error-Type")
			if err != nil || got != c.header {
				t.Errorf("%v, the header says %q, want %q", err, got, c.header)
			}
			if len(logged) != 1 || logged[0].Level != minlambda.LevelFatal ||
				logged[0].Panic != c.panics || logged[0].Stack != "f(...)" {
				t.Errorf("logged %+v", logged)
			}
		})
	}
}

// endingLoop is a loop whose handler fails, and the first of two events: the second must stay where
// it is.
func endingLoop(t *testing.T, err error, logged *[]minlambda.Record) (
	*minlambda.Loop, *lambdatest.Pending,
) {
	api := lambdatest.NewServer()
	t.Cleanup(func() {
		if n := api.Waiting(); n > 0 {
			t.Errorf("%d requests for another event", n)
		}
		api.Close()
	})
	first := api.Queue(lambdatest.Event{})
	second := api.Queue(lambdatest.Event{})
	t.Cleanup(func() {
		select {
		case <-second.Done():
			t.Error("another event was handled")
		default:
		}
	})
	return &minlambda.Loop{
		API: api.Addr(), Invoke: func(*minlambda.Invocation) error { return err },
		Log: func(r minlambda.Record) { *logged = append(*logged, r) },
	}, first
}
