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

// place says where a text is going to stand, and so what has to be escaped.
type place uint8

const (
	inLine   place = iota // control characters
	inJSON                // quotes and backslashes as well
	inSource              // and bytes that are not ASCII, each shown as a byte
)

//go:noinline
func escape(s string, where place) string {
	const hex = "0123456789abcdef"
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
		case (c == '"' || c == '\\') && where != inLine:
			piece = `\` + piece
		case c < ' ' || c >= 0x7f && (c < 0xa0 || where == inSource):
			prefix := `\u00`
			if where == inSource {
				prefix = `\x`
			}
			piece = prefix + hex[c>>4:c>>4+1] + hex[c&15:c&15+1]
		}
		dst = append(dst, piece...)
	}
	return string(dst)
}
