package fuzz

import "strings"

// A grammar says whether a text is in the language that fastjson reads, which
// is JSON and more, and names what it has that JSON has not. It is written from
// that language's description in DIFFERENCES.md, not from fastjson.
type grammar struct {
	s       string
	lenient map[string]bool // the names of what is not JSON
}

// What fastjson takes for JSON, by its name in DIFFERENCES.md.
const (
	looseNumber  = "numbers of any digits, signs, points and e"
	notANumber   = "NaN and infinity"
	rawControl   = "control characters in a string"
	looseEscapes = "unknown escapes in a string"
)

// maxDepth is how deep values may be nested, the outermost counted.
const maxDepth = 300

// read reports whether s is in the language.
func (g *grammar) read(s string) bool {
	g.s, g.lenient = s, map[string]bool{}
	return g.value(1) && g.s == ""
}

func (g *grammar) space() { g.s = strings.TrimLeft(g.s, " \t\r\n") }

// take takes one byte that is among the set, and returns it; 0 if there is none.
func (g *grammar) take(set string) byte {
	if g.s == "" || strings.IndexByte(set, g.s[0]) < 0 {
		return 0
	}
	c := g.s[0]
	g.s = g.s[1:]
	return c
}

// value takes a value with the white space around it.
func (g *grammar) value(depth int) bool {
	if depth > maxDepth {
		return false
	}
	g.space()
	defer g.space()
	switch {
	case g.take("[") != 0:
		return g.list(']', func() bool { return g.value(depth + 1) })
	case g.take("{") != 0:
		return g.list('}', func() bool {
			g.space()
			if g.take(`"`) == 0 || !g.text() {
				return false
			}
			g.space()
			return g.take(":") != 0 && g.value(depth+1)
		})
	case g.take(`"`) != 0:
		return g.text()
	}
	for _, word := range []string{"true", "false", "null"} {
		if strings.HasPrefix(g.s, word) {
			g.s = g.s[len(word):]
			return true
		}
	}
	return g.number()
}

// list takes what is behind an opening bracket, up to the closing one.
func (g *grammar) list(closing byte, element func() bool) bool {
	g.space()
	if g.take(string(closing)) != 0 {
		return true
	}
	for element() {
		g.space()
		switch g.take(string(closing) + ",") {
		case closing:
			return true
		case 0:
			return false
		}
	}
	return false
}

// text takes what is behind an opening quote, up to the closing one.
func (g *grammar) text() bool {
	for g.s != "" {
		c := g.s[0]
		g.s = g.s[1:]
		switch {
		case c == '"':
			return true
		case c == '\\' && g.s != "":
			kind := g.s[0]
			g.s = g.s[1:]
			four := len(g.s) >= 4 && len(strings.TrimLeft(g.s[:4], "0123456789abcdefABCDEF")) == 0
			if strings.IndexByte(`"\/bfnrt`, kind) < 0 && (kind != 'u' || !four) {
				g.lenient[looseEscapes] = true
			}
			if kind < ' ' {
				g.lenient[rawControl] = true
			}
		case c < ' ':
			g.lenient[rawControl] = true
		}
	}
	return false
}

func (g *grammar) number() bool {
	n := len(g.s) - len(strings.TrimLeft(g.s, "0123456789.-+eE"))
	if n == 0 || n == 1 && (g.s[0] == '-' || g.s[0] == '+') && len(g.s) > 1 {
		if len(g.s) >= n+3 && (strings.EqualFold(g.s[n:n+3], "nan") || strings.EqualFold(g.s[n:n+3], "inf")) {
			g.lenient[notANumber] = true
			g.s = g.s[n+3:]
			return true
		}
		return false
	}
	if !jsonNumber(g.s[:n]) {
		g.lenient[looseNumber] = true
	}
	g.s = g.s[n:]
	return true
}

// jsonNumber is the grammar of RFC 8259 section 6.
func jsonNumber(s string) bool {
	digits := func() (n int) {
		rest := strings.TrimLeft(s, "0123456789")
		n, s = len(s)-len(rest), rest
		return n
	}
	s = strings.TrimPrefix(s, "-")
	zero := strings.HasPrefix(s, "0")
	if n := digits(); n == 0 || zero && n > 1 {
		return false
	}
	if rest, ok := strings.CutPrefix(s, "."); ok {
		if s = rest; digits() == 0 {
			return false
		}
	}
	if s != "" && s[0]|0x20 == 'e' {
		s = s[1:]
		if s != "" && (s[0] == '-' || s[0] == '+') {
			s = s[1:]
		}
		return digits() > 0 && s == ""
	}
	return s == ""
}
