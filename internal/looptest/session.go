// Package looptest runs loops for tests: against a fake Runtime API, and against
// a server that allocates nothing.
package looptest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdatest"
)

// patience bounds every wait: it is only used up when something hangs.
const patience = 15 * time.Second

// A Session is a loop that runs against a fake Runtime API.
type Session struct {
	API *lambdatest.Server

	t      testing.TB
	fence  atomic.Int32 // orders test and handler for the race detector, which sees no socket
	mu     sync.Mutex
	logged []string // as text, but for errors that the handler has returned
}

// Start runs l until the test ends. The API must not have seen anything by then
// that the protocol forbids.
func Start(t testing.TB, l minlambda.Loop) *Session {
	t.Helper()
	s := &Session{API: lambdatest.NewServer(), t: t}
	l.API, l.Log = s.API.Addr(), s.log
	if h := l.Handler; h != nil {
		l.Handler = func(dst, event []byte) ([]byte, error) {
			s.fence.Add(1)
			defer s.fence.Add(1)
			return h(dst, event)
		}
	}
	if h := l.Invoke; h != nil {
		l.Invoke = func(inv *minlambda.Invocation) error {
			s.fence.Add(1)
			defer s.fence.Add(1)
			return h(inv)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		select {
		case <-done:
		case <-time.After(patience):
			t.Error("the loop hangs")
		}
		s.API.Close()
		for _, v := range s.API.Violations() {
			t.Errorf("violation: %s", v)
		}
	})
	return s
}

func (s *Session) log(r minlambda.Record) {
	if r.Type != "" && !r.Panic {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logged = append(s.logged, r.String())
}

// Logged returns what the loop has logged so far, but for errors that the handler
// has returned.
func (s *Session) Logged() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.logged...)
}

// Queue queues an event with the payload.
func (s *Session) Queue(payload string) *lambdatest.Pending {
	s.fence.Add(1)
	return s.API.Queue(lambdatest.Event{Payload: []byte(payload)})
}

// Result waits for the end of an invocation.
func (s *Session) Result(p *lambdatest.Pending) lambdatest.Result {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := p.Wait(ctx)
	s.fence.Add(1)
	if err != nil {
		s.t.Fatalf("%v; the loop logged %q", err, s.Logged())
	}
	return r
}

// Invoke is one event and its result.
func (s *Session) Invoke(payload string) lambdatest.Result {
	s.t.Helper()
	return s.Result(s.Queue(payload))
}

// Quiet checks that nothing was logged but errors that the handler has returned.
func (s *Session) Quiet() {
	s.t.Helper()
	if got := s.Logged(); len(got) > 0 {
		s.t.Errorf("logged %q", got)
	}
}
