package lambdajson_test

import (
	"encoding/json"
	"math"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/minlambda/minlambda/lambdajson"
	"github.com/valyala/fastjson"
)

// looked parses the event and calls look with its value.
func looked(t *testing.T, event string, look func(v *fastjson.Value)) error {
	t.Helper()
	_, err := lambdajson.New(func(a *fastjson.Arena, v *fastjson.Value) (*fastjson.Value, error) {
		look(v)
		return nil, nil
	})(nil, []byte(event))
	return err
}

func nested(open, inner, end string, depth int) string {
	return strings.Repeat(open, depth) + inner + strings.Repeat(end, depth)
}

// Values may be nested 300 deep, counting the innermost, whatever kind they are. fastjson has the
// same limit.
func TestDepth(t *testing.T) {
	for _, c := range []struct{ open, end string }{{"[", "]"}, {`{"":`, "}"}} {
		event := nested(c.open, "0", c.end, fastjson.MaxDepth-1)
		err := looked(t, event, func(*fastjson.Value) {})
		if err != nil || fastjson.MaxDepth != 300 {
			t.Errorf("%s: %d levels are refused: %v", c.open, fastjson.MaxDepth, err)
		}
		for _, depth := range []int{fastjson.MaxDepth, 1_000_000} {
			err := looked(t, nested(c.open, "0", c.end, depth), func(*fastjson.Value) {
				t.Error("the handler was called")
			})
			const want = "event is nested more than 300 deep: at byte "
			if err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("%s: %d levels end with %.100v", c.open, depth+1, err)
			}
		}
	}
}

// A number keeps its text. A method that returns an error reports a number that does not fit; a
// method without one returns 0, but a float may be infinite.
func TestNumbers(t *testing.T) {
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
		t.Run(c.text[:min(len(c.text), 40)], func(t *testing.T) {
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
		})
	}
}

// A string is read as encoding/json reads it, whether its characters are bytes or escapes.
func TestStrings(t *testing.T) {
	for event, want := range map[string]string{
		`"\u0041\n\ud83d\ude00"`:         "A\n\U0001f600",
		`"\u0000\u001F\\\"\/\b\f\r\t"`:   "\x00\x1f\\\"/\b\f\r\t",
		"\"\u00e4\U0001f600\x7f\ufeff\"": "\u00e4\U0001f600\x7f\ufeff",
		`"\ud800"`:                       "\ufffd",
		`"x\ud800x"`:                     "x\ufffdx",
		`"\ud800\u0041"`:                 "\ufffdA",
		`"\ud800\n"`:                     "\ufffd\n",
		`"\uDC00\uD800"`:                 "\ufffd\ufffd",
		`"\ud800\ud83d\ude00\ude00"`:     "\ufffd\U0001f600\ufffd",
		`"\\ud800\\\ud800"`:              "\\ud800\\\ufffd",
	} {
		t.Run(event, func(t *testing.T) {
			if err := looked(t, event, func(v *fastjson.Value) {
				if got := string(v.GetStringBytes()); got != want {
					t.Errorf("%q is %q; want %q", event, got, want)
				}
			}); err != nil {
				t.Errorf("%q: %v", event, err)
			}
		})
	}
}

// The error texts that a sender sees, word by word.
func TestRefused(t *testing.T) {
	long := strings.Repeat(" ", 70_000)
	spaces := long[:20]
	for event, want := range map[string]string{
		"":           `expected a value at byte 0, found the end`,
		" ":          `expected a value at byte 1, found the end after " "`,
		"\x00":       `expected a value at byte 0, found "\x00"`,
		`{} x`:       `expected the end at byte 3, found "x" after "{} "`,
		"{}\x00":     `expected the end at byte 2, found "\x00" after "{}"`,
		`1 2`:        `expected the end at byte 2, found "2" after "1 "`,
		`"a`:         `expected a closing quote at byte 2, found the end after "\"a"`,
		`tru`:        `expected a value at byte 0, found "tru"`,
		long + "tru": `expected a value at byte 70000, found "tru" after "` + spaces + `"`,
		`["true",` + long + "nul\n" + long: `expected a value at byte 70008, found "nul\n` +
			spaces[:16] + `" after "` + spaces + `"`,
		`[NaN]`:    `expected a value at byte 1, found "NaN]" after "["`,
		`-inf`:     `expected a digit at byte 1, found "inf" after "-"`,
		`{"a":01}`: `expected "," or "}" at byte 6, found "1}" after "{\"a\":0"`,
		`[1.]`:     `expected a digit at byte 3, found "]" after "[1."`,
		`[1e+]`:    `expected a digit at byte 4, found "]" after "[1e+"`,
		`[1 2]`:    `expected "," or "]" at byte 3, found "2]" after "[1 "`,
		`[1,]`:     `expected a value at byte 3, found "]" after "[1,"`,
		`{"a":1,}`: `expected a key in quotes at byte 7, ` +
			`found "}" after "{\"a\":1,"`,
		`{"a"}`: `expected ":" at byte 4, found "}" after "{\"a\""`,
		"\"a\nb\"": `expected an escape in place of a control character at byte 2, ` +
			`found "\nb\"" after "\"a"`,
		`"\x41"`: `expected one of the escapes \" \\ \/ \b \f \n \r \t \u0000 at byte 1, ` +
			`found "\\x41\"" after "\""`,
		"\"\u00e4\xe4\"": `expected UTF-8 at byte 3, ` +
			`found "\xe4\"" after "\"\xc3\xa4"`,
		"\xef\xbb\xbf{}":                `it begins with a UTF-8 byte order mark; send it without`,
		"\xff\xfe{\x00}\x00":            `it is in UTF-16, little-endian; JSON is in UTF-8`,
		"\xfe\xff\x00{\x00}":            `it is in UTF-16, big-endian; JSON is in UTF-8`,
		"{\x00}\x00":                    `it is in UTF-16, little-endian; JSON is in UTF-8`,
		"\x00{\x00}":                    `it is in UTF-16, big-endian; JSON is in UTF-8`,
		"7\x00":                         `it is in UTF-16, little-endian; JSON is in UTF-8`,
		"\"\x00\x53\x30\"\x00":          `it is in UTF-16, little-endian; JSON is in UTF-8`,
		"\xff\xfe\x00\x00{\x00\x00\x00": `it is in UTF-32, little-endian; JSON is in UTF-8`,
		"\x00\x00\xfe\xff\x00\x00\x00{": `it is in UTF-32, big-endian; JSON is in UTF-8`,
		"[\x00\x00\x00]\x00\x00\x00":    `it is in UTF-32, little-endian; JSON is in UTF-8`,
		"\x00\x00\x00[\x00\x00\x00]":    `it is in UTF-32, big-endian; JSON is in UTF-8`,
		"\x01\x00{}":                    `expected a value at byte 0, found "\x01\x00{}"`,
		"\x00\x01":                      `expected a value at byte 0, found "\x00\x01"`,
		"\x1f\x8b\b\x00":                `expected a value at byte 0, found "\x1f\x8b\x08\x00"`,
	} {
		t.Run(event[:min(len(event), 40)], func(t *testing.T) {
			err := looked(t, event, func(*fastjson.Value) {
				t.Errorf("%q: the handler was called", event)
			})
			if err == nil || err.Error() != "event is not JSON: "+want {
				t.Errorf("%.40q: %v\nwant event is not JSON: %s", event, err, want)
			}
		})
	}
}

// A fault in a long event costs no more memory than a few times the event, however deep it lies.
func TestRefusedCheaply(t *testing.T) {
	const size = 1 << 20
	tail := strings.Repeat("\x01", size)
	for _, fault := range []string{
		"t", "f", "n", "tru", "fals\x00", "nul", "x", `"`, `{"a"`, "1 ", "[1", `"a"`, "nan",
		"infinity",
	} {
		event := []byte(strings.Repeat("[", 298) + fault + tail)
		handler := lambdajson.New(null)
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

// Whatever pieces follow one another, in an event and in a response, encoding/json accepts the
// same, and fastjson accepts all of it.
func TestPieces(t *testing.T) {
	pieces := []string{
		"true", "null", "nan", "-Inf", "1e5", "e", "-", "0", ".5", `"t"`, `"\"f"`, `"\\"`,
		`"\\\"n"`,
		`"\"`, "t", "[", "]", "{", "}", `{"f":null}`, "[]", "{}", ",", ":", " ",
	}
	event, accepted, step := "", 0, 1
	respond := lambdajson.New(
		func(a *fastjson.Arena, _ *fastjson.Value) (*fastjson.Value, error) {
			return a.NewNumberString(event), nil
		})
	if testing.Short() {
		step = 13 // not a divisor of the number of pieces: every piece comes in every place
	}
	for i, n := 0, len(pieces); i < n*n*n*n; i += step {
		event = pieces[i%n] + pieces[i/n%n] + pieces[i/n/n%n] + pieces[i/n/n/n]
		if i%2 == 0 {
			event = "[" + event + "]"
		}
		want := json.Valid([]byte(event))
		if err := looked(t, event, func(*fastjson.Value) {}); (err == nil) != want {
			t.Errorf("%s: %v; encoding/json accepts it: %v", event, err, want)
		}
		if _, err := respond(nil, []byte("0")); (err == nil) != want {
			t.Errorf("response %s: %v; encoding/json accepts it: %v", event, err, want)
		}
		if want {
			accepted++
		}
	}
	if accepted < 20 {
		t.Errorf("only %d were accepted", accepted)
	}
}

// The check finds every byte in a string, wherever it stands and whatever stands before it: it
// looks at eight bytes at a time.
func TestTexts(t *testing.T) {
	handler := lambdajson.New(null)
	for _, before := range []string{
		"", `\"`, `\\`, "!", "#", "]", "[", " ", "\u00a0", "\u0422", "\ufffd", "\x7f",
	} {
		for offset := range 18 {
			for c := range 256 {
				event := []byte(`{"k":"` + "!#xxxxxxxxxxxxxxxx"[:offset] + before +
					string([]byte{byte(c)}) + `xxxxxxxxx"}`)
				want := json.Valid(event) && utf8.Valid(event)
				if _, err := handler(nil, event); (err == nil) != want {
					t.Errorf("%q: %v", event, err)
				}
			}
		}
	}
}

// The difference between the two is the cost of checking event and response.
func BenchmarkCheck(b *testing.B) {
	record := `{"id":"8476a536-e9f4-11e8-9739-2dfe598c3fcd","n":12345,"ok":true,` +
		`"tags":["first","second"],"note":null},`
	for _, c := range []struct {
		name  string
		event []byte
	}{
		{"short", []byte(`{"name":"Ada"}`)},
		{"record", []byte(record[:len(record)-1])},
		{"text", []byte(`{"text":"` + strings.Repeat("Hello, world! ", 7000) + `"}`)},
		{"long", ofMany(record, 100_000)},
	} {
		var dst []byte
		b.Run(c.name+"/handler", func(b *testing.B) {
			handler := lambdajson.New(same)
			b.SetBytes(int64(len(c.event)))
			b.ReportAllocs()
			for range b.N {
				var err error
				if dst, err = handler(dst[:0], c.event); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(c.name+"/fastjson", func(b *testing.B) {
			var parser fastjson.Parser
			b.SetBytes(int64(len(c.event)))
			b.ReportAllocs()
			for range b.N {
				v, err := parser.ParseBytes(c.event)
				if err != nil {
					b.Fatal(err)
				}
				dst = v.MarshalTo(dst[:0])
			}
		})
	}
}
