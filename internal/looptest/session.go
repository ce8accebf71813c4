// Package looptest runs functions for tests: a loop against a fake Runtime API
// (Session), a program as a process against one (Process), or a loop against a
// server that allocates nothing (Steady). It also builds the programs.
package looptest

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdatest"
)

// Patience bounds every wait: it is only used up when something hangs.
const Patience = time.Minute

// A Session is a loop that runs.
type Session struct {
	// API is what the loop runs against; nil if Loop.API has named another.
	API *lambdatest.Server

	// Err is what Run has returned. Wait, Stop and Failed wait for it.
	Err error

	// Cancel ends the loop's context.
	Cancel context.CancelFunc

	t     testing.TB
	done  chan struct{} // closed when the loop's goroutine has ended
	fence atomic.Int32  // orders test and handler for the race detector, which sees no socket

	mu     sync.Mutex
	logged []string // as text, but for errors that the handler has returned
	panics []minlambda.Record
}

// Start runs l until the test ends, against a new fake Runtime API if l.API is
// empty. That must not have seen anything by then that the protocol forbids.
func Start(t testing.TB, l minlambda.Loop) *Session {
	t.Helper()
	if l.API != "" {
		return start(t, nil, l)
	}
	return StartOn(t, Serve(t), l)
}

// StartOn is Start against an API that is there.
func StartOn(t testing.TB, api *lambdatest.Server, l minlambda.Loop) *Session {
	t.Helper()
	l.API = api.Addr()
	return start(t, api, l)
}

// Serve starts a fake Runtime API, which ends with the test. It must not have
// seen anything by then that the protocol forbids.
func Serve(t testing.TB) *lambdatest.Server {
	t.Helper()
	api := lambdatest.NewServer()
	t.Cleanup(func() {
		api.Close()
		Blameless(t, api)
	})
	return api
}

// Blameless checks that an API has seen nothing that the protocol forbids.
func Blameless(t testing.TB, api *lambdatest.Server) {
	t.Helper()
	for _, v := range api.Violations() {
		t.Errorf("violation: %s", v)
	}
}

func start(t testing.TB, api *lambdatest.Server, l minlambda.Loop) *Session {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &Session{API: api, Cancel: cancel, t: t}
	s.run(ctx, l)
	t.Cleanup(func() {
		cancel()
		s.Wait()
		if t.Failed() {
			t.Logf("Run returned %v; logged %q", s.Err, s.Logged())
		}
	})
	return s
}

// StartEndless runs a loop that nothing can stop but its server, as that of a
// function is. Loop.API names it.
func StartEndless(t testing.TB, l minlambda.Loop) *Session {
	s := &Session{Cancel: func() {}, t: t}
	s.run(context.Background(), l)
	return s
}

func (s *Session) run(ctx context.Context, l minlambda.Loop) {
	s.done = make(chan struct{})
	l.Log = s.log
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
	go func() {
		defer close(s.done)
		s.Err = l.Run(ctx)
	}()
}

func (s *Session) log(r minlambda.Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case r.Panic:
		s.panics = append(s.panics, r)
	case r.Type != "":
		return
	}
	s.logged = append(s.logged, r.String())
}

// Logged returns what the loop has logged so far, but for errors that the handler
// has returned.
func (s *Session) Logged() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.logged...)
}

// Forget clears what was logged.
func (s *Session) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logged = nil
}

// Quiet checks that nothing was logged but errors that the handler has returned.
func (s *Session) Quiet() {
	s.t.Helper()
	if got := s.Logged(); len(got) > 0 {
		s.t.Errorf("logged %q", got)
	}
}

// Logs checks that exactly one line was logged, and that it has all of the parts.
func (s *Session) Logs(parts ...string) {
	s.t.Helper()
	got := s.Logged()
	if len(got) != 1 {
		s.t.Fatalf("logged %q; want one line", got)
	}
	for _, part := range parts {
		if !strings.Contains(got[0], part) {
			s.t.Errorf("logged %q; want %q in it", got[0], part)
		}
	}
}

// Queue queues an event with the payload.
func (s *Session) Queue(payload string) *lambdatest.Pending {
	s.fence.Add(1)
	return s.API.Queue(lambdatest.Event{Payload: []byte(payload)})
}

// Result waits for the end of an invocation.
func (s *Session) Result(p *lambdatest.Pending) lambdatest.Result {
	s.t.Helper()
	r, err := wait(p)
	s.fence.Add(1)
	if err != nil {
		s.t.Fatalf("%v; the loop logged %q", err, s.Logged())
	}
	return r
}

func wait(p *lambdatest.Pending) (lambdatest.Result, error) {
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	return p.Wait(ctx)
}

// Result waits for the end of an invocation.
func Result(t testing.TB, p *lambdatest.Pending) lambdatest.Result {
	t.Helper()
	r, err := wait(p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Invoke is one event and its result.
func (s *Session) Invoke(payload string) lambdatest.Result {
	s.t.Helper()
	return s.Result(s.Queue(payload))
}

// Fine checks that the loop still serves: its handler must echo the event "fine".
func (s *Session) Fine() {
	s.t.Helper()
	if r := s.Invoke("fine"); string(r.Body) != "fine" || r.Err != nil {
		s.t.Fatalf("the next invocation ended with %q, %v", r.Body, r.Err)
	}
}

// Wait waits for the end of Run.
func (s *Session) Wait() {
	s.t.Helper()
	select {
	case <-s.done:
	case <-time.After(Patience):
		s.t.Fatal("the loop hangs")
	}
}

// Done is closed when Run has returned, or its goroutine has ended.
func (s *Session) Done() <-chan struct{} { return s.done }

// Stop ends the loop, which must say that its context did it.
func (s *Session) Stop() {
	s.t.Helper()
	s.Cancel()
	s.Wait()
	if s.Err != context.Canceled {
		s.t.Errorf("Run returned %v; want %v", s.Err, context.Canceled)
	}
}

// Failed waits until Run has returned an error of its own, which must be one line
// that says where.
func (s *Session) Failed() *minlambda.Error {
	s.t.Helper()
	s.Wait()
	var e *minlambda.Error
	if !errors.As(s.Err, &e) {
		s.t.Fatalf("Run returned %v; want an *Error", s.Err)
	}
	if got := e.Error(); strings.ContainsAny(got, "\r\n") ||
		!strings.HasPrefix(got, "minlambda: "+e.Op+": ") {
		s.t.Errorf("message %q; want one line that says where", got)
	}
	return e
}

// Panicked waits for the end of Run, and returns what the loop has logged of the
// one panic.
func (s *Session) Panicked() minlambda.Record {
	s.t.Helper()
	s.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.panics) != 1 {
		s.t.Fatalf("logged %d panics; want one", len(s.panics))
	}
	return s.panics[0]
}

// Until waits for what must become true.
func Until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(Patience); !ok(); time.Sleep(50 * time.Microsecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// Await waits for what a channel says.
func Await[T any](t testing.TB, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(Patience):
		t.Fatalf("waited in vain: %s", what)
		panic("unreachable")
	}
}

// Idle waits until n loops wait for events.
func Idle(t testing.TB, api *lambdatest.Server, n int) {
	t.Helper()
	Until(t, strconv.Itoa(n)+" loops wait for events", func() bool { return api.Waiting() == n })
}

// Posts returns the paths of the POSTs that an API has recorded.
func Posts(api *lambdatest.Server) (paths []string) {
	for _, r := range api.Requests() {
		if r.Method == "POST" {
			paths = append(paths, r.Path)
		}
	}
	return paths
}
