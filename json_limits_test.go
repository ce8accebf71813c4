package minlambda_test

import (
	"math"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/valyala/fastjson"
)

// looked parses the event and has look look at it.
func looked(t *testing.T, event string, look func(v *fastjson.Value)) error {
	t.Helper()
	_, err := minlambda.JSON(func(a *fastjson.Arena, v *fastjson.Value) (*fastjson.Value, error) {
		look(v)
		return nil, nil
	})(nil, []byte(event))
	return err
}

func nested(open, inner, end string, depth int) string {
	return strings.Repeat(open, depth) + inner + strings.Repeat(end, depth)
}

// Values may be nested 300 deep, the innermost included, whatever they are.
func TestJSONDepth(t *testing.T) {
	for _, c := range []struct{ open, end string }{{"[", "]"}, {`{"":`, "}"}} {
		if err := looked(t, nested(c.open, "0", c.end, fastjson.MaxDepth-1), func(*fastjson.Value) {}); err != nil || fastjson.MaxDepth != 300 {
			t.Errorf("%s: %d levels are refused: %v", c.open, fastjson.MaxDepth, err)
		}
		for _, depth := range []int{fastjson.MaxDepth, 1_000_000} {
			err := looked(t, nested(c.open, "0", c.end, depth), func(*fastjson.Value) { t.Error("the handler was called") })
			if err == nil || !strings.Contains(err.Error(), "too big depth for the nested JSON; it exceeds 300") {
				t.Errorf("%s: %d levels end with %.100v", c.open, depth+1, err)
			}
		}
	}
}

// A number keeps its text. A method with an error reports one that doesn't fit; one without returns 0, but a float may be infinite.
func TestJSONNumbers(t *testing.T) {
	digits := strings.Repeat("9", 1<<20)
	for _, c := range []struct {
		text    string
		integer int64
		fits    bool
		float   float64
	}{
		{"0", 0, true, 0},
		{"-0", 0, true, 0},
		{"9223372036854775807", math.MaxInt64, true, math.MaxInt64},
		{"-9223372036854775808", math.MinInt64, true, math.MinInt64},
		{"9223372036854775808", 0, false, 1 << 63},
		{"123456789012345678901234567890", 0, false, 123456789012345678901234567890},
		{"1.5", 0, false, 1.5},
		{"1e3", 0, false, 1000},
		{digits, 0, false, math.Inf(1)},
	} {
		err := looked(t, c.text, func(v *fastjson.Value) {
			if got := string(v.MarshalTo(nil)); got != c.text {
				t.Errorf("%.40s has become %.40s", c.text, got)
			}
			if got, err := v.Int64(); (err == nil) != c.fits || c.fits && got != c.integer {
				t.Errorf("%.40s: Int64 is %d, %.100v", c.text, got, err)
			}
			if got := v.GetInt64(); c.fits && got != c.integer || !c.fits && got != 0 {
				t.Errorf("%.40s: GetInt64 is %d", c.text, got)
			}
			if got := v.GetFloat64(); got != c.float {
				t.Errorf("%.40s: GetFloat64 is %g", c.text, got)
			}
		})
		if err != nil {
			t.Errorf("%.40s: %v", c.text, err)
		}
	}
}

// Of a key that comes twice Get finds the first, and what is passed on has both: encoding/json takes the last.
func TestJSONDuplicateKeys(t *testing.T) {
	const event = `{"a":1,"a":2}`
	if err := looked(t, event, func(v *fastjson.Value) {
		if got := v.GetInt("a"); got != 1 {
			t.Errorf("a is %d", got)
		}
		if got := string(v.MarshalTo(nil)); got != event {
			t.Errorf("passed on as %s", got)
		}
	}); err != nil {
		t.Error(err)
	}
}

// What is no text in a string is neither refused nor changed: a handler sees the event's bytes.
func TestJSONStrings(t *testing.T) {
	for event, want := range map[string]string{
		`"\u0041\n\ud83d\ude00"`: "A\n\U0001f600",
		"\"\xff\xc3\"":           "\xff\xc3",
		"\"\xed\xa0\x80\"":       "\xed\xa0\x80",
		"\"a\x00b\x1f\nc\"":      "a\x00b\x1f\nc",
		`"\u0000"`:               "\x00",
		`"\ud800"`:               `\ud800`,
		`"\ud800x"`:              `\ud800x`,
		`"\udc00"`:               `\udc00`,
		`"\x \u12 \uzzzz"`:       `\x \u12 \uzzzz`,
		`"\\\""`:                 `\"`,
	} {
		if err := looked(t, event, func(v *fastjson.Value) {
			if got := string(v.GetStringBytes()); got != want {
				t.Errorf("%q is %q; want %q", event, got, want)
			}
		}); err != nil {
			t.Errorf("%q: %v", event, err)
		}
	}
}

// The faults that a sender sees, word by word.
func TestJSONRefused(t *testing.T) {
	long := strings.Repeat(" ", 70_000)
	for event, want := range map[string]string{
		"":                                 "cannot parse JSON: cannot parse empty string; unparsed tail: \"\"",
		" ":                                "cannot parse JSON: cannot parse empty string; unparsed tail: \"\"",
		"\x00":                             `cannot parse JSON: cannot parse number: unexpected char: "\x00"; unparsed tail: "\x00"`,
		"\xef\xbb\xbf{}":                   `cannot parse JSON: cannot parse number: unexpected char: "\xef"; unparsed tail: "\ufeff{}"`,
		`{} x`:                             `unexpected tail: "x"`,
		"{}\x00":                           `unexpected tail: "\x00"`,
		`1 2`:                              `unexpected tail: "2"`,
		`"a`:                               `cannot parse JSON: cannot parse string: missing closing '"'; unparsed tail: ""`,
		`tru`:                              `cannot parse JSON: unexpected value found: "tru"; unparsed tail: "tru"`,
		long + "tru":                       `cannot parse JSON: unexpected value found at byte 70000: "tru"`,
		`["true",` + long + "nul\n" + long: `cannot parse JSON: unexpected value found at byte 70008: "nul\n                "`,
	} {
		err := looked(t, event, func(*fastjson.Value) { t.Errorf("%q: the handler was called", event) })
		if err == nil || err.Error() != "event is not JSON: "+want {
			t.Errorf("%.40q: %v\nwant event is not JSON: %s", event, err, want)
		}
	}
}

// A fault in a long event costs no more memory than a few times the event, however deep it lies.
func TestJSONRefusedCheaply(t *testing.T) {
	const size = 1 << 20
	tail := strings.Repeat("\x01", size)
	for _, fault := range []string{"t", "f", "n", "tru", "fals\x00", "nul", "x", `"`, `{"a"`, "1 ", "[1", `"a"`, "nan", "infinity"} {
		event := []byte(strings.Repeat("[", 298) + fault + tail)
		handler := minlambda.JSON(func(a *fastjson.Arena, v *fastjson.Value) (*fastjson.Value, error) { return nil, nil })
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := handler(nil, event)
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("%q: accepted", fault)
			continue
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 12<<20 {
			t.Errorf("%q: %d bytes were allocated", fault, took)
		}
		if n := len(err.Error()); n > 32<<10 {
			t.Errorf("%q: an error of %d bytes", fault, n)
		}
	}
}

// What is looked for in a long event refuses nothing that fastjson accepts, in whatever place it stands.
func TestJSONWords(t *testing.T) {
	pieces := []string{"true", "false", "null", "nan", "NaN", "inf", "-Inf", "1e5", "e", `"t"`, `"\"f"`, `"\\"`, `"\\\"n"`, `"\"`, "t", "n", "i", `{"f":null}`, "[]", ",", ":", " "}
	pad := strings.Repeat(" ", 64<<10)
	accepted, step := 0, 1
	if testing.Short() {
		step = 13 // not a divisor of the number of pieces: all of them come in every place
	}
	for i, n := 0, len(pieces); i < n*n*n; i += step {
		event := "[" + pieces[i%n] + pieces[i/n%n] + pieces[i/n/n] + "]"
		_, short := fastjson.Parse(event)
		err := looked(t, pad+event, func(*fastjson.Value) {})
		if (short == nil) != (err == nil) {
			t.Errorf("%s: %v; behind %s spaces: %v", event, short, strconv.Itoa(len(pad)), err)
		}
		if err == nil {
			accepted++
		}
	}
	if accepted < 20 {
		t.Errorf("only %d were accepted", accepted)
	}
}

// Looking for bad words is the difference between a long event's two ways.
func BenchmarkJSONLong(b *testing.B) {
	record := `{"id":"8476a536-e9f4-11e8-9739-2dfe598c3fcd","n":12345,"ok":true,"tags":["first","second"],"note":null},`
	event := ofMany(record, 100_000)
	b.Run("handler", func(b *testing.B) {
		handler := minlambda.JSON(func(a *fastjson.Arena, v *fastjson.Value) (*fastjson.Value, error) { return nil, nil })
		b.SetBytes(int64(len(event)))
		b.ReportAllocs()
		for range b.N {
			if _, err := handler(nil, event); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("fastjson", func(b *testing.B) {
		var parser fastjson.Parser
		b.SetBytes(int64(len(event)))
		b.ReportAllocs()
		for range b.N {
			if _, err := parser.ParseBytes(event); err != nil {
				b.Fatal(err)
			}
		}
	})
}
