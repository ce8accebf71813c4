package fuzz

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/minlambda/minlambda"
)

// FuzzErrorJSON: whatever a handler's error says of itself, and whatever it panics with, the report
// is JSON in valid UTF-8 under 1 MiB. encoding/json finds the message and the type in it, the header
// has the form that the Runtime API keeps, and the cause is 64 KiB of visible ASCII that says the
// same.
func FuzzErrorJSON(f *testing.F) {
	texts := []string{
		"", "no tea", "x", "\"\\/", "\x00\x1f\x7f", "\r\nX-Injected: 1", "\u2028\u2029",
		"\ufeff\ufffd", "\U0001f600", "\xff", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3",
		"a\xf0\x9f\x98", "\x80",
		"</script>", "Function.", "Function.X", "Function.ab", "Runtime.Validation",
		"Runtime.Function.x", "function.x", "Not Found", "9lives", "\u00e4rger",
		strings.Repeat("Long", 100), strings.Repeat("\xc3\xa4", 129),
	}
	for i, text := range texts {
		for how := range len(causes) {
			f.Add(text, texts[(i+how)%len(texts)], byte(how))
		}
		f.Add(text, "x"+text, byte(i%len(causes))|longer)
	}
	f.Fuzz(func(t *testing.T, message, kind string, how byte) {
		if how&longer != 0 && message != "" {
			message = strings.Repeat(message, 1+maxMessage/len(message))
		}
		c := causes[int(how&^longer)%len(causes)]
		v := c.value(message, kind)
		var log bytes.Buffer
		l := loop(&log)
		l.Handler = func(dst, event []byte) ([]byte, error) {
			if c.panics {
				panic(v)
			}
			return dst, v.(error)
		}
		requests, readErr, runErr := serveOne(t, []byte(oneEvent),
			func(ctx context.Context, addr string) error {
				l.API = addr
				if c.init {
					return l.FailInit(ctx, v.(error))
				}
				return l.Run(ctx)
			})
		path, sent := "/2018-06-01/runtime/invocation/id/error", 1
		if c.init {
			path, sent = "/2018-06-01/runtime/init/error", 0
		}
		if readErr != nil || len(requests) <= sent || requests[sent].uri != path {
			t.Fatalf("requests %q, %v; Run returned %v", requests, readErr, runErr)
		}
		var wantHeader string
		message, kind, wantHeader = c.says(message, kind)
		r := requests[sent]
		if h := r.header["Lambda-Runtime-Function-Error-Type"]; len(h) != 1 ||
			!kept.MatchString(h[0]) || h[0] != wantHeader {
			t.Errorf("header %q, want %q", h, wantHeader)
		}
		if !c.init {
			checkCause(t, r.header[causeHeader], r.body)
		}
		checkReport(t, r.body, clip(message, maxMessage), clip(kind, 256), c.panics)
		if c.panics {
			var e *minlambda.Error
			if !errors.As(runErr, &e) || strings.ContainsFunc(runErr.Error(), func(r rune) bool {
				return r < ' ' || r > '~'
			}) {
				t.Errorf("Run returned %q; want an Error of one line", runErr)
			}
		} else if log.Len() > 0 {
			t.Errorf("logged %q", log.String())
		}
	})
}

// causeHeader is the header for X-Ray, as net/http writes its name.
const causeHeader = "Lambda-Runtime-Function-Xray-Error-Cause"

// checkCause compares the header for X-Ray with the report.
func checkCause(t *testing.T, header []string, report string) {
	t.Helper()
	if len(header) != 1 || len(header[0]) > 64<<10 ||
		strings.ContainsFunc(header[0], func(r rune) bool { return r < ' ' || r > '~' }) {
		t.Fatalf("cause %q", header)
	}
	var cause struct {
		Exceptions []struct {
			Type, Message string
			Stack         []any
		}
	}
	var fault struct{ ErrorMessage, ErrorType string }
	if err := errors.Join(json.Unmarshal([]byte(header[0]), &cause),
		json.Unmarshal([]byte(report), &fault)); err != nil || len(cause.Exceptions) != 1 {
		t.Fatalf("cause %q, report %q: %v", header, report, err)
	}
	e := cause.Exceptions[0]
	begins, _, _ := strings.Cut(e.Message, "… (")
	if e.Type != fault.ErrorType || e.Stack == nil || !strings.HasPrefix(fault.ErrorMessage, begins) {
		t.Fatalf("cause %q, report %q", header, report)
	}
}

const (
	oneEvent = "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: id\r\n" +
		"Content-Length: 2\r\n\r\n{}"
	maxMessage = 96 << 10 // bytes of a message that are reported
	longer     = 0x80     // makes a message longer than that
)

// kept matches the form of an error type's header that the Runtime API keeps.
var kept = regexp.MustCompile(`^(Runtime|Function)\.[A-Z][a-zA-Z]+$`)

// A cause is a way for a handler to fail.
type cause struct {
	value  func(message, kind string) any
	says   func(message, kind string) (wantMessage, wantKind, header string)
	panics bool
	init   bool
}

var causes = []cause{
	{value: asTyped, says: typedSays},
	{value: func(m, k string) any { return fmt.Errorf("%w", typed{m, k}) }, says: typedSays},
	{value: func(m, k string) any { return errors.Join(typed{m, k}) }, says: typedSays},
	{
		value: func(m, k string) any { return errors.New(m) },
		says:  fixed("errorString", "Function.ErrorString"),
	},
	{value: asTyped, says: typedSays, init: true},
	{
		value:  func(m, k string) any { return m },
		says:   fixed("string", "Runtime.Panic"),
		panics: true,
	},
	{value: asTyped, says: fixed("typed", "Runtime.Panic"), panics: true},
	{
		value:  func(m, k string) any { return stringer(m) },
		says:   fixed("stringer", "Runtime.Panic"),
		panics: true,
	},
	{
		value: func(m, k string) any { return -len(m) },
		says: func(m, k string) (string, string, string) {
			return strconv.Itoa(-len(m)), "int", "Runtime.Panic"
		},
		panics: true,
	},
	{
		value: func(m, k string) any { return []byte(m) },
		says: func(m, k string) (string, string, string) {
			return "value of type []uint8", "[]uint8", "Runtime.Panic"
		},
		panics: true,
	},
}

type typed struct{ message, kind string }

func (e typed) Error() string     { return e.message }
func (e typed) ErrorType() string { return e.kind }

type stringer string

func (s stringer) String() string { return string(s) }

func asTyped(message, kind string) any { return typed{message, kind} }

func fixed(kind, header string) func(string, string) (string, string, string) {
	return func(message, _ string) (string, string, string) { return message, kind, header }
}

func typedSays(message, kind string) (wantMessage, wantKind, header string) {
	if kind == "" {
		kind = "typed" // the name of the Go type
	}
	prefix, name := "Function.", kind
	if rest, ok := strings.CutPrefix(kind, "Runtime."); ok && rest != "" {
		prefix, name = "Runtime.", rest
	} else if rest, ok := strings.CutPrefix(kind, "Function."); ok && rest != "" {
		name = rest
	}
	name = regexp.MustCompile(`[^a-zA-Z]`).ReplaceAllString(name, "")
	if name = name[:min(len(name), 256)]; len(name) < 2 {
		return message, kind, prefix + "Unknown"
	}
	return message, kind, prefix + strings.ToUpper(name[:1]) + name[1:]
}

// clip returns the longest beginning of s that fits in limit bytes without cutting a character in
// two, and says how many bytes are left out; a byte that is not UTF-8 becomes U+FFFD.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return string([]rune(s))
	}
	n := limit
	for n > limit-utf8.UTFMax+1 && !utf8.RuneStart(s[n]) {
		n--
	}
	return string([]rune(s[:n])) + fmt.Sprintf("… (%d bytes more)", len(s)-n)
}

func checkReport(t *testing.T, body, message, kind string, stack bool) {
	t.Helper()
	if len(body) >= 1<<20 || !utf8.ValidString(body) {
		t.Errorf("report of %d bytes, valid UTF-8: %v", len(body), utf8.ValidString(body))
	}
	var got struct {
		ErrorMessage, ErrorType string
		StackTrace              []struct {
			Path, Label string
			Line        int
		}
	}
	d := json.NewDecoder(strings.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil || d.More() {
		t.Fatalf("%.1000q: %v", body, err)
	}
	if got.ErrorMessage != message || got.ErrorType != kind {
		t.Errorf("message %.1000q, type %q\nwant    %.1000q, %q", got.ErrorMessage, got.ErrorType,
			message, kind)
	}
	if stack && (len(got.StackTrace) == 0 || len(got.StackTrace) > 64 ||
		!strings.HasPrefix(got.StackTrace[0].Label, "FuzzErrorJSON") ||
		got.StackTrace[0].Line == 0) || !stack && got.StackTrace != nil {
		t.Errorf("stack %+v", got.StackTrace)
	}
}
