//go:build linux && (amd64 || arm64) && !minlambda_net

package wire

import (
	"net"
	"syscall"
	"testing"
)

// TestToItself makes the connection that a loop gets by accident, once in some
// ten thousand attempts.
func TestToItself(t *testing.T) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := socket{fd}
	defer s.close()
	local := &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}
	if err = syscall.Bind(fd, local); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	port := name.(*syscall.SockaddrInet4).Port
	local.Port = port
	if err = s.connect(local); err != nil {
		t.Fatalf("connecting to itself: %v", err)
	}
	if !s.toItself(port) {
		t.Error("connected to itself, and not seen")
	}

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	addr, err := ParseAddr(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	other, err := dial(&addr)
	if err != nil {
		t.Fatal(err)
	}
	defer other.close()
	if other.toItself(addr.port) {
		t.Error("a connection to a server is taken for one to itself")
	}
}
