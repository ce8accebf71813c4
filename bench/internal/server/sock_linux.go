package server

import (
	"fmt"
	"io"
	"net"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

// Blocking sockets: a goroutine that waits in the kernel costs a thread, one or two here. It saves
// the netpoller's share of every invocation, which would count for all peers and hide their
// differences.
type listener struct {
	fd   int
	addr string
}

type sock struct{ fd int }

func listen() (l listener, err error) {
	const kind = syscall.SOCK_STREAM | syscall.SOCK_CLOEXEC
	if l.fd, err = syscall.Socket(syscall.AF_INET, kind, 0); err != nil {
		return l, err
	}
	if err = syscall.Bind(l.fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err == nil {
		err = syscall.Listen(l.fd, 16)
	}
	var name syscall.Sockaddr
	if err == nil {
		name, err = syscall.Getsockname(l.fd)
	}
	if err != nil {
		syscall.Close(l.fd)
		return l, err
	}
	l.addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(name.(*syscall.SockaddrInet4).Port))
	return l, nil
}

func (l listener) accept() (s sock, err error) {
	for {
		if s.fd, _, err = syscall.Accept4(l.fd, syscall.SOCK_CLOEXEC); err != syscall.EINTR {
			break
		}
	}
	if err == nil {
		err = syscall.SetsockoptInt(s.fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	}
	return s, err
}

// stop wakes accept; closing would not.
func (l listener) stop() { _ = syscall.Shutdown(l.fd, syscall.SHUT_RDWR) }

func (l listener) close() { syscall.Close(l.fd) }

func (s sock) read(p []byte) (int, error) {
	for {
		n, err := syscall.Read(s.fd, p)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

func (s sock) write(p []byte) error {
	for len(p) > 0 {
		n, err := syscall.Write(s.fd, p)
		if err != nil && err != syscall.EINTR {
			return err
		}
		p = p[max(n, 0):]
	}
	return nil
}

// hold prepares for readHolding: the read gives up after a while.
func (s sock) hold() error {
	limit := syscall.NsecToTimeval(int64(patience))
	return syscall.SetsockoptTimeval(s.fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &limit)
}

// readHolding reads in a system call that Go's scheduler does not know of.
func (s sock) readHolding(p []byte) (int, error) {
	began := time.Now()
	for {
		n, _, errno := syscall.RawSyscall(syscall.SYS_READ, uintptr(s.fd),
			uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
		switch {
		case errno == syscall.EINTR && time.Since(began) < patience:
		case errno == syscall.EAGAIN || errno == syscall.EINTR:
			return 0, fmt.Errorf("no response in %v", patience)
		case errno != 0:
			return 0, errno
		case n == 0:
			return 0, io.EOF
		default:
			return int(n), nil
		}
	}
}

// writeHolding writes in such a call.
func (s sock) writeHolding(p []byte) error {
	for len(p) > 0 {
		n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, uintptr(s.fd),
			uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
		if errno != 0 && errno != syscall.EINTR {
			return errno
		}
		if errno == 0 {
			p = p[n:]
		}
	}
	return nil
}

// stop wakes read and write.
func (s sock) stop() { _ = syscall.Shutdown(s.fd, syscall.SHUT_RDWR) }

func (s sock) close() { syscall.Close(s.fd) }
