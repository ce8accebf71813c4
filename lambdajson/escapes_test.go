package lambdajson_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/minlambda/minlambda/lambdajson"
	"github.com/valyala/fastjson"
)

// A string is JSON in the response whatever its bytes are, and whether it was made, read or passed
// on. Bytes that are not UTF-8 become U+FFFD, as everywhere.
func TestStringOfAnyBytes(t *testing.T) {
	var texts []string
	for i := range 256 {
		b := byte(i)
		texts = append(texts, string([]byte{b}), "\""+string([]byte{b}),
			string([]byte{b, b, '\\', 255 - b, 'x'}))
	}
	texts = append(texts, "", `\`, `\\a`, `\x41`, `\a\v\U0001f600`,
		"\x00\\x00\x00", "\"\u2028\u2029\ufeff\ufffd",
		"\"\U0001f600\U000e0001\U0010ffff", "\n\xed\xa0\x80")
	var text string
	for name, h := range map[string]lambdajson.Handler{
		"made": func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
			v := a.NewObject()
			v.Set(text, a.NewString(text))
			return v, nil
		},
		"read": func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
			event.GetObject().Visit(func(key []byte, v *fastjson.Value) { v.GetStringBytes() })
			return event, nil
		},
		"passed on": same,
	} {
		handler := lambdajson.New(h)
		for _, text = range texts {
			event, err := json.Marshal(map[string]string{text: text})
			if err != nil {
				t.Fatal(err)
			}
			out, err := handler([]byte(`\a`), event)
			if err != nil || len(out) < 2 || string(out[:2]) != `\a` {
				t.Fatalf("%s, %q: %q, %v", name, text, out, err)
			}
			var got map[string]string
			want := string([]rune(text))
			err = json.Unmarshal(out[2:], &got)
			if err != nil || len(got) != 1 || got[want] != want || !utf8.Valid(out) {
				t.Errorf("%s: %q became %q, %v", name, text, out[2:], err)
			}
		}
	}
}
