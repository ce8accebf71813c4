package lambdaslog

import (
	"strconv"
	"unicode"
	"unicode/utf8"
)

const hex = "0123456789abcdef"

// appendJSON appends s as a string of JSON, in UTF-8 whatever s is. All control
// characters are escaped, and the two line ends that JSON allows: a line stays one.
func appendJSON[T string | []byte](dst []byte, s T) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < 0x7f && c != '"' && c != '\\' {
			i++
			continue
		}
		r, size := rune(c), 1
		if c >= utf8.RuneSelf {
			r, size = decode(s, i)
			if r >= 0xa0 && r != '\u2028' && r != '\u2029' && (r != utf8.RuneError || size > 1) {
				i += size
				continue
			}
		}
		dst = append(dst, s[from:i]...)
		i += size
		from = i
		switch r {
		case '"', '\\':
			dst = append(dst, '\\', byte(r))
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		}
	}
	return append(append(dst, s[from:]...), '"')
}

// decode is the character at i.
func decode[T string | []byte](s T, i int) (r rune, size int) {
	var b [utf8.UTFMax]byte
	return utf8.DecodeRune(b[:copy(b[:], s[i:])])
}

// appendText appends s as a value of text, in quotes where it needs some.
func appendText[T string | []byte](dst []byte, s T) []byte {
	if len(s) == 0 || quotes(s) {
		return strconv.AppendQuote(dst, string(s))
	}
	return append(dst, s...)
}

// appendKey appends a key of text with its prefix.
func appendKey(dst, prefix []byte, key string) []byte {
	if len(prefix)+len(key) == 0 || quotes(prefix) || quotes(key) {
		return strconv.AppendQuote(dst, string(prefix)+key)
	}
	return append(append(dst, prefix...), key...)
}

// quotes reports whether s cannot stand in a line of key=value as it is.
func quotes[T string | []byte](s T) bool {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c <= ' ' || c == '=' || c == '"' || c == 0x7f {
				return true
			}
			i++
			continue
		}
		r, size := decode(s, i)
		if r == utf8.RuneError && size == 1 || !unicode.IsPrint(r) {
			return true
		}
		i += size
	}
	return false
}
