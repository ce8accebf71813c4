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
	buf [ascii.MaxQuote + 1]byte // what the caller has would be allocated for each look
}

func (*peek) at(net.Conn) error { return nil }

// lookTime is how long a look waits: package net has no read without a wait.
const lookTime = 5 * time.Millisecond

// look reads what has come, into p, without waiting for more than lookTime; 0
// without an error means that nothing has. An error means that the connection
// has ended.
func (s socket) look(p []byte) (n int, err error) {
	s.setReadDeadline(time.Now().Add(lookTime))
	n, err = s.conn.Read(s.peek.buf[:])
	s.setReadDeadline(time.Time{})
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = nil
	}
	return copy(p, s.peek.buf[:n]), err
}

// setReadDeadline sets it unless shutdown has.
func (s socket) setReadDeadline(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.down {
		s.conn.SetReadDeadline(t)
	}
}
