//go:build linux && (amd64 || arm64) && !minlambda_net

package wire

import (
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// A read that rests gives its processor away. With a single processor, a goroutine that sends the
// bytes first collects the garbage, and finds the reader where it is. If the reader kept the
// processor, its read would time out.
func TestRestingRead(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(pair[0])
	defer syscall.Close(pair[1])
	if err := syscall.SetsockoptTimeval(pair[0], syscall.SOL_SOCKET, syscall.SO_RCVTIMEO,
		&syscall.Timeval{Sec: 5}); err != nil {
		t.Fatal(err)
	}
	where := make(chan bool, 1)
	const want = "bytes"
	for range 100 {
		go func() {
			runtime.GC()
			text := make([]byte, 64<<10)
			text = text[:runtime.Stack(text, true)]
			where <- strings.Contains(string(text), "restingRead") &&
				strings.Contains(string(text), "[syscall")
			syscall.Write(pair[1], []byte(want))
		}()
		p := make([]byte, 100)
		n, errno := restingRead(pair[0], p, 0)
		for errno == syscall.EINTR { // by a signal of the Go runtime's
			n, errno = restingRead(pair[0], p, 0)
		}
		if errno != 0 || string(p[:max(0, n)]) != want {
			t.Fatalf("read %d bytes, %v", n, errno)
		}
		if !<-where {
			t.Fatal("the reader is not found where it waits")
		}
		grown(1000) // the runtime knows the right stack again
	}
}

// An error of the system call is returned as it is, and so is the end of the connection.
func TestRestingReadFails(t *testing.T) {
	p := make([]byte, 1)
	if n, errno := restingRead(-1, p, 0); errno != syscall.EBADF {
		t.Errorf("of no descriptor: %d, %v", n, errno)
	}
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(pair[0])
	if n, errno := restingRead(pair[0], p, syscall.MSG_DONTWAIT); errno != syscall.EAGAIN {
		t.Errorf("of an empty socket: %d, %v", n, errno)
	}
	syscall.Close(pair[1])
	if n, errno := restingRead(pair[0], p, 0); n != 0 || errno != 0 {
		t.Errorf("of a closed one: %d, %v", n, errno)
	}
}

func grown(n int) int {
	var frame [100]byte
	if n > 0 {
		frame[n%len(frame)] = 1
		return grown(n-1) + int(frame[n%len(frame)])
	}
	return 0
}
