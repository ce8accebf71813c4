package lambdatest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestInvokeWithNetHTTP(t *testing.T) {
	s := start(t)
	stop := httpRuntime(s, func(event []byte) (string, []byte) {
		if bytes.HasPrefix(event, []byte("fail")) {
			return "error", []byte(`{"errorMessage":"failed","errorType":"E"}`)
		}
		return "response", event
	})
	for _, n := range []int{0, 1, 2048, 2049, 6 << 20} {
		got, err := s.Invoke(limited(t), payload(n))
		if err != nil || !bytes.Equal(got, payload(n)) {
			t.Errorf("%d bytes: got %d, %v", n, len(got), err)
		}
	}
	_, err := s.Invoke(limited(t), []byte("fail"))
	var fault *FunctionError
	if !errors.As(err, &fault) || fault.Error() != "E: failed" {
		t.Errorf("error %v", err)
	}
	blameless(t, s)
	s.Close()
	stop()
}

func TestManyInvocations(t *testing.T) {
	s := start(t)
	var stops []func()
	for range 4 {
		stops = append(stops, httpRuntime(s, func(event []byte) (string, []byte) {
			return "response", event
		}))
	}
	var callers sync.WaitGroup
	for i := range 8 {
		callers.Add(1)
		go func() {
			defer callers.Done()
			for j := range 100 {
				want := fmt.Sprint(i, j)
				if got, err := s.Invoke(limited(t), []byte(want)); err != nil ||
					string(got) != want {
					t.Errorf("%s: got %q, %v", want, got, err)
					return
				}
			}
		}()
	}
	callers.Wait()
	blameless(t, s)
	if got := len(s.Requests()); got != 1000 {
		t.Errorf("%d requests kept, want 1000", got)
	}
	s.Close()
	for _, stop := range stops {
		stop()
	}
}

// POST and GET in one segment: the 202 comes at once, the event when there is one.
func TestPipelining(t *testing.T) {
	s := start(t)
	c := dial(t, s)
	c.send(getNext)
	s.Queue(Event{Payload: []byte("0")})
	for i := 1; i < 5; i++ {
		id := c.id(c.expect(200))
		c.send("%s", post(id, "response", "", fmt.Sprint(i))+getNext)
		c.expect(202)
		s.Queue(Event{Payload: []byte(fmt.Sprint(i))})
	}
	blameless(t, s)
}

func TestOrder(t *testing.T) {
	s := start(t)
	for i := range 3 {
		s.Queue(Event{Payload: []byte{'0' + byte(i)}})
	}
	for i := range 3 {
		c := dial(t, s)
		c.send(getNext)
		if got := c.expect(200).body; got != string([]byte{'0' + byte(i)}) {
			t.Errorf("event %d is %q", i, got)
		}
	}
	if s.Connections() != 3 || s.Open() != 3 {
		t.Errorf("%d connections, %d open", s.Connections(), s.Open())
	}
}

func TestAsked(t *testing.T) {
	s := start(t)
	if !s.AskedAt().IsZero() {
		t.Error("asked before anyone asked")
	}
	before := time.Now()
	dial(t, s).send(getNext)
	<-s.Asked()
	if s.AskedAt().Before(before) {
		t.Errorf("asked at %v, before %v", s.AskedAt(), before)
	}
}

// An asker that goes away before its event arrives leaves it to the next asker.
func TestAskerLeaves(t *testing.T) {
	s := start(t)
	first := dial(t, s)
	first.send(getNext)
	<-s.Asked()
	first.Close()
	for s.Open() > 0 {
		time.Sleep(time.Millisecond)
	}
	s.Queue(Event{Payload: []byte("x")})
	second := dial(t, s)
	second.send(getNext)
	if got := second.expect(200).body; got != "x" {
		t.Errorf("event %q", got)
	}
	blameless(t, s)
}

// An asker that goes away while its event is delayed leaves it to the next asker, before the other
// events.
func TestAskerLeavesDuringDelay(t *testing.T) {
	s := start(t)
	p := s.Queue(Event{Payload: []byte("x"), Delay: 50 * time.Millisecond})
	s.Queue(Event{Payload: []byte("y")})
	first := dial(t, s)
	first.send(getNext)
	<-s.Asked()
	first.Close()
	for s.Open() > 0 {
		time.Sleep(time.Millisecond)
	}
	second := dial(t, s)
	second.send(getNext)
	if a := second.expect(200); a.body != "x" || second.id(a) != p.RequestID() {
		t.Errorf("event %q", a.body)
	}
}

func TestAskingAgain(t *testing.T) {
	s := start(t)
	s.Queue(Event{Payload: []byte("x")})
	c := dial(t, s)
	c.send(getNext)
	id := c.id(c.expect(200))
	c.send(getNext)
	if again := c.expect(200); again.body != "x" || c.id(again) != id {
		t.Errorf("got %q with %s, want the same event", again.body, c.id(again))
	}
	blamed(t, s, "has not answered")
}

func TestDrop(t *testing.T) {
	s := start(t)
	p := s.Queue(Event{})
	busy, idle, asking := dial(t, s), dial(t, s), dial(t, s)
	busy.send(getNext)
	id := busy.id(busy.expect(200))
	asking.send(getNext)
	idle.send("%s", post("none", "response", "", ""))
	idle.expect(400)
	s.Drop()
	for _, c := range []*client{busy, idle, asking} {
		c.ended()
	}
	again := dial(t, s)
	again.send("%s", post(id, "response", "", "late"))
	again.expect(202)
	if r := result(t, p); string(r.Body) != "late" || r.ConnID != 4 {
		t.Errorf("result %q on connection %d", r.Body, r.ConnID)
	}
	blameless(t, s)
}

// Connections in the accept backlog are open too: their clients are connected.
func TestDropBacklog(t *testing.T) {
	s := start(t)
	const each = 20
	for round := range 5 {
		clients := make([]*client, each)
		for i := range clients {
			clients[i] = dial(t, s)
		}
		s.Drop()
		if s.Open() != 0 {
			t.Errorf("round %d: %d connections open", round, s.Open())
		}
		for _, c := range clients {
			c.ended()
		}
	}
	if got := s.Connections(); got != 5*each {
		t.Errorf("%d connections, want %d: Drop's own is not one", got, 5*each)
	}
	blameless(t, s)
}

// The client of a dropped connection reads what was sent before, and then the end, although it was
// sending, and goes on sending. None of that counts as a request.
func TestDropWhileSending(t *testing.T) {
	s := start(t)
	c, p := answered(t, s, "answered", "")
	result(t, p)
	open := s.Queue(Event{})
	c.send("%s", getNext+
		"POST /2018-06-01/runtime/invocation/"+open.RequestID()+"/response HTTP/1.1\r\n"+
		"Host: x\r\nContent-Length: 100000\r\n\r\n"+strings.Repeat("x", 50_000))
	c.expect(202)
	if a := c.expect(200); c.id(a) != open.RequestID() {
		t.Errorf("event %s", c.id(a))
	}
	s.Drop()
	c.send("%s", strings.Repeat("x", 50_000))
	c.send("%s", "no request line\r\n\r\n"+post(open.RequestID(), "response", "", "dropped"))
	c.ended()
	c.Close()
	again := dial(t, s)
	again.send("%s", post(open.RequestID(), "response", "", "arrived"))
	again.expect(202)
	if r := result(t, open); string(r.Body) != "arrived" {
		t.Errorf("result %q", r.Body)
	}
	blameless(t, s)
	for _, q := range s.Requests() {
		if q.ConnID == 1 && (len(q.Body) > len("answered") || q.Path == "") {
			t.Errorf("kept after Drop: %s %s with %d bytes", q.Method, q.Path, len(q.Body))
		}
	}
}

// A dropped asker gets no event; the next asker gets it.
func TestDropAsker(t *testing.T) {
	s := start(t)
	first := dial(t, s)
	first.send(getNext)
	<-s.Asked()
	s.Drop()
	s.Queue(Event{Payload: []byte("x")})
	first.ended()
	second := dial(t, s)
	second.send(getNext)
	if got := second.expect(200).body; got != "x" {
		t.Errorf("event %q", got)
	}
}

// A request on a dropped connection does not ask, does not register, and takes nothing from the
// script.
func TestDroppedRequests(t *testing.T) {
	for _, request := range []string{
		getNext, register("x", "", "{}"), post("1", "response", "", "{}"),
		"GET /nowhere HTTP/1.1\r\n\r\n",
	} {
		s := NewServer()
		s.Script(Answer{Silent: true})
		c := dial(t, s)
		c.silent(s)
		s.Drop()
		c.send("%s", request)
		c.ended()
		c.Close()
		s.Close()
		select {
		case <-s.Asked():
			t.Errorf("%q counts as asking", request)
		default:
		}
		for _, q := range s.Requests() {
			if q.ConnID == 1 {
				t.Errorf("%q was recorded", request)
			}
		}
		if len(s.Extensions()) > 0 || len(s.script) != 1 {
			t.Errorf("%q: extensions %v, script %v", request, s.Extensions(), s.script)
		}
		blameless(t, s)
	}
}

// Close lets a client read what was sent before, although the client is sending.
func TestCloseWhileSending(t *testing.T) {
	s := NewServer()
	// The POST that follows the GET is not read before the GET has been answered.
	c, p := answered(t, s, "answered", getNext+"POST /unread HTTP/1.1\r\nHost: x\r\n"+
		"Content-Length: 100000\r\n\r\n"+strings.Repeat("x", 50_000))
	result(t, p)
	s.Close()
	c.expect(202)
	c.ended()
	s.Drop() // this has nothing to do
	if s.Open() != 0 {
		t.Errorf("%d connections open", s.Open())
	}
	blameless(t, s)
}

func TestClose(t *testing.T) {
	s := NewServer()
	c := dial(t, s)
	c.send(getNext)
	<-s.Asked()
	delivered := s.Queue(Event{})
	c.expect(200)
	queued := make(chan error, 1)
	go func() {
		_, err := s.Invoke(context.Background(), nil)
		queued <- err
	}()
	s.Close()
	s.Close()
	if err := <-queued; !errors.Is(err, ErrClosed) {
		t.Errorf("queued: %v", err)
	}
	if _, err := delivered.Wait(context.Background()); !errors.Is(err, ErrClosed) {
		t.Errorf("delivered: %v", err)
	}
	if s.Open() != 0 {
		t.Errorf("%d connections open", s.Open())
	}
	NewServer().Close() // before anyone has seen its address
}

func TestInvokeGivesUp(t *testing.T) {
	s := start(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	reason := errors.New("enough")
	cancel(reason)
	if _, err := s.Invoke(ctx, []byte("forgotten")); !errors.Is(err, reason) {
		t.Errorf("got %v, want %v", err, reason)
	}
	s.Queue(Event{Payload: []byte("next")})
	c := dial(t, s)
	c.send(getNext)
	if got := c.expect(200).body; got != "next" {
		t.Errorf("event %q: the one before was not taken back", got)
	}
}

func TestReusedRequestID(t *testing.T) {
	s := start(t)
	s.Queue(Event{RequestID: "same", InvocationID: "1"})
	second := s.Queue(Event{RequestID: "same", InvocationID: "2"})
	a, b := dial(t, s), dial(t, s)
	a.send(getNext)
	a.expect(200)
	b.send(getNext)
	b.expect(200)
	a.send("%s", post("same", "response", "Lambda-Runtime-Invocation-Id: 1\r\n", "stale"))
	a.expect(410)
	b.send("%s", post("same", "response", "Lambda-Runtime-Invocation-Id: 2\r\n", "fresh"))
	b.expect(202)
	if r := result(t, second); string(r.Body) != "fresh" {
		t.Errorf("result %q", r.Body)
	}
}
