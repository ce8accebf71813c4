//go:build linux && (amd64 || arm64) && !minlambda_net

package wire

import (
	"math/bits"
	"syscall"
	"unsafe"
)

// This file imports unsafe, and goruntime.go does for one more read. The proof of its few uses:
//
//   - A pointer becomes a uintptr only within the call of syscall.RawSyscall6 or syscall.Syscall6
//     (rule 4 of package unsafe). That call keeps what it points to alive and in place until it
//     returns.
//   - Every pointer is one of three. It is to the first byte of a slice that is not empty, and goes
//     with that slice's length. Or it is to a Msghdr whose Iovlen counts an array in the same
//     frame. Or it is to an address of a socket in the same frame, and goes with its size. The
//     kernel keeps none of them.
//
// The socket is blocking and does not use the netpoller: a loop has one connection and nothing else
// to do while it waits. A system call that may block costs more than its work, since the scheduler
// is told before and after it. So each is first tried as one that cannot block, with MSG_DONTWAIT
// and by RawSyscall. A RawSyscall that blocks, or copies much, would hold the processor and with it
// the garbage collector; eager bounds how much it copies.
const eager = 64 << 10

type socket struct{ fd int }

// firstDescriptor is the lowest number that a socket may get. Below it are the three standard
// streams. If a handler has closed one of them, the kernel would give its number to the socket, and
// whatever the program prints would go to the Runtime API.
const firstDescriptor = 3

// newSocket makes a socket for connections to addresses like to.
func newSocket(to *ip) (s socket, err error) {
	family := syscall.AF_INET
	if to.six {
		family = syscall.AF_INET6
	}
	if s.fd, err = syscall.Socket(family, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0); err != nil {
		return s, err
	}
	if s.fd < firstDescriptor {
		low := s.fd
		fd, _, errno := syscall.RawSyscall(syscall.SYS_FCNTL, uintptr(low),
			syscall.F_DUPFD_CLOEXEC, firstDescriptor)
		syscall.Close(low)
		if errno != 0 {
			return s, errno
		}
		s.fd = int(fd)
	}
	if err = syscall.SetsockoptInt(s.fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1); err == nil {
		err = syscall.SetsockoptInt(s.fd, syscall.IPPROTO_TCP, tcpSynCount, synRetries)
	}
	if err != nil {
		s.close()
	}
	return s, err
}

// A SYN is sent again twice at most. With the kernel's doubling waits that is seven seconds. The
// Runtime API is on this host; the default of six is for the internet.
const (
	tcpSynCount = 7 // TCP_SYNCNT
	synRetries  = 2
)

// connect connects s. A shutdown by another thread ends it at once.
func (s socket) connect(to *ip, port int) error {
	var name syscall.Sockaddr = &syscall.SockaddrInet4{Port: port, Addr: [4]byte(to.b[:4])}
	if to.six {
		name = &syscall.SockaddrInet6{Port: port, Addr: to.b}
	}
	for {
		switch err := syscall.Connect(s.fd, name); err {
		case syscall.EINTR, syscall.EALREADY:
			continue // connecting goes on by itself: calling again waits for it
		case nil, syscall.EISCONN:
		default:
			return err
		}
		if s.toItself(port) {
			return syscall.ECONNREFUSED
		}
		return nil
	}
}

// toItself reports whether the socket is connected to itself. If nobody listens on a port that the
// system also gives to clients, a connection to it may get that very port for its own end. TCP then
// makes one connection of both (RFC 9293 section 3.5, simultaneous open). It holds the port, so
// that no server can take it, and answers each request with that request.
func (s socket) toItself(port int) bool {
	// An IPv4 address has its port in the same place. syscall.Getsockname knows all other kinds of
	// address too, which would add 5 KB to every program.
	var name syscall.RawSockaddrInet6
	size := uint32(unsafe.Sizeof(name))
	_, _, errno := syscall.RawSyscall(syscall.SYS_GETSOCKNAME, uintptr(s.fd),
		uintptr(unsafe.Pointer(&name)), uintptr(unsafe.Pointer(&size)))
	return errno == 0 && bits.ReverseBytes16(name.Port) == uint16(port) // from big-endian
}

// A shortage counts how often the kernel has had no memory for a system call (ENOBUFS, ENOMEM). The
// connection is then still good, and the call has done nothing. So the same call is made again
// after 5 ms, and then after twice as long each time, for 1.3 s in all. Giving up earlier would
// leave half a request on the connection, which no server answers.
type shortage int

const maxShortage = 8

// waitOut reports false if errno is not a shortage, or if the shortage has lasted too long.
// Otherwise it waits, and reports true.
func (n *shortage) waitOut(errno syscall.Errno) bool {
	if errno != syscall.ENOBUFS && errno != syscall.ENOMEM || *n == maxShortage {
		return false
	}
	left := syscall.NsecToTimespec(int64(5e6) << *n)
	for syscall.Nanosleep(&left, &left) == syscall.EINTR {
	}
	*n++
	return true
}

// mayBeAnswered reports whether an answer may still arrive after err has ended a write: the server
// may have sent it before it closed its side. After any other error the connection is open, and the
// server waits for the rest of the request.
func mayBeAnswered(err error) bool { return err == syscall.EPIPE || err == syscall.ECONNRESET }

// write sends all of p.
func (s socket) write(p []byte) error {
	if len(p) > 0 && len(p) <= eager {
		n, _, errno := syscall.RawSyscall6(syscall.SYS_SENDTO, uintptr(s.fd),
			uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)),
			syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL, 0, 0)
		if errno == 0 {
			p = p[n:] // nearly always all of it
		} else if !again(errno) {
			return errno
		}
	}
	var short shortage
	for len(p) > 0 {
		n, _, errno := syscall.Syscall6(syscall.SYS_SENDTO, uintptr(s.fd),
			uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)),
			syscall.MSG_NOSIGNAL, 0, 0)
		if errno == 0 {
			p = p[n:]
		} else if errno != syscall.EINTR && !short.waitOut(errno) {
			return errno
		}
	}
	return nil
}

// again reports whether a non-blocking call that failed is worth a blocking one.
func again(errno syscall.Errno) bool {
	switch errno {
	case syscall.EAGAIN, syscall.EINTR, syscall.ENOBUFS, syscall.ENOMEM:
		return true
	}
	return false
}

// writev sends all of the parts, in one system call unless the kernel takes less. It changes the
// slice parts.
func (s socket) writev(parts [][]byte) error {
	var short shortage
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
		n, _, errno := syscall.Syscall6(syscall.SYS_SENDMSG, uintptr(s.fd),
			uintptr(unsafe.Pointer(&msg)), syscall.MSG_NOSIGNAL, 0, 0, 0)
		if errno != 0 {
			if errno != syscall.EINTR && !short.waitOut(errno) {
				return errno
			}
			continue
		}
		sent := int(n)
		for i, p := range parts {
			k := min(sent, len(p))
			parts[i] = p[k:]
			sent -= k
		}
	}
}

// read reads what is there: at least one byte, at most len(p). 0 without an error means that the
// server has closed its side. With w.all it goes on until p is full or the connection ends. g
// predicts whether something is already there. With w.patient, after awaitMore, read may end with
// errPatience instead. A signal also ends it that way, because the kernel would start counting
// again.
func (s socket) read(p []byte, w wait, g *guess) (int, error) {
	flags := 0
	if w.all {
		flags = syscall.MSG_WAITALL
	} else if len(p) > 0 && g.likely() {
		n, errno := s.tryRead(p)
		g.learn(errno == 0)
		if errno == 0 {
			return n, nil
		}
		if !again(errno) {
			return 0, errno
		}
	}
	var short shortage
	for {
		n, errno := s.waitRead(p, flags, w.resting)
		switch {
		case errno == 0:
			return n, nil
		case errno == syscall.EINTR && w.patient:
			return 0, errPatience
		case errno != syscall.EINTR && !short.waitOut(errno):
			return 0, errno
		}
	}
}

// waitRead does one read that waits.
func (s socket) waitRead(p []byte, flags int, resting bool) (int, syscall.Errno) {
	if resting {
		return restingRead(s.fd, p, flags)
	}
	n, _, errno := syscall.Syscall6(syscall.SYS_RECVFROM, uintptr(s.fd),
		uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)), uintptr(flags), 0, 0)
	return int(n), errno
}

// tryRead does one read that does not wait.
func (s socket) tryRead(p []byte) (int, syscall.Errno) {
	p = p[:min(len(p), eager)]
	n, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, uintptr(s.fd),
		uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)),
		syscall.MSG_DONTWAIT, 0, 0)
	return int(n), errno
}

// look reads what has arrived into p, without waiting. 0 without an error means that nothing has
// arrived. An error means that the connection has ended.
func (s socket) look(p []byte) (int, error) {
	n, errno := s.tryRead(p)
	switch {
	case errno == 0 && n == 0:
		return 0, ErrClosed
	case errno == 0:
		return n, nil
	case again(errno):
		return 0, nil
	}
	return 0, errno
}

// errPatience is returned by a read that hit awaitMore's time limit.
const errPatience = syscall.EAGAIN

// awaitMore makes reads that wait go on until there are more than n bytes, the connection ends, or
// pairPatience is over. It reports false if the system cannot do that.
func (s socket) awaitMore(n int) bool {
	err := syscall.SetsockoptTimeval(s.fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO,
		&syscall.Timeval{Usec: pairPatience * 1000})
	if err == nil {
		err = syscall.SetsockoptInt(s.fd, syscall.SOL_SOCKET, syscall.SO_RCVLOWAT, n+1)
	}
	return err == nil
}

// awaitAny resets the low-water mark and the time limit.
func (s socket) awaitAny() {
	_ = syscall.SetsockoptInt(s.fd, syscall.SOL_SOCKET, syscall.SO_RCVLOWAT, 1)
	_ = syscall.SetsockoptTimeval(s.fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO,
		new(syscall.Timeval))
}

// shutdown wakes a read or write that another thread waits in. close would not wake it, and would
// free the descriptor's number while it is in use.
func (s socket) shutdown() { syscall.Shutdown(s.fd, syscall.SHUT_RDWR) }

func (s socket) close() { syscall.Close(s.fd) }
