package lambdatest

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// ErrClosed is returned to callers that still wait for a result when the server is closed.
var ErrClosed = errors.New("lambdatest: server closed")

// Server is a fake Runtime API. Its methods may be called from any goroutine.
type Server struct {
	// BasePath is a path that every request must begin with, as some local emulators want it: with
	// "/worker", events are asked for at /worker/2018-06-01/runtime/invocation/next. By default it
	// is empty. Set it before Addr is first called.
	BasePath string

	// Concurrent serves a runtime with several loops as Lambda Managed Instances do, also where the
	// loops share their connections: whoever asks gets another event, whatever came over the same
	// connection before, and a second response is a 400. To be set before Addr is first called.
	Concurrent bool

	// NoExtensions answers requests of extensions with 404, as servers for development do that know
	// none. To be set before Addr is first called.
	NoExtensions bool

	// SnapStart has the requests by which a function is restored from a snapshot: see Restore.
	// Whoever starts the function sets AWS_LAMBDA_INITIALIZATION_TYPE to snap-start. Without it
	// those requests get a 404. To be set before Addr is first called.
	SnapStart bool

	listener acceptor
	accept   sync.Once
	done     chan struct{} // closed by Close
	asked    chan struct{} // closed by the first GET /next
	running  sync.WaitGroup
	dropping sync.Mutex // held by Drop: there is only one fence at a time
	fence    fence

	mu         sync.Mutex
	serving    bool // serve has been started
	closed     bool
	accepted   int
	conns      map[*conn]struct{}
	askedAt    time.Time
	work       queue
	script     []Answer
	initError  *FunctionError
	restore    restore
	metadata   metadata
	extensions []*extension
	log        requestLog
	notes      []string
}

// NewServer starts a server on a free port of 127.0.0.1. It panics if it cannot listen there, as
// httptest does. The caller closes it.
func NewServer() *Server {
	listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		panic(fmt.Sprintf("lambdatest: listen on 127.0.0.1: %v", err))
	}
	return &Server{
		listener: listener,
		done:     make(chan struct{}),
		asked:    make(chan struct{}),
		conns:    make(map[*conn]struct{}),
		restore:  restore{asked: make(chan struct{}), released: make(chan struct{})},
		metadata: metadata{token: NewRequestID(), zone: defaultZone},
		work:     newQueue(),
		log:      requestLog{limit: defaultKeep},
	}
}

// Addr returns the value for AWS_LAMBDA_RUNTIME_API: host and port, "127.0.0.1:12345", and BasePath
// if there is one.
func (s *Server) Addr() string {
	// Nobody finds the server before this call, so BasePath can still be set after NewServer
	// without a race.
	s.accept.Do(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.closed {
			s.serving = true
			s.running.Add(1)
			go s.serve()
		}
	})
	return s.listener.Addr().String() + s.BasePath
}

// Close stops listening, closes every connection, and returns when nothing of the server runs any
// more. Callers that still wait in Invoke or Wait get [ErrClosed].
func (s *Server) Close() {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.done)
		s.listener.Close()
	}
	for c := range s.conns {
		c.drop(unreadTime)
	}
	s.mu.Unlock()
	s.running.Wait()
}

// Drop closes every open connection, as a restarting server does; the server goes on listening.
// Queued events stay queued, and a response that is still due may arrive on another connection.
//
// A connection is open as soon as the client's connect has returned. The client can read what the
// server sent before, and then the end of the stream: the connection is not reset, even if the
// client was sending. What the server had not yet read completely is lost, and nobody is blamed for
// it.
func (s *Server) Drop() {
	s.dropping.Lock()
	defer s.dropping.Unlock()
	if !s.dropOpen() {
		return
	}
	if err := s.admitBacklog(); err != nil {
		s.note(nil, "Drop: connections that wait to be accepted stay open: %v", err)
	}
	s.dropOpen()
}

// dropOpen drops the connections that have been admitted. It reports false if there cannot be
// others in the backlog.
func (s *Server) dropOpen() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		if !c.dropped {
			c.drop(lingerTime)
		}
	}
	return s.serving && !s.closed
}

// Connections returns how many connections were accepted so far, closed ones included.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accepted
}

// Open returns how many connections are open now. It leaves out those on which an extension waits
// for its next event, since nothing is on its way there.
func (s *Server) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	open := 0
	for c := range s.conns {
		if !c.dropped && !c.waits {
			open++
		}
	}
	return open
}

// Asked returns a channel that is closed when the first GET /next arrives, which ends the
// function's start-up.
func (s *Server) Asked() <-chan struct{} { return s.asked }

// AskedAt returns when the first GET /next arrived; the zero time if none has arrived.
func (s *Server) AskedAt() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.askedAt
}

// InitError returns what was last posted to /init/error; nil if nothing was.
func (s *Server) InitError() *FunctionError {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.initError
}

func (s *Server) forget(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	c.socket.Close()
}
