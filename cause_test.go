package minlambda_test

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdatest"
)

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
		cause, text := causeOf(t, s.invoke("{}"))
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
	s.quiet()
}

// A panic's cause has the report's stack, and its paths, each once.
func TestPanicCause(t *testing.T) {
	s := start(t, nil, minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
		panicsWith("boom")
		return nil, nil
	}})
	r := s.invoke("{}")
	s.panicked()
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
	_, text := causeOf(t, s.invoke("{}"))
	room := limit - len(text)
	for _, unit := range []string{"x", "\x00", "\"", "\u00e4", "\xff", "<", "\U0001f600"} {
		for _, n := range []int{room - 1, room, room + 1, room / 6, room/6 + 1, limit, 1 << 20} {
			*failure = errors.New(strings.Repeat(unit, n/len(unit)))
			r := s.invoke("{}")
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
		s := start(t, nil, minlambda.Loop{InSequence: inSequence,
			Handler: func(dst, event []byte) ([]byte, error) {
				if string(event) == "fine" {
					return append(dst, event...), nil
				}
				return append(dst, event...), errors.New(string(event))
			}})
		for range 3 {
			causeOf(t, s.invoke(strings.Repeat("\u20ac", 100_000)))
			s.fine()
		}
		s.quiet()
		if n := s.api.Connections(); n != 1 {
			t.Errorf("%d connections", n)
		}
	}
}
