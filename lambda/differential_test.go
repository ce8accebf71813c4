package lambda_test

import (
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minlambda/minlambda/lambdatest"
)

// payloads are what a handler that takes an event is given, by name. The first ones the others get
// as well.
var payloads = []struct{ name, payload string }{
	{"good", `{"name":"Ada","n":7,"more":{"<a>":[1.5,null]}}`},
	{"empty", ""},
	{"trailing garbage", `{"name":"Ada"} x`},
	{"no name", `{}`},
	{"not JSON", `nope`},
	{"white space", " \r\n\t"},
	{"cut", `{"name":"Ada"`},
	{"trailing value", `{"name":"Ada"}{"name":"Bob"}`},
	{"trailing white space", "{\"name\":\"Ada\"} \n"},
	{"literal and space", `tru `},
	{"list", `[1]`},
	{"string", `"Ada"`},
	{"another string", `"fail"`},
	{"base64", `"aGVsbG8="`},
	{"number", `12.50 `},
	{"number and garbage", `7x`},
	{"null", `null`},
	{"of another type", `{"name":1}`},
	{"unknown field", `{"name":"Ada","age":36}`},
	{"long", `{"name":"` + strings.Repeat("λ", 50_000) + `"}`},
	{"after a long one", `{"name":"Bob"}`},
	{"large number", `{"name":"Ada","n":70}`},
	{"deep", strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)},
	{"not UTF-8", "\"a\xff\""},
}

const few = 5

// A row of the table in README.md is one way to be different. used are those that a test has met.
var used = struct {
	sync.Mutex
	rows map[string]bool
}{rows: map[string]bool{}}

// row notes that a test has met a difference which the table has.
func row(t testing.TB, name string) {
	t.Helper()
	used.Lock()
	defer used.Unlock()
	used.rows[name] = true
	if !slices.Contains(tableRows(t), name) {
		t.Errorf("README.md has no row %q", name)
	}
}

var tableRow = regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|")

// tableRows are the names of the differences in README.md.
func tableRows(t testing.TB) (names []string) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range tableRow.FindAllStringSubmatch(string(text), -1) {
		names = append(names, m[1])
	}
	return names
}

// differences are the forms whose outcome is not the same, with the rows that say so, and what the
// outcome is.
var differences = map[string]struct {
	row  string
	same func(ours, theirs outcome) bool
}{
	"out too large": {"too-large", func(ours, theirs outcome) bool {
		return theirs.process == "exit status 1" && ours.process == "lives" &&
			ours.errorType == "Function.ResponseSizeTooLarge" && ours.errorType == theirs.errorType
	}},
	"reader too large": {"large-reader", func(ours, theirs outcome) bool {
		return theirs.process == "exit status 1" && theirs.kind == "error" &&
			ours.process == "lives" && ours.kind == "response" && len(ours.body) == 7<<20
	}},
	"reader fails first": {"reader-fails-early", func(ours, theirs outcome) bool {
		was := theirs.trailer && theirs.contentType == "text/html; charset=utf-8"
		theirs.trailer, theirs.contentType = false, "application/json"
		return was && ours == theirs
	}},
	"reader panics first": {"reader-panics", func(ours, theirs outcome) bool {
		return theirs.kind == "nothing" && theirs.process == "exit status 2" &&
			ours.stack && ours.errorType == "failure" && !ours.trailer &&
			ours.process == "exit status 1"
	}},
	"reader panics": {"reader-panics", func(ours, theirs outcome) bool {
		return theirs.kind == "nothing" && theirs.process == "exit status 2" &&
			ours.stack && ours.errorType == "failure" && ours.trailer &&
			ours.process == "exit status 1"
	}},
	"reader bad type":  {"content-type", badType},
	"reader long type": {"content-type", badType},
	"reader fails at length": {"long-message", func(ours, theirs outcome) bool {
		return theirs.kind == "nothing" && theirs.process == "exit status 1" && ours.trailer &&
			strings.HasPrefix(ours.message, "<λ><λ>") && strings.HasSuffix(ours.message, "…") &&
			ours.errorType == "errorString" && len(ours.report) < 3<<10 && ours.process == "lives"
	}},
	"error too long": {"long-message", func(ours, theirs outcome) bool {
		return theirs.kind == "nothing" && theirs.process == "exit status 1" &&
			len(ours.message) < 97<<10 && ours.errorType == "errorString" && ours.process == "lives"
	}},
}

func badType(ours, theirs outcome) bool {
	sent := theirs.kind == "response" && len(theirs.contentType) == 2000
	return (sent || theirs.kind == "nothing" && theirs.process == "exit status 1") &&
		ours.errorType == "Function.InvalidContentType" && ours.process == "lives"
}

// forms are the names of the forms of handler that testdata/forms has.
func forms(t *testing.T) (names []string) {
	text, err := os.ReadFile("testdata/forms/main.go")
	if err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`(?m)^\t"([^"]+)": `)
	for _, m := range name.FindAllStringSubmatch(string(text), -1) {
		names = append(names, m[1])
	}
	if len(names) < 120 {
		t.Fatalf("only %d forms were found", len(names))
	}
	return names
}

// For each form of handler and each option, and for good and bad events, the Runtime API gets what
// aws-lambda-go sends, and the process ends or lives on as it does: one program is built on both,
// and runs in processes of its own. What is different has a row in the table, and is what that
// says.
func TestTheSameOnTheWire(t *testing.T) {
	t.Parallel()
	mine, other := build(t, "forms", ours), build(t, "forms", theirs)
	for _, name := range forms(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, g := newFunction(t, mine, "FORM="+name), newFunction(t, other, "FORM="+name)
			count := few
			if strings.HasPrefix(name, "in ") || strings.Contains(name, "in)") ||
				strings.HasPrefix(name, "With") {
				count = len(payloads)
			}
			compare(t, f, g, name, count)
			for _, v := range f.api.Violations() {
				t.Errorf("violation: %s", v)
			}
		})
	}
}

// compare has events handled by both.
func compare(t *testing.T, f, g *function, name string, count int) {
	different := differences[name]
	for _, p := range payloads[:count] {
		e := lambdatest.Event{
			Payload: []byte(p.payload), RequestID: lambdatest.NewRequestID(),
			Deadline: time.Now().Add(time.Hour),
			Header:   http.Header{"Lambda-Runtime-Trace-Id": {"Root=1"}},
		}
		ours, theirs := f.invoke(e), g.invoke(e)
		if ours.streamed {
			row(t, "mode-header")
			if !strings.HasPrefix(name, "reader") && !strings.HasPrefix(name, "url") &&
				name != "WithSetIndent reader" {
				t.Errorf("%s: the response is a stream", p.name)
			}
		}
		ours.streamed = false
		if different.row != "" {
			row(t, different.row)
			if !different.same(ours, theirs) {
				t.Errorf("%s: not the difference that the table names\n ours   %v\n theirs %v",
					p.name, ours, theirs)
			}
			continue
		}
		if ours != theirs {
			t.Errorf("%s: %.100q\n ours   %v\n theirs %v", p.name, p.payload, ours, theirs)
		}
	}
}
