// Package fill is the handler of peers that stream: the event says how many bytes, and the response
// is as many, in pieces of 64 KiB. The first is sent at once.
package fill

import (
	"bytes"
	"io"
	"strconv"

	"github.com/minlambda/minlambda/bench/internal/echo"
)

// Piece is what the response consists of.
var Piece = bytes.Repeat([]byte("x"), 64<<10)

// Answer is n pieces of the response to an event, and the rest of it; rest alone for echo.Stats.
func Answer(event []byte) (pieces int, rest []byte, err error) {
	if answer := echo.Respond(event); string(event) == echo.Stats {
		return 0, answer, nil
	}
	n, err := strconv.Atoi(string(event))
	if err != nil {
		return 0, nil, err
	}
	return n / len(Piece), Piece[:n%len(Piece)], nil
}

// Event and Whole are the event and the response of so many bytes.
func Event(n int) []byte { return strconv.AppendInt(nil, int64(n), 10) }

// Whole is the whole response.
func Whole(n int) []byte { return bytes.Repeat([]byte("x"), n) }

// A Reader reads the response, at most a piece at once.
type Reader struct {
	pieces int
	rest   []byte
	left   []byte // of the piece that is being read
}

// NewReader reads the response to an event.
func NewReader(event []byte) (*Reader, error) {
	pieces, rest, err := Answer(event)
	return &Reader{pieces: pieces, rest: bytes.Clone(rest)}, err
}

func (r *Reader) Read(p []byte) (int, error) {
	if len(r.left) == 0 {
		switch {
		case r.pieces > 0:
			r.pieces, r.left = r.pieces-1, Piece
		case len(r.rest) > 0:
			r.left, r.rest = r.rest, nil
		default:
			return 0, io.EOF
		}
	}
	n := copy(p, r.left)
	r.left = r.left[n:]
	return n, nil
}
