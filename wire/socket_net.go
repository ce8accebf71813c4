//go:build !linux || !(amd64 || arm64) || minlambda_net

package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// The socket of the systems that people develop on, built on package net. With the build tag
// minlambda_net it is also used on Linux, to test it there and to compare it with the raw one.
type socket struct{ *netSocket }

type netSocket struct {
	dialing context.Context
	cancel  context.CancelFunc // ends dialing

	mu   sync.Mutex // guards conn while it is dialed, and down
	conn net.Conn
	down bool // shutdown was called
	peek peek // for look

	// The parts of a writev are kept here so that a writev allocates nothing.
	parts [3][]byte
	bufs  net.Buffers
}

// errPatience is never returned here.
const errPatience = syscall.EAGAIN

const dialTimeout = 7 * time.Second

// newSocket makes a socket that is not connected yet.
func newSocket(*ip) (socket, error) {
	s := socket{new(netSocket)}
	s.dialing, s.cancel = context.WithTimeout(context.Background(), dialTimeout)
	return s, nil
}

// connect connects s. A shutdown by another goroutine ends it at once. It asks no proxy and looks
// up no name: Addr.Lookup has set the addresses.
func (s socket) connect(to *ip, port int) error {
	addr := net.IP(to.b[:])
	if !to.six {
		addr = addr[:net.IPv4len]
	}
	defer holdStandardStreams()()
	var d net.Dialer // sets TCP_NODELAY and close-on-exec
	conn, err := d.DialContext(s.dialing, "tcp",
		net.JoinHostPort(addr.String(), strconv.Itoa(port)))
	s.cancel()
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.conn = conn
	s.mu.Unlock()
	return s.peek.at(conn)
}

// holdStandardStreams occupies the descriptor numbers of those standard streams that are closed,
// until release is called. Otherwise the connection could get such a number, and with it whatever
// the program prints.
func holdStandardStreams() (release func()) {
	var held []*os.File
	for {
		f, err := os.Open(os.DevNull)
		if err != nil {
			break
		}
		held = append(held, f)
		if f.Fd() > 2 {
			break
		}
	}
	return func() {
		for _, f := range held {
			f.Close()
		}
	}
}

func (s socket) write(p []byte) error {
	_, err := s.conn.Write(p)
	return err
}

func (s socket) writev(parts [][]byte) error {
	s.bufs = s.parts[:copy(s.parts[:], parts)]
	_, err := s.bufs.WriteTo(s.conn)
	clear(s.parts[:])
	return err
}

func (s socket) read(p []byte, w wait, _ *guess) (n int, err error) {
	if w.all {
		n, err = io.ReadFull(s.conn, p)
	} else {
		n, err = s.conn.Read(p)
	}
	if n > 0 || err == io.EOF {
		err = nil
	}
	return n, err
}

// mayBeAnswered reports whether an answer may still arrive after err has ended a write.
func mayBeAnswered(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)
}

// awaitMore is not possible here.
func (s socket) awaitMore(int) bool { return false }

func (s socket) awaitAny() {}

// shutdown wakes a connect, read or write that another goroutine waits in.
func (s socket) shutdown() {
	s.cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = true
	if s.conn != nil {
		s.conn.SetDeadline(time.Unix(1, 0))
	}
}

func (s socket) close() {
	s.cancel()
	if s.conn != nil {
		s.conn.Close()
	}
}
