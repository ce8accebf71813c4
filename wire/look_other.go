//go:build !unix

package wire

import (
	"errors"
	"net"
	"os"
	"time"

	"github.com/minlambda/minlambda/internal/ascii"
)

type peek struct {
	// The caller's buffer would be allocated for each look.
	buf [ascii.MaxQuote + 1]byte
}

func (*peek) at(net.Conn) error { return nil }

// lookTime is how long a look waits: package net has no read that does not wait.
const lookTime = 5 * time.Millisecond

// look reads what has arrived into p and waits for at most lookTime. 0 without an error means that
// nothing has arrived. An error means that the connection has ended.
func (s socket) look(p []byte) (n int, err error) {
	s.setReadDeadline(time.Now().Add(lookTime))
	n, err = s.conn.Read(s.peek.buf[:])
	s.setReadDeadline(time.Time{})
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = nil
	}
	return copy(p, s.peek.buf[:n]), err
}

// setReadDeadline sets the deadline unless shutdown has set one.
func (s socket) setReadDeadline(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.down {
		s.conn.SetReadDeadline(t)
	}
}
