package ascii

// MaxQuote is how many bytes of a text Quote shows: enough to recognise a line
// by, few enough for a line of log.
const MaxQuote = 120

// Quote returns s in one line of ASCII, as Go would write it in its source; of a
// long s the beginning, and how much is left out.
func Quote(s string) string {
	shown, more := "", ""
	for i := 0; i < len(s); i++ {
		if i == MaxQuote {
			more = " and " + Itoa(len(s)-i) + " bytes more"
			break
		}
		shown += string(rune(s[i])) // each byte is the character of its number
	}
	return `"` + escape(shown, inSource) + `"` + more
}

// JSON returns s as a string of JSON, in UTF-8 whatever s is: a byte that is not
// UTF-8 becomes U+FFFD.
//
//go:noinline
func JSON(s string) string { return `"` + escape(s, inJSON) + `"` }

// Line returns s in one line of UTF-8, for people: control characters are
// escaped as in JSON, and a byte that is not UTF-8 becomes U+FFFD.
func Line(s string) string { return escape(s, inLine) }

// What a text is to stand in, and so what has to be escaped.
type place uint8

const (
	inLine   place = iota // control characters
	inJSON                // quotes and backslashes as well
	inSource              // and what is not ASCII, of which a byte is shown
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
