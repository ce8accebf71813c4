package fuzz

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/minlambda/minlambda/internal/ascii"
)

// FuzzASCII: package strconv reads what Quote writes, and encoding/json reads what JSON writes;
// both are one line, and so is Line. Decimal reads what math/big reads. EqualFold agrees with
// package strings, except for letters outside ASCII. The last two allocate nothing.
func FuzzASCII(f *testing.F) {
	for _, s := range []string{
		"", "a\n\t\r\"\\", "\x00\x1f\x7f\xff", "\u00e4\u009f\u2028\U0001f600", "\xed\xa0\x80",
		strings.Repeat("\u20ac", ascii.MaxQuote/3) + "x", "0", "007", "65536", "-1", "1_0",
		"1152921504606846976", "9223372036854775807", "9223372036854775808",
		"18446744073709551616", strings.Repeat("9", 100),
	} {
		f.Add(s, strings.ToUpper(s), int64(65535))
	}
	f.Add("connection", "Connection", int64(1<<63-1))
	f.Add("\u017f\u212a", "sk", int64(0))
	f.Fuzz(func(t *testing.T, s, other string, limit int64) {
		quoted(t, s)
		written(t, s)
		if limit >= 0 {
			decimal(t, s, limit)
		}
		folded(t, s, other)
		digits := []byte(s)
		noAllocs(t, digits, func() {
			ascii.Decimal(digits, 1000)
			ascii.EqualFold(digits, other)
		})
	})
}

// folded compares byte by byte, so that package strings sees only ASCII letters.
func folded(t *testing.T, s, other string) {
	t.Helper()
	want := len(s) == len(other)
	for i := 0; want && i < len(s); i++ {
		want = s[i] == other[i] || s[i] < utf8.RuneSelf && other[i] < utf8.RuneSelf &&
			strings.EqualFold(s[i:i+1], other[i:i+1])
	}
	if ascii.EqualFold([]byte(s), other) != want {
		t.Errorf("%q and %q are equal: %v", s, other, !want)
	}
}

func quoted(t *testing.T, s string) {
	t.Helper()
	quote := ascii.Quote(s)
	end := strings.LastIndexByte(quote, '"') + 1
	shown, err := strconv.Unquote(quote[:end])
	more := ""
	if left := len(s) - ascii.MaxQuote; left > 0 {
		more = " and " + strconv.Itoa(left) + " bytes more"
	}
	if err != nil || shown != s[:min(len(s), ascii.MaxQuote)] || quote[end:] != more {
		t.Errorf("%q is quoted as %s, which is %q, %v", s, quote, shown, err)
	}
	if strings.ContainsFunc(quote, func(r rune) bool { return r < ' ' || r > '~' }) {
		t.Errorf("%q is quoted as %q", s, quote)
	}
}

func written(t *testing.T, s string) {
	t.Helper()
	text, line, read := ascii.JSON(s), ascii.Line(s), ""
	if err := json.Unmarshal([]byte(text), &read); err != nil || read != string([]rune(s)) {
		t.Errorf("%q is the JSON %s, which is %q, %v", s, text, read, err)
	}
	for _, text := range []string{text, line} {
		if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool {
			return r < ' ' || r >= 0x7f && r < 0xa0
		}) {
			t.Errorf("%q is written as %q", s, text)
		}
	}
}

func decimal(t *testing.T, s string, limit int64) {
	t.Helper()
	n, ok := ascii.Decimal([]byte(s), limit)
	if want := s != "" && strings.Trim(s, "0123456789") == ""; ok != want {
		t.Fatalf("%q: a number is %v", s, ok)
	} else if !ok {
		return
	}
	want, _ := new(big.Int).SetString(s, 10)
	if large := want.Cmp(big.NewInt(limit)) > 0; large && n != -1 || !large && want.Int64() != n {
		t.Errorf("%s, at most %d, is %d", s, limit, n)
	}
	if !strings.HasPrefix(s, "0") && n > 0 && ascii.Itoa(int(n)) != s && strconv.IntSize == 64 {
		t.Errorf("%s is written as %s", s, ascii.Itoa(int(n)))
	}
}
