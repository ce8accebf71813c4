package minlambda

import (
	"bytes"
	"unicode/utf8"
)

// mendEscapes puts JSON in the place of the escapes in b[i:] that are Go's alone.
// fastjson writes a string that needs escapes as strconv.Quote does, and \a,
// \v, \x and \U are none of JSON's (RFC 8259 section 7): without this, a control
// character that a handler has read in its event, or put into a string of its
// own, makes a response that nobody can read. Most responses have no backslash,
// and cost one bytes.IndexByte.
func mendEscapes(b []byte, i int) []byte {
	first, grows := -1, 0
	for {
		next := bytes.IndexByte(b[min(i, len(b)):], '\\')
		if next < 0 || i+next+2 > len(b) {
			break
		}
		i += next
		r, size := goEscape(b[i:])
		if size == 0 {
			i += 2
			continue
		}
		if first < 0 {
			first = i
		}
		grows += max(0, mendedLen(r)-size)
		i += size
	}
	if first < 0 {
		return b
	}
	// What is from the first on moves up by as much as it may grow, and is
	// written from there: what is written never overtakes what is still to read.
	n := len(b)
	for range grows {
		b = append(b, 0)
	}
	copy(b[first+grows:], b[first:n])
	out := b[:first]
	for rest := b[first+grows:]; len(rest) > 0; {
		size := 1
		if rest[0] == '\\' && len(rest) > 1 {
			var r rune
			if r, size = goEscape(rest); size > 0 {
				out, rest = appendMended(out, r), rest[size:]
				continue
			}
			size = 2
		}
		out, rest = append(out, rest[:size]...), rest[size:]
	}
	return out
}

// goEscape reads an escape at the start of s that JSON has not: the character
// that it stands for, U+FFFD for a byte that is not UTF-8, and its size. Size
// is 0 where there is none.
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
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		default:
			return 0, 0
		}
		r = r<<4 | rune(c)
	}
	if size == 4 && r >= utf8.RuneSelf || r < 0 {
		r = utf8.RuneError
	}
	return r, size
}

func mendedLen(r rune) int {
	if r < utf8.RuneSelf {
		return len(`\u0000`)
	}
	return max(utf8.RuneLen(r), len("\ufffd")) // of what is no character U+FFFD is written
}

func appendMended(b []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	if r < utf8.RuneSelf {
		return append(b, '\\', 'u', '0', '0', hex[r>>4&15], hex[r&15])
	}
	return utf8.AppendRune(b, r)
}
