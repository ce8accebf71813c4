package minlambda_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/pool"
)

const usedLate = "minlambda: Invocation used after its handler returned"

// methods are all that an Invocation has.
var methods = map[string]func(inv *minlambda.Invocation){
	"Event":          func(inv *minlambda.Invocation) { inv.Event() },
	"RequestID":      func(inv *minlambda.Invocation) { inv.RequestID() },
	"Header":         func(inv *minlambda.Invocation) { inv.Header("Date") },
	"Deadline":       func(inv *minlambda.Invocation) { inv.Deadline() },
	"Context":        func(inv *minlambda.Invocation) { inv.Context() },
	"ContextBefore":  func(inv *minlambda.Invocation) { inv.ContextBefore(1) },
	"Write":          func(inv *minlambda.Invocation) { inv.Write([]byte("late")) },
	"WriteString":    func(inv *minlambda.Invocation) { inv.WriteString("late") },
	"ReadFrom":       func(inv *minlambda.Invocation) { inv.ReadFrom(strings.NewReader("late")) },
	"Dst":            func(inv *minlambda.Invocation) { inv.Dst() },
	"SetResponse":    func(inv *minlambda.Invocation) { inv.SetResponse([]byte("late")) },
	"Flush":          func(inv *minlambda.Invocation) { inv.Flush() },
	"SetPrelude":     func(inv *minlambda.Invocation) { inv.SetPrelude([]byte("{}")) },
	"SetContentType": func(inv *minlambda.Invocation) { inv.SetContentType("late/late") },
}

// panics is what f panics with.
func panics(f func()) (v any) {
	defer func() { v = recover() }()
	f()
	return nil
}

// A kept Invocation is dead: each method panics, between invocations and while others are handled,
// and changes nothing of theirs.
func TestKeptInvocation(t *testing.T) {
	for name, late := range methods {
		for _, poison := range []bool{false, true} {
			var kept *minlambda.Invocation
			var during any
			invoke := func(inv *minlambda.Invocation) error {
				if kept == nil {
					kept = inv
				} else {
					inv.WriteString("re ")
					during = panics(func() { late(kept) })
				}
				inv.Write(inv.Event())
				return nil
			}
			s := start(t, nil, minlambda.Loop{Poison: poison, Invoke: invoke})
			s.invoke("first")
			if v := panics(func() { late(kept) }); v != usedLate {
				t.Errorf("%s between invocations panics with %v", name, v)
			}
			r := s.invoke("second")
			if during != usedLate {
				t.Errorf("%s while another is handled panics with %v", name, during)
			}
			if string(r.Body) != "re second" || r.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%s: the other ended with %q, %v", name, r.Body, r.Header)
			}
			s.stop()
		}
	}
}

// An Invocation that no loop has made, or a copy of one, is as dead.
func TestMadeUpInvocation(t *testing.T) {
	if v := panics(func() { new(minlambda.Invocation).Event() }); v != usedLate {
		t.Errorf("a new one panics with %v", v)
	}
	during(t, event("{}"), func(inv *minlambda.Invocation) {
		made := *inv
		if v := panics(func() { made.Event() }); v != usedLate {
			t.Errorf("a copy panics with %v", v)
		}
	})
}

// An Invocation is used again 1,024 invocations later, and with Poison never.
func TestInvocationsInTurn(t *testing.T) {
	t.Parallel()
	const ring = 1024
	for _, poison := range []bool{false, true} {
		var all []*minlambda.Invocation // keeps each, so that no address comes again by itself
		seen := map[*minlambda.Invocation]bool{}
		invoke := func(inv *minlambda.Invocation) error {
			all, seen[inv] = append(all, inv), true
			return nil
		}
		s := start(t, nil, minlambda.Loop{Poison: poison, Invoke: invoke})
		s.api.Keep(0)
		for range ring + 10 {
			s.invoke("{}")
		}
		s.stop()
		if poison || pool.Always {
			if len(seen) != len(all) {
				t.Errorf("poison: %d Invocations for %d invocations", len(seen), len(all))
			}
		} else if len(seen) != ring || all[0] != all[ring] || all[9] != all[ring+9] {
			t.Errorf("%d Invocations in turn; want %d", len(seen), ring)
		}
	}
}

// A dead Invocation, and the loop that waits, hold nothing of what the handler has set.
func TestKeptInvocationHoldsNothing(t *testing.T) {
	for name, size := range map[string]int{"sent": 1 << 20, "refused": 32 << 20} {
		freed := make(chan struct{})
		var kept *minlambda.Invocation
		s := start(t, nil, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
			kept = inv
			body := make([]byte, size)
			runtime.SetFinalizer(&body[0], func(*byte) { close(freed) })
			inv.SetResponse(body)
			return nil
		}})
		s.api.Keep(0)
		s.invoke("{}")
		<-s.api.Asked() // the first GET
		<-s.api.Asked() // it waits
		ended := time.After(patience)
		for waiting := true; waiting; {
			runtime.GC()
			select {
			case <-freed:
				waiting = false
			case <-ended:
				t.Fatalf("%s: %d bytes are still there", name, size)
			case <-time.After(time.Millisecond):
			}
		}
		runtime.KeepAlive(kept)
		s.stop()
	}
}

// A context ends when its handler returns, while the loop goes on, and when it panics; and then the
// Invocation is dead as well.
func TestContextEndsWithItsHandler(t *testing.T) {
	var kept []context.Context
	var last *minlambda.Invocation
	s := start(t, nil, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		kept, last = append(kept, inv.Context()), inv
		switch string(inv.Event()) {
		case "fail":
			return errors.New("on purpose")
		case "panic":
			panic("on purpose")
		}
		return nil
	}})
	for i, event := range []string{"{}", "fail", "panic"} {
		s.invoke(event)
		if err := kept[i].Err(); err != context.Canceled {
			t.Errorf("after %s: %v", event, err)
		}
		if v := panics(func() { last.Event() }); v != usedLate {
			t.Errorf("after %s: panics with %v", event, v)
		}
	}
}

// A readerFunc is a Read.
type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// A goroutine that is in ReadFrom when its handler returns keeps the memory that it reads into; the
// loop takes other memory, says that the handler has not waited, and the goroutine panics when it
// has read.
func TestHandlerLeavesAReader(t *testing.T) {
	t.Parallel()
	failure := errors.New("on purpose")
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, "minlambda: handler returned while Invocation.ReadFrom was running"},
		{failure, failure.Error()},
	} {
		reading, read, died := make(chan struct{}), make(chan struct{}), make(chan any)
		s := start(t, nil, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
			if string(inv.Event()) != "leave" {
				inv.WriteString("re ")
				inv.Write(inv.Event())
				if string(inv.Event()) == "meanwhile" { // the response is in the buffer
					close(read)
					if v := <-died; v != usedLate {
						t.Errorf("the goroutine panics with %v", v)
					}
				}
				return nil
			}
			inv.WriteString("left")
			go func() {
				died <- panics(func() {
					inv.ReadFrom(readerFunc(func(p []byte) (int, error) {
						close(reading)
						<-read
						for i := range p {
							p[i] = 'x'
						}
						return len(p), nil
					}))
				})
			}()
			<-reading
			return c.err
		}})
		r := s.invoke("leave")
		if r.Err == nil || r.Err.Message != c.want {
			t.Errorf("the invocation ended with %q, %v; want %s", r.Body, r.Err, c.want)
		} else if c.err == nil && errorType(r) != "Function.InvocationInUse" {
			t.Errorf("error type %q", errorType(r))
		}
		for _, event := range []string{"before", "meanwhile", strings.Repeat("after", 5000)} {
			if r := s.invoke(event); string(r.Body) != "re "+event {
				t.Errorf("an invocation after that ended with %.50q, %v", r.Body, r.Err)
			}
		}
		s.stop()
	}
}

// A goroutine that comes late panics, whatever it was doing, and so nothing of it is seen.
func TestLateGoroutine(t *testing.T) {
	returned, died := make(chan struct{}), make(chan any)
	s := start(t, nil, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		if string(inv.Event()) == "fine" {
			inv.WriteString("fi")
			close(returned)
			if v := <-died; v != usedLate {
				t.Errorf("the goroutine panics with %v", v)
			}
			inv.WriteString("ne")
			return nil
		}
		go func() {
			<-returned
			died <- panics(func() { io.Copy(inv, strings.NewReader("late")) })
		}()
		return nil
	}})
	s.invoke("{}")
	s.fine()
	s.stop()
}

// A reader that panics leaves the Invocation as it was, for a handler that recovers.
func TestReaderPanics(t *testing.T) {
	r := during(t, event("{}"), func(inv *minlambda.Invocation) {
		inv.WriteString("before ")
		broken := readerFunc(func([]byte) (int, error) { panic("broken") })
		if v := panics(func() { inv.ReadFrom(broken) }); v != "broken" {
			t.Errorf("recovered %v", v)
		}
		inv.WriteString("after")
	})
	if string(r.Body) != "before after" {
		t.Errorf("ended with %q, %v", r.Body, r.Err)
	}
}
