//go:build unix && (!linux || !(amd64 || arm64) || minlambda_net)

package wire

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// A peek is a read that does not wait. A deadline, which package net has for
// that, may be over before the read is tried, on a machine that is busy: what
// has come would not be seen.
type peek struct {
	raw syscall.RawConn
	try func(fd uintptr) bool // read, made a function once
	p   []byte
	n   int
	err error
}

// look reads what has come, into p, without waiting; 0 without an error means
// that nothing has. An error means that the connection has ended.
func (s socket) look(p []byte) (n int, err error) {
	k := &s.peek
	if k.raw == nil {
		if k.raw, err = s.conn.(syscall.Conn).SyscallConn(); err != nil {
			return 0, err
		}
		k.try = k.read
	}
	k.p = p
	err = k.raw.Read(k.try)
	k.p = nil
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return 0, nil // shutdown has been called
	}
	if err == nil {
		n, err = k.n, k.err
	}
	return n, err
}

// read is one read of a socket that does not block, and reports true: it is all.
func (k *peek) read(fd uintptr) bool {
	for {
		k.n, k.err = syscall.Read(int(fd), k.p)
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
