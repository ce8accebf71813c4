package lambdatest

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Pending is a queued event, and the result of its invocation when there is one.
type Pending struct {
	event   Event
	server  *Server
	done    chan struct{} // closed when result is there
	handed  chan struct{} // closed when the event was first written
	hand    sync.Once     // closes it
	result  Result
	conn    *conn // the connection that it was delivered on
	refused bool  // a POST came for it and did not end it
	ended   bool
	told    bool // the extensions know of it

	streaming bool // its response has begun
	arrival   arrival
	answers   []Answer
}

// Result is how an invocation ended.
type Result struct {
	RequestID string
	Status    int            // of the answer to the POST; 0 if a script sent raw bytes or nothing
	Body      []byte         // the response, without chunks and prelude; nil for a POST to /error
	Err       *FunctionError // nil for a response that ended well
	Header    http.Header    // of the POST
	Trailer   http.Header    // of a streamed response: the declared trailers
	Streaming bool           // the POST asked for the streaming mode
	Prelude   *Prelude       // of a stream of HTTP; else nil

	Sent     time.Time // when the first byte of the event went out
	Received time.Time // when the last byte of the POST had arrived
	ConnID   int       // the connection of the POST, counted from 1
}

// Queue appends an event to those that wait for a GET /next. Events are handed out in the order in
// which they were queued, to askers in the order in which they asked. If an asker's connection goes
// away before its event could be written, the event goes to the next asker, unless its purpose was
// a fault. Once written, the event stays with that invocation, whose response may come on any
// connection. A runtime that asks again on the connection on which it owes a response gets the same
// event once more, as from Lambda.
func (s *Server) Queue(e Event) *Pending {
	e.complete()
	p := &Pending{event: e, server: s, done: make(chan struct{}), handed: make(chan struct{}),
		answers: e.Answers}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.work.push(p)
	return p
}

// RequestID returns the event's request ID; if the event had none, the one that the server made up.
func (p *Pending) RequestID() string { return p.event.RequestID }

// Done returns a channel that is closed when the invocation has ended. Wait then returns at once.
func (p *Pending) Done() <-chan struct{} { return p.done }

// Delivered returns a channel that is closed when the event has been written to a connection: it is
// there for the function to read.
func (p *Pending) Delivered() <-chan struct{} { return p.handed }

// Wait waits for the end of the invocation. A function error is not an error of Wait: it is in the
// result. Wait can be called again, and by several goroutines.
func (p *Pending) Wait(ctx context.Context) (Result, error) {
	select {
	case <-p.done:
		return p.result, nil
	default:
	}
	select {
	case <-p.done:
		return p.result, nil
	case <-p.server.done:
		return Result{}, ErrClosed
	case <-ctx.Done():
		return Result{}, fmt.Errorf("lambdatest: wait for the answer to %s: %w", p.event.RequestID,
			context.Cause(ctx))
	}
}

// Invoke queues an event and waits for the response, which belongs to the caller. A function error
// is returned as a [*FunctionError]. If ctx ends first, and nobody has asked for the event yet,
// Invoke takes it back.
func (s *Server) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	p := s.Queue(Event{Payload: payload})
	result, err := p.Wait(ctx)
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.work.withdraw(p)
		return nil, err
	}
	if result.Err != nil {
		return nil, result.Err
	}
	return result.Body, nil
}
