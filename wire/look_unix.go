//go:build unix && (!linux || !(amd64 || arm64) || minlambda_net)

package wire

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/minlambda/minlambda/internal/ascii"
)

// A peek is a read that does not wait. Package net offers a deadline for that. On a busy machine
// the deadline may pass before the read is tried, and the bytes that have arrived would not be
// seen.
type peek struct {
	raw syscall.RawConn
	try func(fd uintptr) bool // read
	// The caller's buffer would be allocated for each look.
	buf [ascii.MaxQuote + 1]byte
	n   int
	err error
}

// at makes k a peek at conn.
func (k *peek) at(conn net.Conn) (err error) {
	k.try = k.read
	k.raw, err = conn.(syscall.Conn).SyscallConn()
	return err
}

// look reads what has arrived into p, without waiting. 0 without an error means that nothing has
// arrived. An error means that the connection has ended.
func (s socket) look(p []byte) (n int, err error) {
	k := &s.peek
	err = k.raw.Read(k.try)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded): // shutdown was called
		return 0, nil
	case err != nil:
		return 0, err
	}
	return copy(p, k.buf[:k.n]), k.err
}

// read does one read of a non-blocking socket. It always reports true, which means that no further
// read is wanted.
func (k *peek) read(fd uintptr) bool {
	for {
		k.n, k.err = syscall.Read(int(fd), k.buf[:])
		switch {
		case k.err == syscall.EINTR:
			continue
		case k.err == syscall.EAGAIN:
			k.n, k.err = 0, nil
		case k.err != nil:
			k.n = 0
		case k.n == 0:
			k.err = io.EOF
		}
		return true
	}
}
