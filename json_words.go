package minlambda

import "bytes"

// Where fastjson finds a t, f or n that begins no true, false or null, its
// error quotes all of the event from there on, in up to four bytes for each,
// and copies that twice for each level of nesting: 600 times. So in a long
// event the words are looked at before. Of maxUnchecked bytes such an error
// makes 160 MB of garbage at the worst, of which little lives at a time.
const (
	maxUnchecked = 64 << 10
	maxWord      = 20 // bytes of a bad one that the error shows
)

// badWord returns where event has a t, f or n outside of strings that begins
// no word of JSON, or of fastjson's; -1 if there is none. It parts strings
// from the rest as fastjson does, so that it refuses nothing else.
// BenchmarkJSONLong shows what it adds to a long event.
func badWord(event []byte) int {
	for i := 0; i < len(event); {
		c := event[i]
		if !inWord[c] {
			i++
			continue
		}
		if c == '"' {
			if i = stringEnd(event, i+1); i < 0 {
				return -1 // fastjson says so, and quotes little
			}
			continue
		}
		switch rest := event[i:]; {
		case hasPrefix(rest, "true"), hasPrefix(rest, "null"):
			i += 4
		case hasPrefix(rest, "false"):
			i += 5
		case foldsPrefix(rest, "nan"), foldsPrefix(rest, "inf"):
			i += 3
		case c == 't' || c == 'f' || c == 'n':
			return i
		default:
			i++
		}
	}
	return -1
}

// inWord marks the bytes that badWord has to look at.
var inWord = [256]bool{'"': true, 't': true, 'f': true, 'n': true, 'N': true, 'i': true, 'I': true}

// stringEnd returns the offset behind the quote that ends the string whose
// text begins at b[i]; -1 if it has no end. A quote behind an odd number of
// backslashes is no end.
func stringEnd(b []byte, i int) int {
	for start := i; ; {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return -1
		}
		end := i + n
		i = end + 1
		from := end
		for from > start && b[from-1] == '\\' {
			from--
		}
		if (end-from)%2 == 0 {
			return i
		}
	}
}

func hasPrefix(s []byte, word string) bool {
	return len(s) >= len(word) && string(s[:len(word)]) == word
}

func foldsPrefix(s []byte, word string) bool {
	if len(s) < len(word) {
		return false
	}
	for i := range len(word) {
		if s[i]|0x20 != word[i] {
			return false
		}
	}
	return true
}
