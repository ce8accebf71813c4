package wire

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/minlambda/minlambda/internal/peerscript"
)

// silent returns an address on this machine that does not answer a SYN: a listener whose queue is
// full, and which accepts nobody.
func silent(t *testing.T) Addr {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err = syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err == nil {
		err = syscall.Listen(fd, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := fmt.Sprint("127.0.0.1:", name.(*syscall.SockaddrInet4).Port)
	for range 10 {
		conn, err := net.DialTimeout("tcp", addr, 500*time.Millisecond)
		if err != nil {
			a, err := ParseAddr(addr)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		t.Cleanup(func() { conn.Close() })
	}
	t.Skip("this system's listener takes connections beyond its queue")
	return Addr{}
}

// After Abort no connection is made, not even for a response.
func TestAbortBeforeConnecting(t *testing.T) {
	peer := peerscript.Listen(t)
	a, err := ParseAddr(peer.Addr)
	if err != nil {
		t.Fatal(err)
	}
	c := NewConn(a, 1<<20)
	defer c.Close()
	c.Abort()
	if _, err := c.Respond([]byte("{}"), "text/plain", false); !errors.Is(err, ErrStopped) {
		t.Errorf("ended with %v", err)
	}
	peer.None()
}

// A connect that would wait for seven seconds ends when Stop or Abort is called, with ErrStopped.
// Stop does not end a connect for a response.
func TestStopWhileConnecting(t *testing.T) {
	const giveUp = 7 * time.Second // how long connecting takes without a stop
	next := func(c *Conn) error { return c.Next() }
	respond := func(c *Conn) error {
		_, err := c.Respond([]byte("{}"), "application/json", false)
		return err
	}
	for name, c := range map[string]struct {
		call    func(*Conn) error
		stop    func(*Conn)
		stopped bool
	}{
		"next, Stop":      {next, (*Conn).Stop, true},
		"next, Abort":     {next, (*Conn).Abort, true},
		"response, Abort": {respond, (*Conn).Abort, true},
		"response, Stop":  {respond, (*Conn).Stop, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := NewConn(silent(t), 1<<20)
			defer conn.Close()
			done := make(chan error, 1)
			go func() { done <- c.call(conn) }()
			for end := time.Now().Add(peerscript.Patience); ; time.Sleep(time.Millisecond) {
				conn.mu.Lock()
				dialing := conn.dialing
				conn.mu.Unlock()
				if dialing {
					break
				}
				if time.Now().After(end) {
					t.Fatal("it does not connect")
				}
			}
			// Now it probably waits; that is not certain.
			time.Sleep(50 * time.Millisecond)
			c.stop(conn)
			wait := giveUp / 2
			if !c.stopped {
				wait = 100 * time.Millisecond
			}
			select {
			case err := <-done:
				if !errors.Is(err, ErrStopped) || !c.stopped {
					t.Errorf("ended with %v", err)
				}
			case <-time.After(wait):
				if c.stopped {
					t.Error("goes on connecting")
				}
				conn.Abort()
				<-done
			}
			if conn.open || conn.dialing {
				t.Error("the socket is still there")
			}
		})
	}
}
