package fuzz

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdajson"
	"github.com/valyala/fastjson"
)

// FuzzJSON: lambdajson accepts an event if it is JSON in UTF-8, nested no deeper than 300. A
// handler that returns the event returns the value that encoding/json reads in it, whether the
// handler has looked at the value or not; neither allocates. Whatever text a handler makes a number
// or a string of, the response is JSON, or there is no response.
func FuzzJSON(f *testing.F) {
	for _, event := range jsonEvents {
		f.Add([]byte(event))
	}
	f.Fuzz(func(t *testing.T, event []byte) {
		responseOf(t, string(event))
		in := bytes.Clone(event)
		blind, seeing := lambdajson.New(identity), lambdajson.New(lookAndReturn)
		out, err := blind(nil, event)
		want := json.Valid(in) && utf8.Valid(in) && depth(in) <= 300
		if (err == nil) != want {
			t.Fatalf("%q: accepted is %v, ought to be %v: %v", in, err == nil, want, err)
		}
		if err != nil {
			if _, err2 := seeing(nil, event); err2 == nil || err2.Error() != err.Error() {
				t.Fatalf("%q: %v, then %v", in, err, err2)
			}
			return
		}

		var buf []byte
		for _, h := range []minlambda.Handler{blind, seeing} {
			run := func() {
				if buf, err = h(buf[:0], event); err != nil {
					t.Fatal(err)
				}
			}
			run() // the parser's values grow in the first two runs
			noAllocs(t, in, run)
		}
		if !bytes.Equal(event, in) {
			t.Fatalf("%q: the event is now %q", in, event)
		}
		value := decode(t, in)
		if got := decode(t, out); !reflect.DeepEqual(got, value) {
			t.Fatalf("%q was returned as %q", in, out)
		}
		out, err = seeing([]byte("before"), event)
		if err != nil || !bytes.HasPrefix(out, []byte("before")) {
			t.Fatalf("%q: %q, %v", in, out, err)
		}
		if got := decode(t, out[len("before"):]); !reflect.DeepEqual(got, value) {
			t.Fatalf("%q was looked at, and returned as %q", in, out)
		}
	})
}

// responseOf lets a handler make a number and a string of text.
func responseOf(t *testing.T, text string) {
	t.Helper()
	respond := func(make func(a *fastjson.Arena) *fastjson.Value) ([]byte, error) {
		out, err := lambdajson.New(
			func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
				return make(a), nil
			})(nil, []byte("0"))
		if err == nil && (!json.Valid(out) || !utf8.Valid(out)) {
			t.Fatalf("%q made the response %q", text, out)
		}
		return out, err
	}
	out, err := respond(func(a *fastjson.Arena) *fastjson.Value { return a.NewNumberString(text) })
	if json.Valid([]byte(text)) && utf8.ValidString(text) && string(out) != text {
		t.Fatalf("the number %q made the response %q, %v", text, out, err)
	}
	out, err = respond(func(a *fastjson.Arena) *fastjson.Value { return a.NewString(text) })
	if err != nil || decode(t, out) != string([]rune(text)) {
		t.Fatalf("the string %q made the response %q, %v", text, out, err)
	}
}

// depth returns how deep the values of JSON are nested, counting the innermost.
func depth(s []byte) (deepest int) {
	d := json.NewDecoder(bytes.NewReader(s))
	for open := 0; ; {
		token, err := d.Token()
		if err != nil {
			return deepest
		}
		if token == json.Delim(']') || token == json.Delim('}') {
			open--
			continue
		}
		deepest = max(deepest, open+1)
		if token == json.Delim('[') || token == json.Delim('{') {
			open++
		}
	}
}

var jsonEvents = []string{
	`{}`, `[]`, `null`, `true`, `false`, `0`, `""`, `{"name":"Ada"}`,
	` { "a" : [ 1 , -2.5e+3 , "x" ] , "b" : { } } `, "\t\r\n[1]\n", `{"a":1,"a":2}`, `{"":""}`,
	`{"\u0061":1,"a":2,"b":{"\u0063":3,"c":4}}`, `[{"\ud800":"\ude00","\u0061":[{"\"":0}]}]`,
	`"\"\\\/\b\f\n\r\t\u00e4\ud83d\ude00"`, `"\u0000\u0001\u0007\u000b\u001f\u007f"`, `"\ud800"`,
	`"\ud800\u0041"`, `"\udc00\ud800"`, `"\uD83D\uDE00"`, `"\\ud800\udc00"`, `"\\\ud800\udc00"`,
	`{"\u0007\"":"\u000b\""}`,
	"\"\xff\\\"\"", "\"\xed\xa0\x80\\n\"", "\"\u2028\u2029\\n\"", "\"\U000e0001\\n\"",
	"\"\U0001f600\\\\x41\"", "\"\x7f\\n\"", "{\"\xff\":1}", "\"\\\\\\\\\\\"\"",
	``, ` `, `{`, `[`, `"`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `[1,]`, `[,1]`, `{,}`,
	`[1 2]`, `{"a" 1}`, `{a:1}`, `{'a':1}`, `[1]]`, `1 2`, `}`, `]`, `,`, `:`, "\ufeff{}",
	`01`, `1.`, `.5`, `-`, `+1`, `1e`, `1e+`, `--1`, `1-2`, `0x10`, `1_000`, `1e5.5`, `-0`,
	`-0.0e-0`, `.`, `e`, `+`, `[-]`, `[.]`,
	`NaN`, `nan`, `-Infinity`, `inf`, `+inf`, `[NaN,-inf]`, `nul`, `nullx`, `tru`, `True`,
	`n`, `nanx`,
	"\"\x00\"", "\"a\nb\"", "{\"a\tb\":1}", `"\x41"`, `"\'"`, `"\u12"`, `"\uzzzz"`, `"\`, `"\"`,
	"\"\\\n\"", `"\U0001f600\""`, `"\a\v\xff\""`,
	`1` + strings.Repeat("0", 400), `-1e` + strings.Repeat("9", 50),
	`0.` + strings.Repeat("123", 300),
	strings.Repeat("[", 299) + "1" + strings.Repeat("]", 299), strings.Repeat("[", 300) +
		strings.Repeat("]", 300), strings.Repeat("[", 300) + "1" + strings.Repeat("]", 300),
	strings.Repeat(`{"a":`, 299) + "1" + strings.Repeat("}", 299), strings.Repeat(`{"a":`, 301) +
		"1" + strings.Repeat("}", 301), strings.Repeat("[", 1000),
}

func identity(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
	return event, nil
}

// lookAndReturn reads every string, which makes fastjson decode its escapes and write it anew.
func lookAndReturn(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
	look(event)
	return event, nil
}

func look(v *fastjson.Value) {
	switch v.Type() {
	case fastjson.TypeObject:
		v.GetObject().Visit(lookAtMember)
	case fastjson.TypeArray:
		for _, v := range v.GetArray() {
			look(v)
		}
	case fastjson.TypeString:
		v.GetStringBytes()
	}
}

func lookAtMember(key []byte, v *fastjson.Value) { look(v) }

// decode reads s with encoding/json, and keeps numbers as they are written.
func decode(t *testing.T, s []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(s))
	d.UseNumber()
	if err := d.Decode(&v); err != nil ||
		d.InputOffset() != int64(len(bytes.TrimRight(s, " \t\r\n"))) {
		t.Fatalf("%q: encoding/json reads %d bytes, %v", s, d.InputOffset(), err)
	}
	return v
}
