package parse

import "math/bits"

// tchar marks the characters of a header name (RFC 9110 section 5.6.2). It is spelled out so that
// it lies ready in the binary; a loop would run at start-up.
var tchar = [256]bool{
	'!': true, '#': true, '$': true, '%': true, '&': true, '\'': true, '*': true, '+': true,
	'-': true, '.': true, '^': true, '_': true, '`': true, '|': true, '~': true,
	'0': true, '1': true, '2': true, '3': true, '4': true, '5': true, '6': true, '7': true,
	'8': true, '9': true,
	'A': true, 'B': true, 'C': true, 'D': true, 'E': true, 'F': true, 'G': true, 'H': true,
	'I': true, 'J': true, 'K': true, 'L': true, 'M': true, 'N': true, 'O': true, 'P': true,
	'Q': true, 'R': true, 'S': true, 'T': true, 'U': true, 'V': true, 'W': true, 'X': true,
	'Y': true, 'Z': true,
	'a': true, 'b': true, 'c': true, 'd': true, 'e': true, 'f': true, 'g': true, 'h': true,
	'i': true, 'j': true, 'k': true, 'l': true, 'm': true, 'n': true, 'o': true, 'p': true,
	'q': true, 'r': true, 's': true, 't': true, 'u': true, 'v': true, 'w': true, 'x': true,
	'y': true, 'z': true,
}

// fieldName returns the length of the header name at the start of line, which a colon must follow;
// 0 if there is no such name.
func fieldName(line []byte) int {
	for i, c := range line {
		if !tchar[c] {
			if c == ':' {
				return i
			}
			break
		}
	}
	return 0
}

// trim returns the span b[start:end] without the white space around it (RFC 9110 section 5.6.3).
func trim(b []byte, start, end int) Span {
	for start < end && (b[start] == ' ' || b[start] == '\t') {
		start++
	}
	for start < end && (b[end-1] == ' ' || b[end-1] == '\t') {
		end--
	}
	return Span{start, end}
}

// A one in every byte, and the top bit of every byte.
const ones, tops = 0x0101010101010101, 0x8080808080808080

// lineEnd returns the offset of the first control character other than a tab in b, from offset i
// on, or len(b). In a good head that is the CR at the end of the line. One pass both finds the end
// of the line and refuses control characters.
//
// It looks at sixteen bytes at a time. Subtracting ' ' sets the top bit of bytes below it; adding 1
// sets it for DEL. A borrow or a carry reaches only bytes after the one that caused it, so the
// first top bit found is exact, with two exceptions that are stepped over: a tab, and a byte of
// 0x80 or more (obs-text, which is legal).
//
// BenchmarkHead compares it with bytes.IndexByte for each line ("lines"). That does not see control
// characters, and is faster on long lines only. With a second pass for control characters
// ("checked") it is slower on every head.
func lineEnd(b []byte, i int) int {
	for {
		for ; i+16 <= len(b); i += 16 {
			block := b[i : i+16]
			lo, hi := load64(block), load64(block[8:])
			lo = (lo - ones*' ') | (lo + ones)
			hi = (hi - ones*' ') | (hi + ones)
			if (lo|hi)&tops == 0 {
				continue
			}
			if lo &= tops; lo != 0 {
				i += bits.TrailingZeros64(lo) / 8
			} else {
				i += 8 + bits.TrailingZeros64(hi&tops)/8
			}
			break
		}
		for ; i < len(b); i++ {
			if c := b[i]; c < ' ' && c != '\t' || c == 0x7f {
				return i
			}
			if i+17 <= len(b) {
				i++
				break // obs-text or a tab: back to the fast loop
			}
		}
		if i >= len(b) {
			return len(b)
		}
	}
}

// safeID reports whether all of id is visible ASCII other than / ? # %. Any other character could
// do harm in the path of a request.
func safeID(id []byte) bool {
	// Eight bytes at a time. The last eight come first, so some bytes are looked at twice.
	if n := len(id); n >= 8 {
		bad := mayBeUnsafe(load64(id[n-8:]))
		for rest := id; len(rest) >= 8; rest = rest[8:] {
			bad |= mayBeUnsafe(load64(rest))
		}
		if bad&tops == 0 {
			return true
		}
	}
	for _, c := range id {
		if c < '!' || c > '~' || c == '/' || c == '?' || c == '#' || c == '%' {
			return false
		}
	}
	return true
}

// isASCII reports whether a header's value has no obs-text.
func isASCII(value []byte) bool {
	all := uint64(0)
	for ; len(value) >= 8; value = value[8:] {
		all |= load64(value)
	}
	for _, c := range value {
		all |= uint64(c)
	}
	return all&tops == 0
}

// mayBeUnsafe sets a top bit for every character of w that safeID refuses: the character's own, or
// that of a character before it. It may set others too, but none if w has only letters, digits and
// dashes, as in a UUID. A slash differs from a question mark in one bit.
func mayBeUnsafe(w uint64) uint64 {
	question := (w | ones*0x10) ^ ones*'?'
	return w | (w + ones) | (w - ones*'-') | (question - ones)
}

// load64 compiles to one load instruction on amd64 and arm64.
func load64(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}
