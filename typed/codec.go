package typed

import (
	"io"

	"github.com/minlambda/minlambda"
)

// A Codec reads events and writes responses, in place of encoding/json. Where
// several events are handled at once, its methods are called by several goroutines
// at once.
type Codec interface {
	// Decode makes of the event what v points to, a zero value of the handler's
	// input. An event that it does not take is an error, which is that invocation's.
	// The event may be read only until Decode returns: what v points to must have
	// copies of its bytes.
	Decode(event []byte, v any) error

	// Encode writes what v points to, the handler's output, to w. It may write in
	// several pieces; a line end after the last is not sent. If it returns an error,
	// that is the invocation's, and what was written is not sent. An error of w has
	// to be returned, or wrapped.
	Encode(w io.Writer, v any) error
}

// A response writes into an invocation's response, but for a line end after which
// nothing comes: encoders write one after each value.
type response struct {
	inv  *minlambda.Invocation
	held bool // a line end has not been written yet
}

func (r *response) to(inv *minlambda.Invocation) *response {
	r.inv, r.held = inv, false
	return r
}

func (r *response) Write(p []byte) (int, error) {
	if r.held && len(p) > 0 {
		if _, err := r.inv.WriteString("\n"); err != nil {
			return 0, err
		}
		r.held = false
	}
	rest := p
	if n := len(p); n > 0 && p[n-1] == '\n' {
		rest, r.held = p[:n-1], true
	}
	if n, err := r.inv.Write(rest); err != nil {
		return n, err
	}
	return len(p), nil
}
