//go:build linux

// Bare is the least that a Go process can do that is on good terms with its scheduler: it gives the
// processor back while it waits. It is Go's own floor for a function that rests between two events,
// as floor is for one that does not. It checks nothing, takes events of a few kilobytes that have a
// Content-Length, and works only with this benchmark's server.
//
// An ordinary system call leaves its P with the thread until the monitor takes it away, and for
// that the monitor wakes up every 20 µs for 10 ms. entersyscallblock, which the runtime's source
// lists among the functions that may be linked to, hands the P over at once, and lets the monitor
// sleep.
package main

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

const (
	accepted = 130 // bytes of a 202, which is always the same

	get  = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\n\r\n"
	post = "POST /2018-06-01/runtime/invocation/"
)

var (
	idField = []byte("Aws-Request-Id: ")
	length  = []byte("Content-Length: ")
	blank   = []byte("\r\n\r\n")

	in, out [64 << 10]byte
)

func main() {
	fd := connect(os.Getenv("AWS_LAMBDA_RUNTIME_API"))
	send(fd, append(out[:0], get...))
	for skip := 0; ; skip = accepted {
		id, event := next(fd, skip)
		b := append(out[:0], post...)
		b = append(b, id...)
		b = append(b, "/response HTTP/1.1\r\nHost: a\r\nContent-Length: "...)
		b = strconv.AppendInt(b, int64(len(event)), 10)
		b = append(b, blank...)
		b = append(b, event...)
		send(fd, append(b, get...))
	}
}

// next reads an event; the skip bytes before it are the answer to the last response.
func next(fd, skip int) (id, event []byte) {
	n, head := 0, -1
	for head < 0 {
		n += recv(fd, in[n:])
		if n > skip {
			head = bytes.Index(in[skip:n], blank)
		}
	}
	begin := skip + head + len(blank)
	h := in[skip:begin]
	at := bytes.Index(h, idField) + len(idField)
	id = h[at : at+36]
	at = bytes.Index(h, length) + len(length)
	size := 0
	for _, c := range h[at:] {
		if c < '0' || c > '9' {
			break
		}
		size = 10*size + int(c-'0')
	}
	for end := begin + size; n < end; {
		n += recv(fd, in[n:])
	}
	return id, in[begin : begin+size]
}

func connect(to string) int {
	colon := strings.LastIndexByte(to, ':')
	port, _ := strconv.Atoi(to[colon+1:])
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err == nil {
		err = syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	}
	if err == nil {
		err = syscall.Connect(fd, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})
	}
	if err != nil {
		os.Exit(1)
	}
	return fd
}

func recv(fd int, p []byte) int {
	for {
		n, errno := wait(fd, &p[0], len(p))
		if errno == 0 && n > 0 {
			return int(n)
		}
		if errno != syscall.EINTR {
			os.Exit(1)
		}
	}
}

// wait is a read that hands its P over. Nothing between the two calls into the runtime may need
// more stack, so wait and all that it calls are nosplit.
//
//go:nosplit
func wait(fd int, p *byte, n int) (uintptr, syscall.Errno) {
	entersyscallblock()
	got, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, uintptr(fd),
		uintptr(unsafe.Pointer(p)), uintptr(n), 0, 0, 0)
	exitsyscall()
	return got, errno
}

//go:linkname entersyscallblock runtime.entersyscallblock
func entersyscallblock()

//go:linkname exitsyscall runtime.exitsyscall
func exitsyscall()

func send(fd int, p []byte) {
	for len(p) > 0 {
		n, _, errno := syscall.RawSyscall6(syscall.SYS_SENDTO, uintptr(fd),
			uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)), syscall.MSG_NOSIGNAL, 0, 0)
		if errno != 0 && errno != syscall.EINTR {
			os.Exit(1)
		}
		if errno == 0 {
			p = p[n:]
		}
	}
}
