package lambdajson

import (
	"bytes"
	"unicode/utf8"

	"github.com/minlambda/minlambda/internal/ascii"
)

// appendMended appends the text b and turns its strings into JSON. fastjson writes a string that
// needs escapes as strconv.Quote does, but \a, \v, \x and \U are not escapes of JSON (RFC 8259
// section 7). Without this, a control character that a handler has read in its event, or put into a
// string of its own, would make a response that nobody can read. A byte that is not UTF-8 becomes
// U+FFFD, as with strconv.Quote and encoding/json.
func appendMended(dst, b []byte) []byte {
	for len(b) > 0 {
		if b[0] == '\\' && len(b) > 1 {
			r, size := goEscape(b)
			if size == 0 {
				dst, b = append(dst, b[:2]...), b[2:]
				continue
			}
			dst, b = appendCharacter(dst, r), b[size:]
			continue
		}
		r, size := utf8.DecodeRune(b)
		dst, b = utf8.AppendRune(dst, r), b[size:]
	}
	return dst
}

// goEscape decodes an escape at the start of s that Go has and JSON does not (\a, \v, \x, \U). It
// returns the character, U+FFFD for a byte that is not UTF-8, and the size of the escape; size is 0
// if there is no such escape.
func goEscape(s []byte) (r rune, size int) {
	switch s[1] {
	case 'a':
		return '\a', 2
	case 'v':
		return '\v', 2
	case 'x':
		size = 4
	case 'U':
		size = 10
	}
	if size == 0 || len(s) < size {
		return 0, 0
	}
	for _, c := range s[2:size] {
		d := rune(ascii.Hex(c))
		if d < 0 {
			return 0, 0
		}
		r = r<<4 | d
	}
	if size == 4 && r >= utf8.RuneSelf || r < 0 {
		r = utf8.RuneError
	}
	return r, size
}

// appendCharacter appends r in the form that it has in a JSON string; U+FFFD if it is not a
// character.
func appendCharacter(b []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	if r < utf8.RuneSelf {
		return append(b, '\\', 'u', '0', '0', hex[r>>4&15], hex[r&15])
	}
	return utf8.AppendRune(b, r)
}

// appendWholePairs appends the JSON text b with each escape for half of a surrogate pair replaced
// by \ufffd, which is how encoding/json reads it. fastjson keeps such an escape as six characters
// once the string has been read, and unchanged otherwise; or it takes the next escape for the other
// half.
func appendWholePairs(dst, b []byte) []byte {
	n := len(dst)
	dst = append(dst, b...)
	for b = dst[n:]; ; {
		i := bytes.IndexByte(b, '\\')
		if i < 0 {
			return dst
		}
		b = b[i:]
		switch r := hex4(b); {
		case r < 0:
			b = b[2:]
		case !isSurrogate(r):
			b = b[6:]
		case isPair(r, hex4(b[6:])):
			b = b[12:]
		default:
			copy(b, `\ufffd`)
			b = b[6:]
		}
	}
}

// hex4 returns the number in a \u escape of four digits at the start of s; -1 if there is no such
// escape.
func hex4(s []byte) rune {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	r := rune(0)
	for _, c := range s[2:6] {
		d := rune(ascii.Hex(c))
		if d < 0 {
			return -1
		}
		r = r<<4 | d
	}
	return r
}

func isSurrogate(r rune) bool { return r&^0x7ff == 0xd800 }

// isPair reports whether high and low are the halves of a surrogate pair.
func isPair(high, low rune) bool { return high&^0x3ff == 0xd800 && low&^0x3ff == 0xdc00 }
