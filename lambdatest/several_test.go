package lambdatest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// waiting waits until n GETs are open.
func waiting(t *testing.T, s *Server, n int) {
	t.Helper()
	for end := time.Now().Add(patience); s.Waiting() != n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d GETs are open, want %d", s.Waiting(), n)
		}
	}
}

// N GETs are open at once: each gets an event, in the order of their asking, and the invocations
// are answered in any order, each on its own connection or on another's.
func TestSeveralAtOnce(t *testing.T) {
	const n = 16
	s := start(t)
	var clients [n]*client
	for i := range clients {
		clients[i] = dial(t, s)
		clients[i].send("%s", getNext)
		waiting(t, s, i+1)
	}
	var pending [n]*Pending
	for i := range pending {
		e := Event{Payload: fmt.Append(nil, i), InvocationID: fmt.Sprint("nonce", i)}
		pending[i] = s.Queue(e)
	}
	if got := s.Waiting(); got != 0 {
		t.Errorf("%d GETs are open after as many events", got)
	}
	for i, c := range clients {
		<-pending[i].Delivered()
		if got := c.expect(200); got.body != fmt.Sprint(i) ||
			got.Header.Get(headerInvocationID) != fmt.Sprint("nonce", i) {
			t.Errorf("%d: got %q, %v", i, got.body, got.Header)
		}
	}
	for i := n - 1; i >= 0; i-- {
		header := fmt.Sprintf("%s: nonce%d\r\n", headerInvocationID, i)
		response := post(pending[i].RequestID(), "response", header, fmt.Sprint("re ", i))
		clients[(i+1)%n].send("%s", response)
		clients[(i+1)%n].expect(202)
		if r := result(t, pending[i]); string(r.Body) != fmt.Sprint("re ", i) {
			t.Errorf("%d ended with %q, %v", i, r.Body, r.Err)
		}
	}
	blameless(t, s)
}

// Each event's answers go to the POSTs about it, whichever comes first; the server's script has
// what is left.
func TestAnswersOfAnEvent(t *testing.T) {
	s := start(t)
	s.Script(Answer{Status: 500})
	a, b := dial(t, s), dial(t, s)
	first := s.Queue(Event{Answers: []Answer{{Status: 400, Lost: true}, {Status: 413}}})
	a.send("%s", getNext)
	a.expect(200)
	second := s.Queue(Event{Answers: []Answer{{Status: 410}}})
	b.send("%s", getNext)
	b.expect(200)
	b.send("%s", post(second.RequestID(), "response", "", "x"))
	b.expect(410)
	for _, status := range []int{400, 413} {
		a.send("%s", post(first.RequestID(), "response", "", "x"))
		a.expect(status)
	}
	third := s.Queue(Event{})
	b.send("%s", getNext)
	b.expect(200)
	b.send("%s", post(third.RequestID(), "error", "", `{"errorMessage":"x","errorType":"y"}`))
	b.expect(500)
	for i, want := range []int{413, 410, 500} {
		if r := result(t, []*Pending{first, second, third}[i]); r.Status != want {
			t.Errorf("%d ended with status %d, want %d", i, r.Status, want)
		}
	}
	blameless(t, s)
}

// An event that expires ends at its deadline, for its caller; the late POST gets 410 as often as it
// comes, and the runtime goes on.
func TestEventExpires(t *testing.T) {
	s := start(t)
	c := dial(t, s)
	undelivered := s.Queue(Event{})
	select {
	case <-undelivered.Delivered():
		t.Error("an event that nobody has asked for is delivered")
	default:
	}
	c.send("%s", getNext)
	c.expect(200)
	c.send("%s", post(undelivered.RequestID(), "response", "", ""))
	c.expect(202)
	p := s.Queue(Event{Deadline: time.Now().Add(20 * time.Millisecond), Expires: true})
	c.send("%s", getNext)
	c.expect(200)
	r := result(t, p)
	if r.Err == nil || r.Err.Type != "Sandbox.Timedout" || r.Status != 0 ||
		!strings.HasPrefix(r.Err.Message,
			"RequestId: "+p.RequestID()+" Error: Task timed out after 0.0") {
		t.Errorf("ended with %+v", r)
	}
	for range 2 {
		c.send("%s", post(p.RequestID(), "response", "", "late"))
		if got := c.expect(410); !strings.Contains(got.body, "InvokeTimeout") {
			t.Errorf("said %q", got.body)
		}
	}
	in := s.Queue(Event{Deadline: time.Now().Add(time.Hour), Expires: true})
	c.send("%s", getNext)
	c.expect(200)
	c.send("%s", post(in.RequestID(), "response", "", "in time"))
	c.expect(202)
	if r := result(t, in); string(r.Body) != "in time" || r.Err != nil {
		t.Errorf("ended with %q, %v", r.Body, r.Err)
	}
	blameless(t, s)
}

// A server without extensions knows none of their routes, and hands out events all the same.
func TestNoExtensions(t *testing.T) {
	s := NewServer()
	s.NoExtensions = true
	t.Cleanup(s.Close)
	c := dial(t, s)
	c.send("%s", register("x", "", `{"events":[]}`))
	c.expect(http.StatusNotFound)
	s.Queue(Event{})
	c.send("%s", getNext)
	c.expect(200)
	if got := s.Extensions(); len(got) != 0 {
		t.Errorf("extensions %v", got)
	}
	blameless(t, s)
}

// Loops that share their connections: an event is handed out once, whichever connection its answer
// comes over, and a second answer is a 400.
func TestSharedConnections(t *testing.T) {
	s := NewServer()
	s.Concurrent = true
	t.Cleanup(s.Close)
	a := dial(t, s)
	first, second := s.Queue(Event{Payload: []byte("1")}), s.Queue(Event{Payload: []byte("2")})
	for _, want := range []string{"1", "2"} { // two loops' GETs, over the same connection
		a.send("%s", getNext)
		if got := a.expect(200); got.body != want {
			t.Errorf("got %q, want %q", got.body, want)
		}
	}
	b := dial(t, s)
	for i, p := range []*Pending{second, first} {
		b.send("%s", post(p.RequestID(), "response", "", fmt.Sprint("re ", i)))
		b.expect(202)
		if r := result(t, p); string(r.Body) != fmt.Sprint("re ", i) {
			t.Errorf("%d ended with %q, %v", i, r.Body, r.Err)
		}
	}
	b.send("%s", post(first.RequestID(), "response", "", "again"))
	b.expect(400)
	blameless(t, s)
}
