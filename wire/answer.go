package wire

import "github.com/minlambda/minlambda/internal/ascii"

// An Answer is what the Runtime API said to a POST. 200 and 202 both mean that
// it has accepted it. Body lives until the next call of a method of Conn's.
type Answer struct {
	Status int
	Body   []byte
}

// Accepted reports whether the Runtime API took what was sent.
func (a Answer) Accepted() bool { return a.Status == 200 || a.Status == 202 }

// String returns the answer in one line: the status, and what the server said,
// as it is if that is a line of ASCII, and quoted otherwise.
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
