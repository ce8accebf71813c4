//go:build linux && (amd64 || arm64) && !minlambda_net

package wire

import (
	"syscall"
	"unsafe"
)

// This file is the only one of the library that imports unsafe. The proof of
// its few uses:
//
//   - A pointer becomes a uintptr only within the call of syscall.RawSyscall6
//     or syscall.Syscall6 (rule 4 of package unsafe), which keeps what it
//     points to alive and in place until the call returns.
//   - Every pointer is to the first byte of a slice that is not empty, and goes
//     with that slice's length, or is to a Msghdr whose Iovlen counts an array
//     in the same frame. The kernel keeps none of them.
//
// The socket is blocking, and no part of the netpoller: a loop has one
// connection and nothing else to do while it waits. A system call that may
// block costs more than its work (the scheduler is told before and after), so
// each is first tried as one that can't, with MSG_DONTWAIT and by RawSyscall.
// A RawSyscall that could block, or copy much, would hold the processor and
// with it the garbage collector; eager bounds the second.
const eager = 64 << 10

type socket struct{ fd int }

const (
	tcpSynCount = 7 // TCP_SYNCNT
)

// dial connects to the first of a's addresses that answers. A SYN is sent
// again twice at most, which is seven seconds with the kernel's doubling waits:
// the Runtime API is on this host, and the default of six is for the internet.
func dial(a *Addr) (s socket, err error) {
	for i := range a.ips {
		var to syscall.Sockaddr
		family := syscall.AF_INET
		if ip := &a.ips[i]; ip.six {
			family = syscall.AF_INET6
			to = &syscall.SockaddrInet6{Port: a.port, Addr: ip.b}
		} else {
			to = &syscall.SockaddrInet4{Port: a.port, Addr: [4]byte(ip.b[:4])}
		}
		if s.fd, err = syscall.Socket(family, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0); err != nil {
			continue
		}
		if err = s.connect(to); err == nil {
			if !s.toItself(a.port) {
				return s, nil
			}
			err = syscall.ECONNREFUSED
		}
		s.close()
	}
	return s, err
}

func (s socket) connect(to syscall.Sockaddr) error {
	if err := syscall.SetsockoptInt(s.fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1); err != nil {
		return err
	}
	if err := syscall.SetsockoptInt(s.fd, syscall.IPPROTO_TCP, tcpSynCount, 2); err != nil {
		return err
	}
	for {
		switch err := syscall.Connect(s.fd, to); err {
		case syscall.EINTR, syscall.EALREADY: // it goes on by itself: calling again waits for it
		case syscall.EISCONN:
			return nil
		default:
			return err
		}
	}
}

// toItself reports whether the socket is connected to itself. Where nobody
// listens on a port that the system also gives to clients, a connection to it
// may get that very port for its own end, and TCP makes one of both (RFC 9293
// section 3.5, simultaneous open). It holds the port, so that no server can
// take it, and answers each request with that request.
func (s socket) toItself(port int) bool {
	name, err := syscall.Getsockname(s.fd)
	if err != nil {
		return false
	}
	switch name := name.(type) {
	case *syscall.SockaddrInet4:
		return name.Port == port
	case *syscall.SockaddrInet6:
		return name.Port == port
	}
	return false
}

// write sends all of p.
func (s socket) write(p []byte) error {
	if len(p) > 0 && len(p) <= eager {
		n, _, errno := syscall.RawSyscall6(syscall.SYS_SENDTO, uintptr(s.fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)),
			syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL, 0, 0)
		switch errno {
		case 0:
			p = p[n:]
		case syscall.EAGAIN, syscall.EINTR:
		default:
			return errno
		}
	}
	for len(p) > 0 {
		n, _, errno := syscall.Syscall6(syscall.SYS_SENDTO, uintptr(s.fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)),
			syscall.MSG_NOSIGNAL, 0, 0)
		switch errno {
		case 0:
			p = p[n:]
		case syscall.EINTR:
		default:
			return errno
		}
	}
	return nil
}

// writev sends all of the parts, in one system call unless the kernel takes
// less. It consumes parts.
func (s socket) writev(parts [][]byte) error {
	for {
		var iov [3]syscall.Iovec
		k := 0
		for _, p := range parts {
			if len(p) > 0 {
				iov[k].Base = &p[0]
				iov[k].SetLen(len(p))
				k++
			}
		}
		if k == 0 {
			return nil
		}
		msg := syscall.Msghdr{Iov: &iov[0], Iovlen: uint64(k)}
		n, _, errno := syscall.Syscall6(syscall.SYS_SENDMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&msg)), syscall.MSG_NOSIGNAL, 0, 0, 0)
		if errno == syscall.EINTR {
			continue
		}
		if errno != 0 {
			return errno
		}
		sent := int(n)
		for i, p := range parts {
			k := min(sent, len(p))
			parts[i] = p[k:]
			sent -= k
		}
	}
}

// read reads what is there, at least one byte, and at most len(p); 0 without
// an error means that the server has closed its side. With all set it goes on
// until p is full, unless the connection ends before. g says whether something
// is likely to be there already. If patient, after awaitMore, it may end with
// errPatience instead; so it does after a signal, which would make the kernel
// count from the start.
func (s socket) read(p []byte, all, patient bool, g *guess) (int, error) {
	flags := 0
	if all {
		flags = syscall.MSG_WAITALL
	} else if len(p) > 0 && g.likely() {
		try := p[:min(len(p), eager)]
		n, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, uintptr(s.fd), uintptr(unsafe.Pointer(&try[0])), uintptr(len(try)),
			syscall.MSG_DONTWAIT, 0, 0)
		g.learn(errno == 0)
		switch errno {
		case 0:
			return int(n), nil
		case syscall.EAGAIN, syscall.EINTR:
		default:
			return 0, errno
		}
	}
	for {
		n, _, errno := syscall.Syscall6(syscall.SYS_RECVFROM, uintptr(s.fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)),
			uintptr(flags), 0, 0)
		switch errno {
		case 0:
			return int(n), nil
		case syscall.EINTR:
			if patient {
				return 0, errPatience
			}
		default:
			return 0, errno
		}
	}
}

// errPatience is what a read returns that awaitMore has bounded.
const errPatience = syscall.EAGAIN

// awaitMore makes reads that wait do so until there are more than n bytes, or
// the connection ends, or patience does. It is false if the system can't.
func (s socket) awaitMore(n int) bool {
	err := syscall.SetsockoptTimeval(s.fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &syscall.Timeval{Usec: pairPatience * 1000})
	if err == nil {
		err = syscall.SetsockoptInt(s.fd, syscall.SOL_SOCKET, syscall.SO_RCVLOWAT, n+1)
	}
	return err == nil
}

// awaitAny undoes it.
func (s socket) awaitAny() {
	_ = syscall.SetsockoptInt(s.fd, syscall.SOL_SOCKET, syscall.SO_RCVLOWAT, 1)
	_ = syscall.SetsockoptTimeval(s.fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, new(syscall.Timeval))
}

// shutdown wakes a read or write that waits on another thread; close would
// not, and would free the descriptor's number under it.
func (s socket) shutdown() { syscall.Shutdown(s.fd, syscall.SHUT_RDWR) }

func (s socket) close() { syscall.Close(s.fd) }
