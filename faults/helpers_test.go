package faults

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/lambdatest"
)

// errorTypeHeader says with a report what kind of error it is.
const errorTypeHeader = "Lambda-Runtime-Function-Error-Type"

// patience bounds every wait of these tests.
const patience = looptest.Patience

func TestMain(m *testing.M) { looptest.Main(m, children) }

// children are the functions that a child process can be.
var children = map[string]func(){}

// answer is what most functions of these tests do: it is easily told from the event.
func answer(dst, event []byte) ([]byte, error) {
	if strings.HasPrefix(string(event), "fail") {
		return nil, errors.New("about " + string(event))
	}
	return append(append(dst, "re "...), event...), nil
}

func echo(dst, event []byte) ([]byte, error) { return append(dst, event...), nil }

// failing returns an error for the event "fail", and echoes any other.
func failing(dst, event []byte) ([]byte, error) {
	if string(event) == "fail" {
		return nil, errors.New("it was asked to")
	}
	return append(dst, event...), nil
}

// answered says what is wrong with a result as the one of an event that answer had; "" if nothing
// is.
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

// A session is a loop that runs, and how often it has handled which event.
type session struct {
	*looptest.Session
	t *testing.T

	mu      sync.Mutex
	handled map[string]int // by event
}

// start runs l against the Runtime API at addr, until the test ends.
func start(t *testing.T, addr string, l minlambda.Loop) *session {
	t.Helper()
	s := &session{t: t, handled: make(map[string]int)}
	if h := l.Handler; h != nil {
		l.Handler = func(dst, event []byte) ([]byte, error) {
			s.mu.Lock()
			s.handled[string(event)]++
			s.mu.Unlock()
			return h(dst, event)
		}
	}
	l.API = addr
	s.Session = looptest.Start(t, l)
	return s
}

// forget clears what was logged and handled.
func (s *session) forget() {
	s.Forget()
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.handled)
}

// times is how often the event was handled.
func (s *session) times(event string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.handled[event]
}

// fine checks that the loop still serves.
func fine(t *testing.T, api *lambdatest.Server) {
	t.Helper()
	r := looptest.Result(t, api.Queue(lambdatest.Event{Payload: []byte("fine")}))
	if wrong := answered(r, "fine"); wrong != "" {
		t.Fatalf("the next invocation is %s", wrong)
	}
}

// until waits for what must become true.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	looptest.Until(t, what, ok)
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
	looptest.Await(t, what, c)
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
