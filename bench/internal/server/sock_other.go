//go:build !linux

package server

import "net"

type listener struct {
	net  net.Listener
	addr string
}

type sock struct{ conn net.Conn }

func listen() (l listener, err error) {
	if l.net, err = net.Listen("tcp", "127.0.0.1:0"); err == nil {
		l.addr = l.net.Addr().String()
	}
	return l, err
}

func (l listener) accept() (s sock, err error) {
	s.conn, err = l.net.Accept()
	return s, err
}

func (l listener) stop() { l.net.Close() }

func (l listener) close() {}

func (s sock) read(p []byte) (int, error) { return s.conn.Read(p) }

func (s sock) write(p []byte) error {
	_, err := s.conn.Write(p)
	return err
}

func (s sock) stop() { s.conn.Close() }

func (s sock) close() {}

func (s sock) hold() error { return nil }

func (s sock) readHolding(p []byte) (int, error) { return s.read(p) }

func (s sock) writeHolding(p []byte) error { return s.write(p) }
