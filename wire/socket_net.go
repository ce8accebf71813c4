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

// The socket of the systems that people develop on, over package net; also of
// Linux with the build tag minlambda_net, so that it is tested there and
// measured against the raw one.
type socket struct{ *netSocket }

type netSocket struct {
	dialing context.Context
	cancel  context.CancelFunc // ends dialing

	mu   sync.Mutex // guards conn while it is dialed, and down
	conn net.Conn
	down bool // shutdown has been called

	parts [3][]byte   // of a writev, kept here so as not to
	bufs  net.Buffers // be allocated by each
}

// errPatience is never returned here.
const errPatience = syscall.EAGAIN

const dialTimeout = 7 * time.Second

// newSocket makes a socket, which is not connected.
func newSocket(*ip) (socket, error) {
	s := socket{new(netSocket)}
	s.dialing, s.cancel = context.WithTimeout(context.Background(), dialTimeout)
	return s, nil
}

// connect connects s. Another goroutine's shutdown ends it at once. No proxy is
// asked and no name looked up: the address is as Addr.Lookup has left it.
func (s socket) connect(to *ip, port int) error {
	addr := net.IP(to.b[:])
	if !to.six {
		addr = addr[:net.IPv4len]
	}
	defer holdStandardStreams()()
	var d net.Dialer // sets TCP_NODELAY and close-on-exec
	conn, err := d.DialContext(s.dialing, "tcp", net.JoinHostPort(addr.String(), strconv.Itoa(port)))
	s.cancel()
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.conn = conn
	s.mu.Unlock()
	return nil
}

// holdStandardStreams takes the numbers of those standard streams that are
// closed, until release is called: a connection that got one of them would
// also get what the program prints.
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

// mayBeAnswered reports whether an answer may come after err has ended a write.
func mayBeAnswered(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)
}

// look reads what has come, into p, without waiting for more than lookTime; 0
// without an error means that nothing has. An error means that the connection
// has ended.
func (s socket) look(p []byte) (n int, err error) {
	s.setReadDeadline(time.Now().Add(lookTime))
	n, err = s.conn.Read(p)
	s.setReadDeadline(time.Time{})
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = nil
	}
	return n, err
}

const lookTime = time.Millisecond

// setReadDeadline sets it unless shutdown has.
func (s socket) setReadDeadline(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.down {
		s.conn.SetReadDeadline(t)
	}
}

// awaitMore can't be had here.
func (s socket) awaitMore(int, int) bool { return false }

func (s socket) awaitAny() {}

// shutdown wakes a connect, read or write that waits on another goroutine.
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
