package micro

import (
	"bytes"
	"errors"
)

var (
	errPass = errors.New("a pass has not found what it looks for")
	errHead = errors.New("not a head")
)

// A byteLoop is the parser that one would write first: a loop over the bytes that remembers where a
// line began and where its colon was. It refuses less than the library's parser: it accepts control
// characters, odd names, and IDs that would be harmful in a path.
type byteLoop struct {
	status, length int
	chunked        bool
	id             []byte
}

func newByteLoop() parser {
	var l byteLoop
	return parser{work{"byteloop", l.parse},
		func([]byte) message { return message{l.status, l.length, l.chunked, string(l.id)} }}
}

func (l *byteLoop) parse(head []byte) error {
	*l = byteLoop{length: -1}
	start, colon := 0, -1
	for i, c := range head {
		switch {
		case c == ':' && colon < 0:
			colon = i
		case c != '\n':
		case i == start || head[i-1] != '\r':
			return errHead
		case i == start+1: // the empty line
			return nil
		case start == 0:
			if !l.statusLine(head[:i-1]) {
				return errHead
			}
			start, colon = i+1, -1
		case colon < 0 || !l.field(head[start:colon], bytes.TrimSpace(head[colon+1:i-1])):
			return errHead
		default:
			start, colon = i+1, -1
		}
	}
	return errHead // there is no empty line
}

func (l *byteLoop) statusLine(line []byte) bool {
	if len(line) < len("HTTP/1.1 200") || string(line[:7]) != "HTTP/1." {
		return false
	}
	var ok bool
	l.status, ok = decimal(line[9:12])
	return ok
}

func (l *byteLoop) field(name, value []byte) (ok bool) {
	switch {
	case is(name, "Content-Length"):
		l.length, ok = decimal(value)
		return ok
	case is(name, "Transfer-Encoding"):
		l.chunked = is(value, "chunked")
		return l.chunked
	case is(name, requestID):
		l.id = value
	}
	return true
}

// is compares ignoring case, and looks at the length first.
func is(b []byte, want string) bool {
	return len(b) == len(want) && bytes.EqualFold(b, []byte(want))
}

func decimal(digits []byte) (n int, ok bool) {
	for _, c := range digits {
		if c < '0' || c > '9' || n > 1<<28 {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, len(digits) > 0
}
