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

// A peek is a read that does not wait. A deadline, which package net has for
// that, may be over before the read is tried, on a machine that is busy: what
// has come would not be seen.
type peek struct {
	raw syscall.RawConn
	try func(fd uintptr) bool    // read
	buf [ascii.MaxQuote + 1]byte // what the caller has would be allocated for each look
	n   int
	err error
}

// at makes k one of conn.
func (k *peek) at(conn net.Conn) (err error) {
	k.try = k.read
	k.raw, err = conn.(syscall.Conn).SyscallConn()
	return err
}

// look reads what has come, into p, without waiting; 0 without an error means
// that nothing has. An error means that the connection has ended.
func (s socket) look(p []byte) (n int, err error) {
	k := &s.peek
	err = k.raw.Read(k.try)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded): // shutdown has been called
		return 0, nil
	case err != nil:
		return 0, err
	}
	return copy(p, k.buf[:k.n]), k.err
}

// read is one read of a socket that does not block, and reports true: it is all.
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
