package wire

import "github.com/minlambda/minlambda/internal/ascii"

// An Answer is what the Runtime API said to a POST. Both 200 and 202 mean that the API accepted the
// request. Body lives until the next call of a method of Conn.
type Answer struct {
	Status int
	Body   []byte
}

// Accepted reports whether the Runtime API accepted what was sent.
func (a Answer) Accepted() bool { return a.Status == 200 || a.Status == 202 }

// String returns the answer in one line: the status and the body. The body is quoted unless it is
// one line of ASCII.
func (a Answer) String() string {
	const longest = 1000
	said := a.Body
	for len(said) > 0 && (said[len(said)-1] == '\n' || said[len(said)-1] == '\r') {
		said = said[:len(said)-1]
	}
	s := ascii.Itoa(a.Status)
	if len(said) == 0 {
		return s
	}
	for _, c := range said {
		if c < ' ' || c > '~' || len(said) > longest {
			return s + " " + ascii.Quote(string(said))
		}
	}
	return s + " " + string(said)
}
