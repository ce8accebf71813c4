//go:build linux && (amd64 || arm64) && !minlambda_net

package wire

import (
	"syscall"
	"testing"

	"github.com/minlambda/minlambda/internal/peerscript"
)

// TestToItself makes on purpose the connection that a loop gets by accident, once in some ten
// thousand attempts.
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
	addr := Addr{ips: []ip{{b: [16]byte{127, 0, 0, 1}}}, port: port}
	if err = s.connect(&addr.ips[0], port); err != syscall.ECONNREFUSED {
		t.Errorf("connected to itself, and not seen: %v", err)
	}
	if !s.toItself(port) {
		t.Error("the socket is not connected to itself: this test shows nothing")
	}

	if addr, err = ParseAddr(peerscript.Listen(t).Addr); err != nil {
		t.Fatal(err)
	}
	other := connected(t, &addr)
	if other.toItself(addr.port) {
		t.Error("a connection to a server is taken for one to itself")
	}
}
