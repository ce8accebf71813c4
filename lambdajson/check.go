package lambdajson

import (
	"math/bits"
	"strconv"
	"unicode/utf8"

	"github.com/minlambda/minlambda/internal/ascii"
)

// A check decides whether a text is JSON as RFC 8259 defines it: fastjson reads more than that, and
// writes more. It reads the text once and copies nothing. BenchmarkCheck shows what it adds to
// parsing and to writing.
type check struct {
	open        []byte // the closing brackets that must still come, the next one last
	want        string // what is missing where the text stops being JSON
	top         uint64 // has a top bit set if a string may have a byte outside ASCII
	escapes     int    // how many escapes there were
	escapedKeys bool   // a key has an escape
	halfPairs   bool   // an escape stands for half of a surrogate pair
}

// What is missing in a text that is not JSON, in the words of its error.
const (
	wantValue   = "a value"
	wantKey     = "a key in quotes"
	wantColon   = `":"`
	wantArray   = `"," or "]"`
	wantObject  = `"," or "}"`
	wantEnd     = "the end"
	wantDigit   = "a digit"
	wantQuote   = "a closing quote"
	wantEscape  = `one of the escapes \" \\ \/ \b \f \n \r \t \u0000`
	wantEscaped = "an escape in place of a control character"
	wantUTF8    = "UTF-8"
	wantShallow = "no deeper value"
)

// run checks that b is JSON whose values are nested at most maxDepth deep. It returns the offset
// where b stops being JSON, and sets c.want to what is missing there; c.want is empty if b is JSON.
func (c *check) run(b []byte, maxDepth int) int {
	*c = check{open: c.open[:0]}
	closing, i := byte(0), skipSpace(b, 0) // closing is the last byte of open
	for {
		if closing == '}' {
			if i = c.key(b, i); c.want != "" {
				return i
			}
		}
		switch {
		case i >= len(b):
			return c.fault(i, wantValue)
		case len(c.open) >= maxDepth:
			return c.fault(i, wantShallow)
		case b[i] == '"':
			i = c.text(b, i+1)
		case b[i] == '{' || b[i] == '[':
			bracket := b[i] + 2 // the distance from [ to ], and from { to }
			if i = skipSpace(b, i+1); i == len(b) || b[i] != bracket {
				c.open, closing = append(c.open, bracket), bracket
				continue
			}
			i++
		default:
			i = c.word(b, i)
		}
		if c.want != "" {
			return i
		}
		if closing != 0 && i < len(b) && b[i] == ',' {
			i = skipSpace(b, i+1)
			continue
		}
		if i = c.after(b, i); c.want != "" {
			return i
		}
		if len(c.open) == 0 {
			break
		}
		closing = c.open[len(c.open)-1]
	}
	if c.top&tops != 0 && !utf8.Valid(b) {
		return c.fault(invalidUTF8(b), wantUTF8)
	}
	return i
}

func (c *check) fault(i int, want string) int {
	c.want = want
	return i
}

// after reads what stands between the end of a value and the next value or key: closing brackets,
// then a comma or the end.
func (c *check) after(b []byte, i int) int {
	for n := len(c.open); ; n-- {
		c.open = c.open[:n]
		i = skipSpace(b, i)
		switch {
		case n == 0 && i == len(b):
			return i
		case n == 0:
			return c.fault(i, wantEnd)
		case i < len(b) && b[i] == ',':
			return skipSpace(b, i+1)
		case i < len(b) && b[i] == c.open[n-1]:
			i++
		case c.open[n-1] == '}':
			return c.fault(i, wantObject)
		default:
			return c.fault(i, wantArray)
		}
	}
}

// key reads a key and its colon.
func (c *check) key(b []byte, i int) int {
	if i == len(b) || b[i] != '"' {
		return c.fault(i, wantKey)
	}
	before := c.escapes
	if i = c.text(b, i+1); c.want != "" {
		return i
	}
	if c.escapes != before {
		c.escapedKeys = true
	}
	if i = skipSpace(b, i); i == len(b) || b[i] != ':' {
		return c.fault(i, wantColon)
	}
	return skipSpace(b, i+1)
}

// Masks for eight bytes in one number.
const (
	ones = 0x0101010101010101
	tops = 0x8080808080808080
)

// text reads a string, from after its opening quote to after its closing quote.
func (c *check) text(b []byte, i int) int {
	for {
		top := uint64(0)
		for ; i+8 <= len(b); i += 8 {
			w := load64(b[i:])
			top |= w
			if special := special(w); special != 0 {
				i += bits.TrailingZeros64(special) / 8
				break
			}
		}
		c.top |= top
		if i >= len(b) {
			return c.fault(i, wantQuote)
		}
		switch ch := b[i]; {
		case ch == '"':
			return i + 1
		case ch == '\\':
			n := c.escape(b[i:])
			if n == 0 {
				return c.fault(i, wantEscape)
			}
			i += n
		case ch < ' ':
			return c.fault(i, wantEscaped)
		default:
			c.top |= uint64(ch)
			i++
		}
	}
}

// special finds the first of the eight bytes in w that is a quote, a backslash or a control
// character. The lowest bit set in the result is that byte's top bit; the result is 0 if there is
// no such byte. It exchanges quotes and spaces, then subtracts '!': that borrows from a quote or a
// control character and sets its top bit. Subtracting 1 does the same to a backslash, after it has
// become 0. A later byte's top bit may be set too, but never an earlier one's.
func special(w uint64) uint64 {
	return ((w ^ (' '^'"')*ones - '!'*ones) | (w ^ '\\'*ones - ones)) &^ w & tops
}

// escape returns the size of the escape, or of the pair of escapes, at the start of s; 0 if it is
// not an escape of JSON.
func (c *check) escape(s []byte) int {
	c.escapes++
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		switch r := hex4(s); {
		case r < 0:
			return 0
		case !isSurrogate(r):
			return 6
		case isPair(r, hex4(s[6:])):
			return 12
		}
		c.halfPairs = true
		return 6
	}
	return 0
}

// word reads true, false, null or a number.
func (c *check) word(b []byte, i int) int {
	name := ""
	switch b[i] {
	case 't':
		name = "true"
	case 'f':
		name = "false"
	case 'n':
		name = "null"
	default:
		return c.number(b, i)
	}
	if len(b)-i < len(name) || string(b[i:i+len(name)]) != name {
		return c.fault(i, wantValue)
	}
	return i + len(name)
}

func (c *check) number(b []byte, i int) int {
	start := i
	if b[i] == '-' {
		i++
	}
	first := i
	if i = skipDigits(b, i); i == first {
		if i == start {
			return c.fault(i, wantValue)
		}
		return c.fault(i, wantDigit)
	}
	if b[first] == '0' {
		// The bytes after this are not part of the number.
		i = first + 1
	}
	if i < len(b) && b[i] == '.' {
		first = i + 1
		if i = skipDigits(b, first); i == first {
			return c.fault(i, wantDigit)
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		first = i + 1
		if first < len(b) && (b[first] == '-' || b[first] == '+') {
			first++
		}
		if i = skipDigits(b, first); i == first {
			return c.fault(i, wantDigit)
		}
	}
	return i
}

func skipDigits(b []byte, i int) int {
	for i < len(b) && '0' <= b[i] && b[i] <= '9' {
		i++
	}
	return i
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

func load64(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// invalidUTF8 returns where b stops being UTF-8.
func invalidUTF8(b []byte) int {
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(b)
}

// describe says in one line that b is not JSON, where, and what stands there. what names b; at is
// the result of run.
func (c *check) describe(what string, b []byte, at int) string {
	const shown = 20 // bytes shown before the place, and after it
	place := "byte " + strconv.Itoa(at)
	if c.want == wantShallow {
		return what + " is nested more than " + strconv.Itoa(len(c.open)) + " deep: at " + place
	}
	found := "the end"
	if at < len(b) {
		found = ascii.Quote(string(b[at:min(at+shown, len(b))]))
	}
	if at > 0 {
		found += " after " + ascii.Quote(string(b[max(at-shown, 0):at]))
	}
	return what + " is not JSON: expected " + c.want + " at " + place + ", found " + found
}
