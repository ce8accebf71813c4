package ascii

// MaxQuote is how many bytes of a text Quote shows: enough to recognise a line, and few enough for
// one line of a log.
const MaxQuote = 120

// Quote returns s in one line of ASCII, as a Go string literal. Of a long s it returns the
// beginning, and says how many bytes it leaves out.
func Quote(s string) string {
	shown, more := "", ""
	for i := 0; i < len(s); i++ {
		if i == MaxQuote {
			more = " and " + Itoa(len(s)-i) + " bytes more"
			break
		}
		shown += string(rune(s[i])) // each byte becomes the character with its number
	}
	return `"` + escape(shown, inSource) + `"` + more
}

// JSON returns s as a JSON string. The result is UTF-8 whatever s is: a byte that is not UTF-8
// becomes U+FFFD.
//
//go:noinline
func JSON(s string) string { return `"` + escape(s, inJSON) + `"` }

// Line returns s in one line of UTF-8, for people: control characters are escaped as in JSON, and a
// byte that is not UTF-8 becomes U+FFFD.
func Line(s string) string { return escape(s, inLine) }

// Visible returns JSON text with a \u escape for each character that is not visible ASCII or a space,
// and for <, > and &, which encoding/json escapes as well: JSON that says the same, and may be the
// value of a header. The text has no control characters outside of its strings, nor has what Visible
// returns.
func Visible(json string) string { return escape(json, inHeader) }

// place says where a text is going to stand, and so what has to be escaped.
type place uint8

const (
	inLine   place = iota // control characters
	inJSON                // quotes and backslashes as well
	inSource              // and bytes that are not ASCII, each shown as a byte
	inHeader              // what is not ASCII: the rest is escaped already
)

//go:noinline
func escape(s string, where place) string {
	var dst []byte
	for _, c := range s {
		piece := string(c)
		switch {
		case c == '\n':
			piece = `\n`
		case c == '\t':
			piece = `\t`
		case c == '\r' && where == inSource:
			piece = `\r`
		case (c == '"' || c == '\\') && (where == inJSON || where == inSource):
			piece = `\` + piece
		case c < ' ' || c >= 0x7f && (c < 0xa0 || where >= inSource),
			(c == '<' || c == '>' || c == '&') && where == inHeader:
			piece = ""
			if c > 0xffff { // two units of UTF-16 (RFC 8259 section 7)
				c -= 0x10000
				piece = unit(0xd800 | c>>10)
				c = 0xdc00 | c&0x3ff
			}
			piece += unit(c)
			if where == inSource {
				piece = `\x` + piece[4:]
			}
		}
		dst = append(dst, piece...)
	}
	return string(dst)
}

// unit is a character as an escape of JSON.
//
//go:noinline
func unit(c rune) string {
	const hex = "0123456789abcdef"
	return string([]byte{'\\', 'u', hex[c>>12&15], hex[c>>8&15], hex[c>>4&15], hex[c&15]})
}
