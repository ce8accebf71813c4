package act

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// A Stream is an event that asks for a stream, as examples/stream takes it.
type Stream struct {
	Parts []string `json:"parts,omitempty"`
	Pause int      `json:"pause_ms,omitempty"` // between two parts, in milliseconds
	Size  int      `json:"size,omitempty"`     // bytes of x after them
	Fail  *string  `json:"fail,omitempty"`
	Panic *string  `json:"panic,omitempty"`
}

// Sent has the parts and the bytes that event asks for sent, piece by piece, or
// what On makes of an event for that. It returns how the stream is to end.
func Sent(event []byte, send func(piece []byte) error) (s Stream, err error) {
	if bytes.HasPrefix(event, []byte(prefix)) {
		piece, err := On(nil, event)
		return s, errors.Join(err, send(piece))
	}
	served.Add(1)
	if err = json.Unmarshal(event, &s); err != nil {
		return s, err
	}
	for i, part := range s.Parts {
		if i > 0 {
			time.Sleep(time.Duration(s.Pause) * time.Millisecond)
		}
		if err = send([]byte(part)); err != nil {
			return s, err
		}
	}
	piece := []byte(strings.Repeat("x", 64<<10))
	for n := s.Size; n > 0; n -= len(piece) {
		if err = send(piece[:min(n, len(piece))]); err != nil {
			return s, err
		}
	}
	return s, nil
}
