package faults

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/internal/program"
	"github.com/minlambda/minlambda/lambdatest"
)

func init() { children["slow"] = slow }

// slow takes its time over events that say so.
func slow() {
	minlambda.Run(func(dst, event []byte) ([]byte, error) {
		if strings.HasPrefix(string(event), "slow") {
			time.Sleep(30 * time.Millisecond)
		}
		return answer(dst, event)
	})
}

func (p *process) freeze() {
	p.t.Helper()
	if err := p.Cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		p.t.Fatal(err)
	}
}

func (p *process) thaw() {
	p.t.Helper()
	if err := p.Cmd.Process.Signal(syscall.SIGCONT); err != nil {
		p.t.Fatal(err)
	}
}

// The sandbox freezes a function whenever it likes: mostly when it has nothing to do, and here at
// any moment.
func TestFreezeAtRandom(t *testing.T) {
	t.Parallel()
	n := 4000
	if testing.Short() {
		n = 800
	}
	p := launch(t, "", program.Command(looptest.Example(t, "echo")))
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
			}
			p.freeze()
			time.Sleep(time.Duration(rand.IntN(500)) * time.Microsecond)
			p.thaw()
			time.Sleep(time.Duration(rand.IntN(1000)) * time.Microsecond)
		}
	}()
	for i := range n {
		e := lambdatest.Event{Payload: randomPayload(i), Chunks: []int{-1, 0, 3, 100}[i%4]}
		switch i % 50 {
		case 10:
			e.Close = true // behind the event, so that the response takes another connection
		case 20:
			p.API.Script(lambdatest.Answer{Header: http.Header{"Connection": {"close"}},
				Close: true})
		case 30:
			p.API.Script(lambdatest.Answer{Raw: []byte{}, Close: true, Lost: true})
		case 40:
			e.Trickle = 1 + len(e.Payload)/300
		}
		if r := looptest.Result(t, p.API.Queue(e)); r.Err != nil ||
			string(r.Body) != string(e.Payload) {
			t.Fatalf("%d: %d bytes came back as %d, %v", i, len(e.Payload), len(r.Body), r.Err)
		}
	}
	close(stop)
	<-stopped
	if said := p.Kill(); said != "" {
		t.Errorf("it said %q", said)
	}
}

// Frozen at moments that are chosen, with the server going away meanwhile and without.
func TestFreeze(t *testing.T) {
	t.Parallel()
	for _, drop := range []bool{false, true} {
		name := map[bool]string{false: "", true: ", and the connection is lost"}[drop]
		t.Run("while it waits"+name, func(t *testing.T) {
			t.Parallel()
			p := child(t, "slow")
			p.Asked()
			var pending *lambdatest.Pending
			p.pause(drop, func() {
				pending = p.API.Queue(lambdatest.Event{Payload: []byte("event")})
				time.Sleep(10 * time.Millisecond)
			})
			checkFrozen(t, p, drop, pending, "event")
		})
		t.Run("in the handler"+name, func(t *testing.T) {
			t.Parallel()
			p := child(t, "slow")
			p.Asked()
			pending := p.API.Queue(lambdatest.Event{Payload: []byte("slow")})
			time.Sleep(10 * time.Millisecond) // it has the event by now: likely, and not needed
			p.pause(drop, func() { time.Sleep(30 * time.Millisecond) })
			if drop {
				// If it had not, the event is lost.
				p.API.Queue(lambdatest.Event{Payload: []byte("fine")})
			}
			checkFrozen(t, p, drop, pending, "slow")
		})
		t.Run("before the answer to its response"+name, func(t *testing.T) {
			t.Parallel()
			p := child(t, "slow")
			p.API.Script(lambdatest.Answer{Delay: 100 * time.Millisecond})
			first := p.API.Queue(lambdatest.Event{Payload: []byte("first")})
			until(t, "the response", func() bool { return posts(p.API, first.RequestID()) == 1 })
			var second *lambdatest.Pending
			p.pause(drop, func() { // in which the 202 and the next event come together
				looptest.Result(t, first)
				second = p.API.Queue(lambdatest.Event{Payload: []byte("second")})
				time.Sleep(10 * time.Millisecond)
			})
			checkFrozen(t, p, drop, second, "second")
		})
		t.Run("in an event"+name, func(t *testing.T) { freezeInAnEvent(t, drop) })
	}
}

func freezeInAnEvent(t *testing.T, drop bool) {
	t.Parallel()
	p := child(t, "slow")
	p.Asked()
	event := strings.Repeat("0123456789abcdef", 1000)
	raw, _ := rawEvent("half", event[:1000], event[1000:])
	if drop {
		half := p.API.Queue(lambdatest.Event{Raw: []byte(raw[:len(raw)/2]),
			RequestID: "half"})
		time.Sleep(10 * time.Millisecond) // as above
		var next *lambdatest.Pending
		p.pause(drop, func() { next = p.API.Queue(lambdatest.Event{Payload: []byte("next")}) })
		checkFrozen(t, p, drop, next, "next")
		if n := posts(p.API, half.RequestID()); n > 0 {
			t.Errorf("%d POSTs about half an event", n)
		}
		return
	}
	pending := p.API.Queue(lambdatest.Event{Raw: []byte(raw), RequestID: "half",
		Trickle: 10})
	for range 10 {
		p.pause(drop, func() { time.Sleep(time.Millisecond) })
	}
	checkFrozen(t, p, drop, pending, event)
}

// pause has the process frozen while f does something behind its back, and its connection is lost
// if drop says so.
func (p *process) pause(drop bool, f func()) {
	p.freeze()
	if drop {
		p.API.Drop()
		until(p.t, "no connection", func() bool { return p.API.Open() == 0 })
	}
	f()
	p.thaw()
}

// checkFrozen checks that what the process was frozen in has ended well, and the process lives.
func checkFrozen(t *testing.T, p *process, drop bool, pending *lambdatest.Pending, event string) {
	t.Helper()
	if wrong := answered(looptest.Result(t, pending), event); wrong != "" {
		t.Error(wrong)
	}
	fine(t, p.API)
	if n := posts(p.API, pending.RequestID()); n > 2 || n > 1 && !drop {
		t.Errorf("%d POSTs", n)
	}
	if said := p.Kill(); said != "" && !(drop && strings.Count(said, "\n") == 1 &&
		strings.Contains(said, "refused: 403")) {
		t.Errorf("it said %q", said)
	}
}
