package metadata

import (
	"unicode/utf8"

	"github.com/minlambda/minlambda/internal/ascii"
)

// The answer is read by hand: package encoding/json would make a program that asks
// for its zone larger by a third. FuzzZone compares the two.

const (
	zoneKey = "AvailabilityZoneID"
	maxZone = 64

	// maxDepth bounds the recursion. The answer is flat; 1 MiB of brackets would
	// take a stack of a hundred.
	maxDepth = 64
)

// zoneIn finds the zone in an answer.
func zoneIn(text []byte) (zone string, err error) {
	if !utf8.Valid(text) {
		return "", ErrNotJSON
	}
	s := scanner{text: text}
	if s.skip(); !s.is('{') || !s.value(0) {
		return "", ErrNotJSON
	}
	if s.skip(); s.at < len(text) {
		return "", ErrNotJSON
	}
	if s.zones != 1 || len(s.zone) == 0 || len(s.zone) > maxZone {
		return "", ErrNoZone
	}
	for _, c := range s.zone {
		letter := c | 0x20
		if (letter < 'a' || letter > 'z') && (c < '0' || c > '9') && c != '-' {
			return "", ErrNoZone
		}
	}
	return string(s.zone), nil
}

// A scanner reads JSON, and keeps the zone: the string under zoneKey in the
// outermost object. Its methods report false where the text is not JSON.
type scanner struct {
	text  []byte
	at    int
	zone  []byte
	zones int // how often zoneKey was there
}

func (s *scanner) is(c byte) bool { return s.at < len(s.text) && s.text[s.at] == c }

// take goes past c if it is next.
func (s *scanner) take(c byte) bool {
	ok := s.is(c)
	if ok {
		s.at++
	}
	return ok
}

func (s *scanner) skip() {
	for s.is(' ') || s.is('\t') || s.is('\n') || s.is('\r') {
		s.at++
	}
}

func (s *scanner) value(depth int) bool {
	if s.at == len(s.text) || depth > maxDepth {
		return false
	}
	switch s.text[s.at] {
	case '{':
		return s.object(depth)
	case '[':
		return s.array(depth)
	case '"':
		_, ok := s.str()
		return ok
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	}
	return s.number()
}

func (s *scanner) word(w string) bool {
	end := s.at + len(w)
	if end > len(s.text) || string(s.text[s.at:end]) != w {
		return false
	}
	s.at = end
	return true
}

func (s *scanner) object(depth int) bool {
	s.at++
	if s.skip(); s.take('}') {
		return true
	}
	for {
		s.skip()
		key, ok := s.str()
		if s.skip(); !ok || !s.take(':') {
			return false
		}
		s.skip()
		if depth == 0 && string(key) == zoneKey {
			s.zones++
			if s.is('"') {
				if s.zone, ok = s.str(); !ok {
					return false
				}
			} else if s.zone = nil; !s.value(depth + 1) {
				return false
			}
		} else if !s.value(depth + 1) {
			return false
		}
		s.skip()
		if s.take('}') {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

func (s *scanner) array(depth int) bool {
	s.at++
	if s.skip(); s.take(']') {
		return true
	}
	for {
		s.skip()
		if !s.value(depth + 1) {
			return false
		}
		s.skip()
		if s.take(']') {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

// str reads a string, and returns what it stands for. A surrogate without its other
// half stands for U+FFFD, as in encoding/json.
func (s *scanner) str() (value []byte, ok bool) {
	if !s.take('"') {
		return nil, false
	}
	for s.at < len(s.text) {
		c := s.text[s.at]
		s.at++
		switch {
		case c == '"':
			return value, true
		case c < ' ':
			return nil, false
		case c != '\\':
			value = append(value, c)
		case s.at == len(s.text):
			return nil, false
		default:
			c = s.text[s.at]
			s.at++
			if c == 'u' {
				r, ok := s.escape()
				if !ok {
					return nil, false
				}
				value = utf8.AppendRune(value, r)
				continue
			}
			plain, ok := single(c)
			if !ok {
				return nil, false
			}
			value = append(value, plain)
		}
	}
	return nil, false
}

// single is the character that a backslash and c stand for.
func single(c byte) (byte, bool) {
	const names, values = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	for i := 0; i < len(names); i++ {
		if names[i] == c {
			return values[i], true
		}
	}
	return 0, false
}

// escape reads what comes after \u, and a second half if there is one.
func (s *scanner) escape() (r rune, ok bool) {
	if r, ok = s.hex(); !ok || r < 0xd800 || r > 0xdbff {
		return r, ok // AppendRune makes U+FFFD of a second half that is alone
	}
	at := s.at
	if s.word(`\u`) {
		second, ok := s.hex()
		if !ok {
			return 0, false
		}
		if second >= 0xdc00 && second <= 0xdfff {
			return 0x10000 + (r-0xd800)<<10 + (second - 0xdc00), true
		}
		s.at = at // a character of its own
	}
	return utf8.RuneError, true
}

// hex reads four hex digits.
func (s *scanner) hex() (r rune, ok bool) {
	if len(s.text)-s.at < 4 {
		return 0, false
	}
	for _, c := range s.text[s.at : s.at+4] {
		digit := ascii.Hex(c)
		if digit < 0 {
			return 0, false
		}
		r = r<<4 | rune(digit)
	}
	s.at += 4
	return r, true
}

func (s *scanner) number() bool {
	s.take('-')
	if !s.take('0') && !s.digits() {
		return false
	}
	if s.take('.') && !s.digits() {
		return false
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		return s.digits()
	}
	return true
}

// digits goes past one digit or more.
func (s *scanner) digits() bool {
	from := s.at
	for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
		s.at++
	}
	return s.at > from
}
