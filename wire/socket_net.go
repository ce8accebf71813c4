//go:build !linux || !(amd64 || arm64) || minlambda_net

package wire

import (
	"io"
	"net"
	"strconv"
	"syscall"
	"time"
)

// The socket of the systems that people develop on, over package net; also of
// Linux with the build tag minlambda_net, so that it is tested there and
// measured against the raw one.
type socket struct{ *netSocket }

type netSocket struct {
	conn  net.Conn
	parts [3][]byte   // of a writev, kept here so as not to
	bufs  net.Buffers // be allocated by each
}

// errPatience is never returned here.
const errPatience = syscall.EAGAIN

const dialTimeout = 7 * time.Second

// dial connects to the first of a's addresses that answers. No proxy is asked
// and no name looked up: the addresses are as Addr.Lookup has left them.
func dial(a *Addr) (s socket, err error) {
	for i := range a.ips {
		ip := net.IP(a.ips[i].b[:])
		if !a.ips[i].six {
			ip = ip[:net.IPv4len]
		}
		to := net.JoinHostPort(ip.String(), strconv.Itoa(a.port))
		var conn net.Conn
		if conn, err = net.DialTimeout("tcp", to, dialTimeout); err == nil {
			return socket{&netSocket{conn: conn}}, nil // with TCP_NODELAY and close-on-exec, as net sets them
		}
	}
	return s, err
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

func (s socket) read(p []byte, all, _ bool, _ *guess) (n int, err error) {
	if all {
		n, err = io.ReadFull(s.conn, p)
	} else {
		n, err = s.conn.Read(p)
	}
	if n > 0 || err == io.EOF {
		err = nil
	}
	return n, err
}

// awaitMore can't be had here.
func (s socket) awaitMore(int) bool { return false }

func (s socket) awaitAny() {}

// shutdown wakes a read or write that waits on another goroutine.
func (s socket) shutdown() { s.conn.SetDeadline(time.Unix(1, 0)) }

func (s socket) close() { s.conn.Close() }
