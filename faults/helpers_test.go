package faults

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/program"
	"github.com/minlambda/minlambda/lambdatest"
)

// patience bounds every wait of these tests: it is only used up when something hangs.
const patience = time.Minute

// childVariable names the function that the test's own program is to be, when a test has started it as a process.
const childVariable = "MINLAMBDA_FAULTS_CHILD"

func TestMain(m *testing.M) {
	if name := os.Getenv(childVariable); name != "" {
		children[name]()
		panic("the function " + name + " has returned")
	}
	program.Parallel()
	code := m.Run()
	removeExamples()
	os.Exit(code)
}

// children are the functions that a child process can be.
var children = map[string]func(){}

// answer is what most functions of these tests do: it is easily told from the event.
func answer(dst, event []byte) ([]byte, error) {
	if strings.HasPrefix(string(event), "fail") {
		return nil, errors.New("about " + string(event))
	}
	return append(append(dst, "re "...), event...), nil
}

// answered says what is wrong with a result as the one of an event that answer had; "" if nothing is.
func answered(r lambdatest.Result, event string) string {
	switch {
	case strings.HasPrefix(event, "fail"):
		if r.Err == nil || r.Err.Message != "about "+event {
			return "no error with the event in it, but " + outcome(r)
		}
	case r.Err != nil || string(r.Body) != "re "+event:
		return "not answered with re and the event, but " + outcome(r)
	}
	return ""
}

func outcome(r lambdatest.Result) string {
	if r.Err != nil {
		return r.Err.Error()
	}
	if len(r.Body) > 100 {
		return string(r.Body[:100]) + "…"
	}
	return string(r.Body)
}

// A session is a loop that runs, and what came of it.
type session struct {
	t      *testing.T
	cancel context.CancelFunc
	done   chan struct{} // closed when Run has returned
	err    error         // what it returned

	mu      sync.Mutex
	handled map[string]int // by event
	logged  []string
}

// start runs l against the Runtime API at addr, until the test ends.
func start(t *testing.T, addr string, l minlambda.Loop) *session {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &session{t: t, cancel: cancel, done: make(chan struct{}), handled: make(map[string]int)}
	l.API, l.Log = addr, s.log
	if h := l.Handler; h != nil {
		l.Handler = func(dst, event []byte) ([]byte, error) {
			s.mu.Lock()
			s.handled[string(event)]++
			s.mu.Unlock()
			return h(dst, event)
		}
	}
	go func() {
		defer close(s.done)
		s.err = l.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		s.wait()
		if t.Failed() {
			t.Logf("Run returned %v; logged %q", s.err, s.messages())
		}
	})
	return s
}

// log keeps what the loop logs, but for errors that the handler has returned.
func (s *session) log(r minlambda.Record) {
	if r.Type != "" && !r.Panic {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logged = append(s.logged, r.String())
}

// messages is what the loop has logged so far.
func (s *session) messages() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.logged...)
}

// forget clears what was logged and handled.
func (s *session) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logged = nil
	clear(s.handled)
}

// times is how often the event was handled.
func (s *session) times(event string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.handled[event]
}

func (s *session) wait() {
	s.t.Helper()
	select {
	case <-s.done:
	case <-time.After(patience):
		s.t.Fatal("the loop hangs")
	}
}

// stop ends the loop, which must say that ctx did it.
func (s *session) stop() {
	s.t.Helper()
	s.cancel()
	s.wait()
	if s.err != context.Canceled {
		s.t.Errorf("Run returned %v; want %v", s.err, context.Canceled)
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
	if strings.ContainsAny(e.Error(), "\r\n") {
		s.t.Errorf("message %q; want one line", e.Error())
	}
	return e
}

// serve starts a fake Runtime API, which must have seen nothing that the protocol forbids when the test ends.
func serve(t *testing.T) *lambdatest.Server {
	t.Helper()
	api := lambdatest.NewServer()
	t.Cleanup(func() {
		api.Close()
		blameless(t, api)
	})
	return api
}

// blameless checks that the runtime did nothing wrong.
func blameless(t *testing.T, api *lambdatest.Server) {
	t.Helper()
	for _, v := range api.Violations() {
		t.Errorf("violation: %s", v)
	}
}

// result waits for the end of an invocation.
func result(t *testing.T, p *lambdatest.Pending) lambdatest.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := p.Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// fine checks that the loop still serves.
func fine(t *testing.T, api *lambdatest.Server) {
	t.Helper()
	r := result(t, api.Queue(lambdatest.Event{Payload: []byte("fine")}))
	if wrong := answered(r, "fine"); wrong != "" {
		t.Fatalf("the next invocation is %s", wrong)
	}
}

// until waits for what must become true.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(50 * time.Microsecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// posts counts the POSTs about an invocation.
func posts(api *lambdatest.Server, id string) (n int) {
	for _, r := range api.Requests() {
		if r.Method == "POST" && strings.Contains(r.Path, "/"+id+"/") {
			n++
		}
	}
	return n
}

// gets counts the requests for events.
func gets(api *lambdatest.Server) (n int) {
	for _, r := range api.Requests() {
		if r.Method == "GET" {
			n++
		}
	}
	return n
}

// await waits for c to be closed.
func await(t *testing.T, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Fatalf("waited in vain: %s", what)
	}
}

// together runs subtests side by side, however few processors there are: they wait more
// than they work.
type together struct {
	t   *testing.T
	all sync.WaitGroup
}

func (g *together) run(name string, f func(t *testing.T)) {
	g.all.Add(1)
	go func() {
		defer g.all.Done()
		g.t.Run(name, f)
	}()
}
