package minlambda_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdatest"
)

// patience bounds every wait of these tests: it is only used up when something hangs.
const patience = time.Minute

// A session is a loop that runs against a fake Runtime API.
type session struct {
	t      *testing.T
	api    *lambdatest.Server
	cancel context.CancelFunc
	done   chan struct{} // closed when the loop's goroutine has ended
	err    error         // what Run has returned
	fence  atomic.Int32  // orders test and handler for the race detector, which sees no socket

	mu     sync.Mutex
	logged []string // as text, but for errors that the handler has returned
	panics []minlambda.Record
}

// start runs l against api; a nil api means a new one. When the test ends, so does the loop, and the API must not have
// seen anything that the protocol forbids.
func start(t *testing.T, api *lambdatest.Server, l minlambda.Loop) *session {
	t.Helper()
	if api == nil {
		api = lambdatest.NewServer()
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &session{t: t, api: api, cancel: cancel, done: make(chan struct{})}
	l.API, l.Log = api.Addr(), s.log
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
	t.Cleanup(func() {
		cancel()
		s.wait()
		api.Close()
		for _, v := range api.Violations() {
			t.Errorf("violation: %s", v)
		}
	})
	go func() {
		defer close(s.done)
		s.err = l.Run(ctx)
	}()
	return s
}

func (s *session) log(r minlambda.Record) {
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

// panicked waits for the end of Run, and is what the loop has logged of the panic.
func (s *session) panicked() minlambda.Record {
	s.t.Helper()
	s.wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.panics) != 1 {
		s.t.Fatalf("logged %d panics; want one", len(s.panics))
	}
	return s.panics[0]
}

// messages is what the loop has logged so far, but for errors that the handler has returned.
func (s *session) messages() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.logged...)
}

func (s *session) wait() {
	s.t.Helper()
	select {
	case <-s.done:
	case <-time.After(patience):
		s.t.Fatal("the loop hangs")
	}
}

// result waits for the end of an invocation.
func (s *session) result(p *lambdatest.Pending) lambdatest.Result {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := p.Wait(ctx)
	s.fence.Add(1)
	if err != nil {
		s.t.Fatalf("%v; the loop logged %q", err, s.messages())
	}
	return r
}

// queue queues an event with the payload.
func (s *session) queue(payload string) *lambdatest.Pending {
	s.fence.Add(1)
	return s.api.Queue(lambdatest.Event{Payload: []byte(payload)})
}

// invoke is one event and its result.
func (s *session) invoke(payload string) lambdatest.Result {
	s.t.Helper()
	return s.result(s.queue(payload))
}

// fine checks that the loop still serves: echo must be its handler's answer to "fine".
func (s *session) fine() {
	s.t.Helper()
	if r := s.invoke("fine"); string(r.Body) != "fine" || r.Err != nil {
		s.t.Fatalf("the next invocation ended with %q, %v", r.Body, r.Err)
	}
}

// failed waits until Run has returned an error of its own, which must be one line.
func (s *session) failed() *minlambda.Error {
	s.t.Helper()
	s.wait()
	var e *minlambda.Error
	if !errors.As(s.err, &e) {
		s.t.Fatalf("Run returned %v; want an *Error", s.err)
	}
	if strings.ContainsAny(e.Error(), "\r\n") || !strings.HasPrefix(e.Error(), "minlambda: "+e.Op+": ") {
		s.t.Errorf("message %q; want one line that says where", e.Error())
	}
	return e
}

// quiet checks that nothing was logged but errors that the handler has returned.
func (s *session) quiet() {
	s.t.Helper()
	if got := s.messages(); len(got) > 0 {
		s.t.Errorf("logged %q", got)
	}
}

// logs checks that exactly one line was logged, and that it has all of the parts.
func (s *session) logs(parts ...string) {
	s.t.Helper()
	got := s.messages()
	if len(got) != 1 {
		s.t.Fatalf("logged %q; want one line", got)
	}
	for _, part := range parts {
		if !strings.Contains(got[0], part) {
			s.t.Errorf("logged %q; want %q in it", got[0], part)
		}
	}
}

// posts is the paths of the POSTs that the API has recorded.
func posts(api *lambdatest.Server) (paths []string) {
	for _, r := range api.Requests() {
		if r.Method == "POST" {
			paths = append(paths, r.Path)
		}
	}
	return paths
}

// stop ends the loop, which must say that ctx did it.
func (s *session) stop() {
	s.t.Helper()
	s.cancel()
	s.wait()
	if !errors.Is(s.err, context.Canceled) {
		s.t.Errorf("Run returned %v; want %v", s.err, context.Canceled)
	}
}

func echo(dst, event []byte) ([]byte, error) { return append(dst, event...), nil }

// listen is a listener for a server that a test plays itself.
func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}
