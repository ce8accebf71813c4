package lambdatest

import (
	"errors"
	"net"
	"sync"
	"time"
)

const (
	// The pauses between failed accepts are those of net/http.
	firstPause   = 5 * time.Millisecond
	longestPause = time.Second

	// manyFailures is how many failures in a row are worth a note. They take 1.3 s, and a function
	// that waits for a connection does not know why.
	manyFailures = 8

	// fenceTime bounds the connect of a fence, during which no connection is admitted. On the
	// loopback interface it is used up only when the backlog is full.
	fenceTime = time.Second
)

// acceptor is the part of a *net.TCPListener that the server needs.
type acceptor interface {
	AcceptTCP() (*net.TCPConn, error)
	Addr() net.Addr
	Close() error
}

// serve accepts connections until the server is closed. No failure ends it, since the next accept
// may work: a process without descriptors may get one back.
func (s *Server) serve() {
	defer s.running.Done()
	for failures := 0; ; {
		socket, err := s.listener.AcceptTCP()
		if err != nil {
			failures++
			if !s.acceptLater(err, failures) {
				return
			}
			continue
		}
		failures = 0
		if s.fence.reached(socket) {
			continue
		}
		if c := s.admit(socket); c != nil {
			go c.serve()
		}
	}
}

// acceptLater notes a failed accept that somebody should know of, and pauses. It reports false if
// the server has been closed.
func (s *Server) acceptLater(err error, failures int) bool {
	s.mu.Lock()
	var passing interface{ Temporary() bool }
	temporary := errors.As(err, &passing) && passing.Temporary()
	switch {
	case s.closed:
	case failures == manyFailures:
		s.noteLocked(nil, "accept: %v, %d times in a row; the server goes on trying", err, failures)
	case failures == 1 && !temporary:
		s.noteLocked(nil, "accept: %v; the server goes on trying", err)
	}
	s.mu.Unlock()
	return s.pause(failures)
}

// pause waits before the next try, longer after each failure. It reports false if the server has
// been closed.
func (s *Server) pause(failures int) bool {
	timer := time.NewTimer(min(firstPause<<min(failures-1, manyFailures), longestPause))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.done:
		return false
	}
}

// admit gives a new connection its number. It returns nil if the server has just been closed.
func (s *Server) admit(socket *net.TCPConn) *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		socket.Close()
		return nil
	}
	s.accepted++
	c := newConn(s, socket, s.accepted)
	s.conns[c] = struct{}{}
	s.running.Add(1)
	return c
}

// fence is a connection of the server to itself. Connections are accepted in the order in which
// they were made: once the fence is accepted, everything that was in the backlog before it has been
// admitted.
type fence struct {
	// lock is held while the fence is made: until its address is known, nobody can tell it from
	// other connections.
	lock  sync.Mutex
	addr  string        // its own address; empty if there is none
	found chan struct{} // closed when it has been accepted
}

// make makes a connection to addr and returns it.
func (f *fence) make(addr net.Addr) (socket net.Conn, found <-chan struct{}, err error) {
	f.lock.Lock()
	defer f.lock.Unlock()
	socket, err = net.DialTimeout(addr.Network(), addr.String(), fenceTime)
	if err != nil {
		return nil, nil, err
	}
	f.addr, f.found = socket.LocalAddr().String(), make(chan struct{})
	return socket, f.found, nil
}

// reached reports whether socket is the other end of the fence.
func (f *fence) reached(socket net.Conn) bool {
	f.lock.Lock()
	defer f.lock.Unlock()
	if f.addr != socket.RemoteAddr().String() {
		return false
	}
	socket.Close()
	close(f.found)
	f.addr = ""
	return true
}

// admitBacklog returns when every connection made before the call has been admitted, or with the
// reason why that was not possible. The caller holds s.dropping.
func (s *Server) admitBacklog() error {
	for failures := 1; ; failures++ {
		socket, found, err := s.fence.make(s.listener.Addr())
		if err == nil {
			select {
			case <-found:
			case <-s.done:
			}
			return socket.Close()
		}
		if failures == manyFailures {
			return err
		}
		if !s.pause(failures) {
			return nil
		}
	}
}
