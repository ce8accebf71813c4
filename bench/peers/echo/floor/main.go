//go:build linux

// Floor is the least that a Go process can do and still answer, written for this benchmark: one
// write and the reads that it takes, a search for the request ID and the framing, and nothing else.
// It believes everything it reads, gives up at the first error, and works only with this
// benchmark's server. It is not a way to write a runtime: it is what a runtime is measured against.
//
// All its system calls are raw, also those that block. That keeps the scheduler and the garbage
// collector from the only processor it has. It needs neither: it has one goroutine and allocates
// nothing. A library must not do that to its users.
package main

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"github.com/minlambda/minlambda/bench/internal/echo"
)

const (
	accepted = 130     // bytes of a 202, which is always the same
	biggest  = 8 << 20 // an event of 6 MiB, its head, and a 202
	small    = 64 << 10

	get  = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\n\r\n"
	post = "POST /2018-06-01/runtime/invocation/"
)

var (
	idField = []byte("Aws-Request-Id: ")
	length  = []byte("Content-Length: ")
	blank   = []byte("\r\n\r\n")
	newline = []byte("\r\n")

	in  [biggest]byte
	out [small + 1024]byte
)

func main() {
	fd := connect(os.Getenv("AWS_LAMBDA_RUNTIME_API"))
	send(fd, append(out[:0], get...))
	for skip := 0; ; skip = accepted {
		id, event := next(fd, skip)
		body := echo.Respond(event)
		b := append(out[:0], post...)
		b = append(b, id...)
		b = append(b, "/response HTTP/1.1\r\nHost: a\r\nContent-Length: "...)
		b = strconv.AppendInt(b, int64(len(body)), 10)
		b = append(b, blank...)
		if len(body) > small {
			sendAll(fd, b, body)
			continue
		}
		b = append(b, body...)
		send(fd, append(b, get...))
	}
}

// next reads an event; the skip bytes before it are the answer to the last response.
func next(fd, skip int) (id, event []byte) {
	n, head := 0, -1
	for head < 0 {
		n += recv(fd, in[n:], 0)
		if n > skip {
			head = bytes.Index(in[skip:n], blank)
		}
	}
	begin := skip + head + len(blank)
	h := in[skip:begin]
	at := bytes.Index(h, idField) + len(idField)
	id = h[at : at+36]
	var size, after int
	if at = bytes.Index(h, length); at >= 0 {
		size = number(h[at+len(length):], 10)
	} else {
		line := -1
		for {
			if line = bytes.Index(in[begin:n], newline); line >= 0 {
				break
			}
			n += recv(fd, in[n:], 0)
		}
		size, after = number(in[begin:], 16), len("\r\n0\r\n\r\n")
		begin += line + len(newline)
	}
	for end := begin + size + after; n < end; {
		n += recv(fd, in[n:end], syscall.MSG_WAITALL)
	}
	return id, in[begin : begin+size]
}

func number(b []byte, base int) (n int) {
	for _, c := range b {
		switch {
		case '0' <= c && c <= '9':
			n = n*base + int(c-'0')
		case 'a' <= c && c <= 'f':
			n = n*base + int(c-'a') + 10
		default:
			return n
		}
	}
	return n
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

func recv(fd int, p []byte, flags uintptr) int {
	n, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, uintptr(fd),
		uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)), flags, 0, 0)
	if errno == syscall.EINTR {
		return 0
	}
	if errno != 0 || n == 0 {
		os.Exit(1)
	}
	return int(n)
}

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

var getBytes = []byte(get)

// sendAll sends a large response from where it lies, in one system call, and then what the kernel
// has not taken of it.
func sendAll(fd int, head, body []byte) {
	parts := [3][]byte{head, body, getBytes}
	var iov [3]syscall.Iovec
	for i, p := range parts {
		iov[i].Base = &p[0]
		iov[i].SetLen(len(p))
	}
	msg := syscall.Msghdr{Iov: &iov[0]}
	msg.Iovlen = 3
	n, _, errno := syscall.RawSyscall(syscall.SYS_SENDMSG, uintptr(fd),
		uintptr(unsafe.Pointer(&msg)), syscall.MSG_NOSIGNAL)
	if errno != 0 {
		os.Exit(1)
	}
	sent := int(n)
	for _, p := range parts {
		k := min(sent, len(p))
		sent -= k
		send(fd, p[k:])
	}
}
