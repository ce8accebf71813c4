package ascii

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// texts returns every byte alone, between letters, after a byte that may begin a character, and at
// the edge of what Quote shows; and characters of every length.
func texts() (all []string) {
	for i := range 256 {
		b := string([]byte{byte(i)})
		all = append(all, b, "a"+b+"b", "\xc3"+b, strings.Repeat("x", MaxQuote-1)+b+b)
	}
	return append(all, "", "\u00e4\u20ac\U0001f600\ufffd\u2028", "\xed\xa0\x80", "\xf4\x90\x80\x80",
		"\xe2\x82", "\r\n\t\"\\", strings.Repeat("\x00", 1000))
}

// Quote quotes each byte as package strconv does, and cuts a long text.
func TestQuote(t *testing.T) {
	for _, s := range texts() {
		want := ""
		for _, c := range []byte(s[:min(len(s), MaxQuote)]) {
			piece := `\x` + strconv.FormatInt(0x100+int64(c), 16)[1:]
			if c < utf8.RuneSelf && c != '\a' && c != '\b' && c != '\f' && c != '\v' {
				piece = strings.Trim(strconv.QuoteToASCII(string(rune(c))+"x"), `"`)
				piece = strings.TrimSuffix(piece, "x")
			}
			if c == '"' {
				piece = `\"`
			}
			want += piece
		}
		want = `"` + want + `"`
		if n := len(s) - MaxQuote; n > 0 {
			want += " and " + strconv.Itoa(n) + " bytes more"
		}
		if got := Quote(s); got != want {
			t.Errorf("%q is %s\nwant %s", s, got, want)
		}
	}
}

// encoding/json reads what JSON writes, and that is one line; Line writes the same without quotes.
func TestJSON(t *testing.T) {
	for _, s := range texts() {
		got, read := JSON(s), ""
		if err := json.Unmarshal([]byte(got), &read); err != nil || read != string([]rune(s)) {
			t.Errorf("%q is %s, which encoding/json reads as %q, %v", s, got, read, err)
		}
		line := Line(s)
		for _, text := range []string{got, line} {
			if !utf8.ValidString(text) || strings.ContainsFunc(text, func(c rune) bool {
				return c < ' ' || c >= 0x7f && c < 0xa0
			}) {
				t.Errorf("%q is %q, which is not one line of UTF-8", s, text)
			}
		}
		if !strings.ContainsAny(s, `"\`) && got != `"`+line+`"` {
			t.Errorf("%q is %s as JSON, and %s as a line", s, got, line)
		}
	}
	const text = "a\n\t\r\"\\\x00\u00e4\u009f\u00a0\xff"
	const want = "a\\n\\t\\u000d\"\\\\u0000\u00e4\\u009f\u00a0\ufffd"
	if got := Line(text); got != want {
		t.Errorf("%q is the line %q, want %q", text, got, want)
	}
}

// What Visible makes of JSON is what encoding/json writes for ASCII readers: it says the same, in
// bytes that a header's value may have, and no byte more than encoding/json would take.
func TestVisible(t *testing.T) {
	for _, s := range texts() {
		got, read := Visible(JSON(s)), ""
		if err := json.Unmarshal([]byte(got), &read); err != nil || read != string([]rune(s)) {
			t.Errorf("%q is %s, which encoding/json reads as %q, %v", s, got, read, err)
		}
		if strings.ContainsFunc(got, func(c rune) bool { return c < ' ' || c > '~' }) {
			t.Errorf("%q is %q, which is not visible ASCII", s, got)
		}
		if anew, _ := json.Marshal(read); len(anew) > len(got) {
			t.Errorf("%q is %s, which grows to %s", s, got, anew)
		}
	}
	const text, want = "\"<a>&\u00e4\u20ac\U0001f600\U0010ffff\x7f\xff\"",
		`"\u003ca\u003e\u0026\u00e4\u20ac\ud83d\ude00\udbff\udfff\u007f\ufffd"`
	if got := Visible(text); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A number is read as package strconv reads it, if it consists of digits only. It is -1 over the
// limit, however far.
func TestDecimal(t *testing.T) {
	numbers := []string{"", "0", "007", "1", "9", "10", "65535", "65536", "+1", "-1", " 1", "1 ",
		"1_0", "0x1", "1a", "a1", "/", ":", "1152921504606846975", "1152921504606846976",
		"11529215046068469759", "9223372036854775807", "9223372036854775808",
		"18446744073709551615", "18446744073709551616", "18446744073709551617",
		"99999999999999999999", strings.Repeat("9", 100),
		strings.Repeat("9", 100) + "x", strings.Repeat("0", 100) + "7"}
	for _, s := range numbers {
		want, err := strconv.ParseUint(s, 10, 64)
		wantOK := s != "" && strings.Trim(s, "0123456789") == ""
		for _, limit := range []int64{0, 1, 5, 9, 10, 65535, 1<<31 - 1, 1<<63 - 2, 1<<63 - 1} {
			n, ok := Decimal([]byte(s), limit)
			large := err != nil || want > uint64(limit)
			if ok != wantOK || ok && large != (n == -1) || ok && !large && uint64(n) != want {
				t.Errorf("%s, at most %d, is %d, %v", s, limit, n, ok)
			}
		}
	}
	for _, n := range []int{0, 1, -1, 9, 10, 99, 100, -100, math.MaxInt, math.MinInt} {
		if got, want := Itoa(n), strconv.Itoa(n); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		u := uint64(n)
		got, want := string(AppendUint([]byte("n="), u)), "n="+strconv.FormatUint(u, 10)
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// Hex and Lower agree with other packages on every byte.
func TestBytes(t *testing.T) {
	for i := range 256 {
		c, want := byte(i), -1
		if n, err := strconv.ParseUint(string([]byte{c}), 16, 8); err == nil {
			want = int(n)
		}
		if got := Hex(c); got != want {
			t.Errorf("%q is the digit %d, want %d", c, got, want)
		}
		small := c
		if 'A' <= c && c <= 'Z' {
			small += 'a' - 'A'
		}
		if got := Lower(c); got != small {
			t.Errorf("%q is small %q, want %q", c, got, small)
		}
	}
}

// Only letters have a case: '@' and '`', '[' and '{', '\r' and '-' differ by the same bit.
func TestEqualFold(t *testing.T) {
	for a := range 256 {
		for b := range 256 {
			want := a == b || a < 0x80 && b < 0x80 &&
				strings.EqualFold(string(rune(a)), string(rune(b)))
			if got := EqualFold([]byte{byte(a)}, string([]byte{byte(b)})); got != want {
				t.Errorf("%q and %q: got %v, want %v", byte(a), byte(b), got, want)
			}
		}
	}
	if EqualFold([]byte("ab"), "a") || EqualFold([]byte("a"), "ab") || !EqualFold(nil, "") {
		t.Error("lengths are not compared")
	}
}

// Comparing and reading allocate nothing; writing allocates once if there is not enough room.
func TestAllocations(t *testing.T) {
	got, number, dst := []byte("cONTENT-lENGTH"), []byte("1234567"), make([]byte, 0, 20)
	if n := testing.AllocsPerRun(100, func() {
		if !EqualFold(got, "Content-Length") {
			t.Fatal("not equal")
		}
		n, _ := Decimal(number, math.MaxInt64)
		dst = AppendUint(dst[:0], uint64(n))
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if string(dst) != "1234567" {
		t.Errorf("%s", dst)
	}
}
