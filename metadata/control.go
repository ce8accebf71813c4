package metadata

import "github.com/minlambda/minlambda/internal/ascii"

// longest is what Lambda says, and what holds where the endpoint says nothing or
// more: a zone does not change as long as its environment lives, which is hours.
const longest = 43_200

// maxAge reads the value of a Cache-Control header: for how many seconds an answer
// may be kept (RFC 9111 section 5.2.2). An answer that must not be kept, or that
// must be validated each time, has none; neither has one whose max-age is not a
// number (section 4.2.1). A nil control is that of an answer without the header.
func maxAge(control []byte) int64 {
	age := int64(longest)
	for len(control) > 0 {
		var directive []byte
		directive, control = cutDirective(control)
		name, value := directive, []byte(nil)
		for i, c := range directive {
			if c == '=' {
				name, value = trim(directive[:i]), trim(directive[i+1:])
				break
			}
		}
		switch {
		case ascii.EqualFold(name, "no-store"), ascii.EqualFold(name, "no-cache"):
			return 0
		case ascii.EqualFold(name, "max-age"):
			if n := len(value); n > 1 && value[0] == '"' && value[n-1] == '"' {
				value = value[1 : n-1]
			}
			n, ok := ascii.Decimal(value, longest)
			if !ok {
				return 0
			}
			if n >= 0 { // else it is more than longest
				age = min(age, n)
			}
		}
	}
	return age
}

// cutDirective divides a list at its first comma that is not in a quoted string.
func cutDirective(list []byte) (first, rest []byte) {
	quoted := false
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case c == ',' && !quoted:
			return trim(list[:i]), list[i+1:]
		}
	}
	return trim(list), nil
}

func trim(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for n := len(b); n > 0 && (b[n-1] == ' ' || b[n-1] == '\t'); n-- {
		b = b[:n-1]
	}
	return b
}
