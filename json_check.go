package minlambda

import (
	"bytes"
	"math/bits"
	"strconv"

	"github.com/minlambda/minlambda/wire"
)

// maxDepth is how deep the values of an event may be nested, the outermost
// counted: fastjson's limit, since it calls itself for each level.
const maxDepth = 300

// checkJSON returns nil if event is a JSON text (RFC 8259), as encoding/json
// has it: strings need not be UTF-8. Otherwise it says where it is none.
//
// fastjson could be asked, but lets 01 and NaN pass, and a fault costs it
// dearly: its error holds what is left of the event, and is made anew for each
// level around. Three hundred brackets before megabytes of nonsense are
// gigabytes of garbage, and seconds; TestNonsenseIsCheap has such an event.
// BenchmarkJSON says what the check costs.
func checkJSON(event []byte) error {
	at, deep := scanJSON(event)
	if at < 0 {
		return nil
	}
	message := "event is not JSON"
	if deep {
		message = "event is JSON of more than " + strconv.Itoa(maxDepth) + " levels"
	}
	return &apiError{"Runtime.UnmarshalError", message + ": " + wire.Quote(string(event[at:min(at+20, len(event))])) + " at byte " + strconv.Itoa(at)}
}

// scanJSON returns where b stops being JSON, or -1 if it doesn't, and whether
// it is the depth that is wrong. It does not call itself.
func scanJSON(b []byte) (at int, deep bool) {
	var closers [maxDepth]byte // of the arrays and objects that are open
	depth, i, ok := 0, 0, true
	for {
		i = skipSpace(b, i)
		if depth == maxDepth {
			return i, true
		}
		switch c := byteAt(b, i); c {
		case '[', '{':
			closers[depth] = c + 2
			depth++
			if i = skipSpace(b, i+1); byteAt(b, i) == c+2 {
				break // which is seen below
			}
			if c == '{' {
				if i, ok = scanKey(b, i); !ok {
					return i, false
				}
			}
			continue
		case '"':
			i, ok = scanString(b, i+1)
		default:
			i, ok = scanScalar(b, i)
		}
		// A value has ended, and those around it may.
		for ok {
			i = skipSpace(b, i)
			if depth == 0 {
				if i == len(b) {
					return -1, false
				}
				return i, false
			}
			c := byteAt(b, i)
			if c != ',' && c != closers[depth-1] {
				return i, false
			}
			i++
			if c == ',' {
				break
			}
			depth--
		}
		if ok && closers[depth-1] == '}' {
			i, ok = scanKey(b, skipSpace(b, i))
		}
		if !ok {
			return i, false
		}
	}
}

// The scan functions return the offset behind what they read; or, not ok, the
// one where it stops being that.

func scanKey(b []byte, i int) (int, bool) {
	if byteAt(b, i) != '"' {
		return i, false
	}
	i, ok := scanString(b, i+1)
	if !ok {
		return i, false
	}
	if i = skipSpace(b, i); byteAt(b, i) != ':' {
		return i, false
	}
	return i + 1, true
}

// scanString begins behind the opening quote.
func scanString(b []byte, i int) (int, bool) {
	for {
		i = ownBytes(b, i)
		c := byteAt(b, i)
		if c == '"' {
			return i + 1, true
		}
		if c != '\\' {
			return i, false
		}
		i++
		switch byteAt(b, i) {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		case 'u':
			for range 4 {
				i++
				if c := byteAt(b, i); (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
					return i, false
				}
			}
		default:
			return i, false
		}
		i++
	}
}

// ownBytes skips what stands for itself in a string: it returns the offset of
// the next quote, backslash or control character.
func ownBytes(b []byte, i int) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(b); i += 8 {
		p := b[i : i+8]
		w := uint64(p[0]) | uint64(p[1])<<8 | uint64(p[2])<<16 | uint64(p[3])<<24 |
			uint64(p[4])<<32 | uint64(p[5])<<40 | uint64(p[6])<<48 | uint64(p[7])<<56 // one load
		// Less one, or a space, the bytes looked for get their top bit set, the
		// first of them for certain; those from 0x80 on had it, and don't count.
		found := ((w ^ ones*'"') - ones) | ((w ^ ones*'\\') - ones) | (w - ones*' ')
		if found &= tops &^ w; found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for i < len(b) && b[i] != '"' && b[i] != '\\' && b[i] >= ' ' {
		i++
	}
	return i
}

// scanScalar reads a word or a number.
func scanScalar(b []byte, i int) (int, bool) {
	word := ""
	switch byteAt(b, i) {
	case 't':
		word = "true"
	case 'f':
		word = "false"
	case 'n':
		word = "null"
	}
	if word != "" {
		if !bytes.HasPrefix(b[i:], []byte(word)) {
			return i, false
		}
		return i + len(word), true
	}
	if byteAt(b, i) == '-' {
		i++
	}
	ok := true
	if byteAt(b, i) == '0' {
		i++
	} else if i, ok = scanDigits(b, i); !ok {
		return i, false
	}
	if byteAt(b, i) == '.' {
		if i, ok = scanDigits(b, i+1); !ok {
			return i, false
		}
	}
	if byteAt(b, i)|0x20 == 'e' {
		if i++; byteAt(b, i) == '+' || byteAt(b, i) == '-' {
			i++
		}
		i, ok = scanDigits(b, i)
	}
	return i, ok
}

func scanDigits(b []byte, i int) (int, bool) {
	start := i
	for i < len(b) && '0' <= b[i] && b[i] <= '9' {
		i++
	}
	return i, i > start
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// byteAt is b[i], or a byte that JSON has not outside of strings.
func byteAt(b []byte, i int) byte {
	if i < len(b) {
		return b[i]
	}
	return 0
}
