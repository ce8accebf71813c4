package server

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// A Server is one Runtime API, for one runtime. Set the fields before the first Run.
type Server struct {
	// Joined sends a 202 and the next event in one write if the runtime has already asked for it.
	// Lambda's server does not do that: it sends the 202 at once, and the event comes from
	// elsewhere.
	Joined bool

	// Thorough compares each response with its event in full. Otherwise only its length and the
	// bytes at both ends are compared, which costs nothing.
	Thorough bool

	// ByHand leaves a runtime that has asked for an event alone until Once is called, which does
	// everything itself. Run and Ask are not for such a server.
	ByHand bool

	// Latency counts the times from sending an event to receiving its response.
	Latency Histogram

	// First counts the times from an event's sending to the first byte of a response that comes in
	// chunks.
	First Histogram

	l      listener
	conns  sync.WaitGroup
	idle   chan *conn // a connection whose GET waits for an event
	failed chan error
	closed chan struct{} // by Close

	mu      sync.Mutex // guards what follows; held while a request is handled
	socks   map[sock]struct{}
	stopped bool
	event   *Event
	left    int // deliveries of event that are still to come
	open    bool
	sent    time.Time
	took    time.Duration // from there to the last response
	asked   time.Time
	capture []byte // if not nil, the response is kept here and not compared

	served atomic.Uint64
}

// patience is how long a runtime may be silent in the middle of a run.
const patience = 20 * time.Second

// Listen starts a server.
func Listen() (*Server, error) {
	l, err := listen()
	if err != nil {
		return nil, err
	}
	s := &Server{
		l: l, idle: make(chan *conn, 1), failed: make(chan error, 1), closed: make(chan struct{}),
		socks: map[sock]struct{}{},
	}
	s.conns.Add(1)
	go s.accept()
	return s, nil
}

// Addr returns the value for AWS_LAMBDA_RUNTIME_API.
func (s *Server) Addr() string { return s.l.addr }

// Close ends the server, and returns when nothing of it is left.
func (s *Server) Close() {
	s.l.stop()
	close(s.closed)
	s.mu.Lock()
	s.stopped = true
	for sock := range s.socks {
		sock.stop()
	}
	s.mu.Unlock()
	s.conns.Wait()
	s.l.close()
}

func (s *Server) accept() {
	defer s.conns.Done()
	for {
		sock, err := s.l.accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		if s.stopped {
			s.mu.Unlock()
			sock.close()
			return
		}
		s.socks[sock] = struct{}{}
		s.conns.Add(1)
		s.mu.Unlock()
		go s.serve(sock)
	}
}

func (s *Server) serve(sock sock) {
	defer s.conns.Done()
	c := &conn{server: s, sock: sock, buf: make([]byte, bufSize)}
	err := c.serve()
	s.mu.Lock()
	delete(s.socks, sock)
	s.mu.Unlock()
	sock.close()
	if err != nil {
		s.fail(err)
	}
}

// fail keeps the first error for Run.
func (s *Server) fail(err error) {
	select {
	case s.failed <- err:
	default:
	}
}

// Wait returns when the runtime has asked for an event, and says when the last byte of its request
// arrived. gone is closed when the runtime's process has ended.
func (s *Server) Wait(gone <-chan struct{}) (time.Time, error) {
	c, err := s.wait(gone)
	if err != nil {
		return time.Time{}, err
	}
	s.mu.Lock()
	asked := s.asked
	s.mu.Unlock()
	s.idle <- c
	return asked, nil
}

// Run lets the runtime answer e n times, as fast as it can, and returns when it has asked for the
// event after that.
func (s *Server) Run(n int, e *Event, gone <-chan struct{}) error {
	c, err := s.wait(gone)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.event, s.left = e, n
	err = c.deliver()
	s.mu.Unlock()
	if err != nil {
		return err
	}
	if c, err = s.wait(gone); err != nil {
		return err
	}
	s.idle <- c
	return nil
}

// Once lets the runtime answer e, and returns when it has asked for the event after that; the
// server is ByHand. The time that it returns is from sending the event to receiving its response.
// If after is not nil, it is called once the event was sent, and the time counts from just before
// that call.
//
// Once wakes up no goroutine: it sends and receives in system calls that hold the thread and its P,
// as a program in C would. After a rest, what Go does in the server would otherwise be a good part
// of what is measured.
func (s *Server) Once(e *Event, after func() error, gone <-chan struct{}) (time.Duration, error) {
	c, err := s.wait(gone)
	if err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.event, s.left = e, 1
	if !c.holds {
		c.holds = true
		if err = c.sock.hold(); err != nil {
			return 0, err
		}
	}
	if err = c.deliver(); err != nil {
		return 0, err
	}
	if after != nil {
		s.sent = time.Now()
		if err = after(); err != nil {
			return 0, err
		}
	}
	for len(s.idle) == 0 {
		head, err := c.through(blank)
		if err == nil {
			err = c.handle(head)
		}
		if err != nil {
			return 0, err
		}
	}
	return s.took, nil
}

// Ask delivers e once, and returns the response, at most max bytes of it, unchecked.
func (s *Server) Ask(e *Event, max int, gone <-chan struct{}) ([]byte, error) {
	s.mu.Lock()
	s.capture = make([]byte, 0, max)
	s.mu.Unlock()
	err := s.Run(1, e, gone)
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.capture
	s.capture = nil
	return got, err
}

var errGone = errors.New("the runtime's process has ended")

// wait waits for a connection that asks for an event, as long as responses arrive.
func (s *Server) wait(gone <-chan struct{}) (*conn, error) {
	select {
	case c := <-s.idle: // without a timer, which would be an allocation
		return c, nil
	default:
	}
	tick := time.NewTicker(patience)
	defer tick.Stop()
	for before := s.served.Load(); ; {
		select {
		case c := <-s.idle:
			return c, nil
		case err := <-s.failed:
			return nil, err
		case <-gone:
			select { // it may have ended because of the fault
			case err := <-s.failed:
				return nil, fmt.Errorf("%w, and before: %w", errGone, err)
			default:
				return nil, errGone
			}
		case <-tick.C:
			now := s.served.Load()
			if now == before {
				return nil, fmt.Errorf(
					"no response and no request for an event in %v, after %d invocations",
					patience,
					now,
				)
			}
			before = now
		}
	}
}
