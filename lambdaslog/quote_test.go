package lambdaslog

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// texts has every byte alone, between letters and after bytes that may begin a character, and
// characters of every length, whole and cut.
func texts() (all []string) {
	for i := range 256 {
		b := string([]byte{byte(i)})
		all = append(all, b, "a"+b+"b", "\xc2"+b, "\xe2\x80"+b, "\xf0\x9f\x98"+b+"x", b+"\u00e4")
	}
	return append(all, "", "plain", "\u00e4\u20ac\U0001f600\ufffd\u2028\u2029\u0085\u00a0\ufeff",
		"\xed\xa0\x80", "\xf4\x90\x80\x80", "a=b", `"`, `\`, "a b", "key.with.dots")
}

// What is written as JSON encoding/json reads as it was, but for bytes that are not UTF-8, and as
// text strconv does, exactly; either is one line of UTF-8 without control characters, and the same
// from a string and from bytes.
func TestTexts(t *testing.T) {
	for _, s := range texts() {
		asJSON, asText := string(appendJSON(nil, s)), string(appendText(nil, s))
		if other := string(appendJSON(nil, []byte(s))); other != asJSON {
			t.Errorf("%q is %s, and as bytes %s", s, asJSON, other)
		}
		if other := string(appendText(nil, []byte(s))); other != asText {
			t.Errorf("%q is %s, and as bytes %s", s, asText, other)
		}
		read := ""
		if err := json.Unmarshal([]byte(asJSON), &read); err != nil || read != string([]rune(s)) {
			t.Errorf("%q is %s, which encoding/json reads as %q, %v", s, asJSON, read, err)
		}
		read = asText
		if strings.HasPrefix(asText, `"`) {
			read, _ = strconv.Unquote(asText)
		} else if strings.ContainsAny(asText, " =\"") || s == "" {
			t.Errorf("%q is %s, which is not one word", s, asText)
		}
		if read != s {
			t.Errorf("%q is %s, which strconv reads as %q", s, asText, read)
		}
		for _, line := range []string{asJSON, asText, string(appendKey(nil, []byte("g."), s))} {
			if !utf8.ValidString(line) || strings.ContainsFunc(line, func(c rune) bool {
				return unicode.IsControl(c) || c == '\u2028' || c == '\u2029'
			}) {
				t.Errorf("%q is %q, which is not one line of UTF-8", s, line)
			}
		}
	}
}
