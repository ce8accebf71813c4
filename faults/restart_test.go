package faults

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/lambdatest"
	"github.com/minlambda/minlambda/wire"
)

// A server that is back on the same port within the 2.5 s that the loop tries costs nothing:
// neither the event that it has not sent yet, nor the response that was due meanwhile.
func TestRestart(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]time.Duration{"at once": 0, "soon": 50 * time.Millisecond,
		"late": 700 * time.Millisecond} {
		t.Run("while the loop waits, "+name, func(t *testing.T) {
			t.Parallel()
			api := looptest.Serve(t)
			l := newLine(t, api.Addr())
			// In sequence, so that a GET means that the answer before it has arrived.
			s := start(t, l.addr, minlambda.Loop{Handler: answer, InSequence: true})
			fine(t, api)
			until(t, "a GET", func() bool { return gets(api) == 2 })
			l.down()
			until(t, "no connection", func() bool { return api.Open() == 0 })
			p := api.Queue(lambdatest.Event{Payload: []byte("meanwhile")})
			time.Sleep(away)
			l.up(t)
			if wrong := answered(looptest.Result(t, p), "meanwhile"); wrong != "" {
				t.Error(wrong)
			}
			fine(t, api)
			s.Stop()
			if got := s.Logged(); len(got) > 0 {
				t.Errorf("logged %q", got)
			}
		})
		for _, size := range []int{10, 1 << 20} {
			t.Run("while a handler runs, "+name, func(t *testing.T) {
				t.Parallel()
				api := looptest.Serve(t)
				l := newLine(t, api.Addr())
				down := make(chan struct{})
				s := start(
					t,
					l.addr,
					minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
						if string(event) != "fine" {
							l.down()
							close(down)
						}
						return answer(dst, event)
					}},
				)
				event := strings.Repeat("x", size)
				p := api.Queue(lambdatest.Event{Payload: []byte(event)})
				await(t, "the handler", down)
				time.Sleep(away)
				l.up(t)
				if wrong := answered(looptest.Result(t, p), event); wrong != "" {
					t.Error(wrong)
				}
				fine(t, api)
				s.Stop()
				if got := s.Logged(); len(got) > 0 || posts(api, p.RequestID()) != 1 ||
					s.times(event) != 1 {
					t.Errorf("logged %q, %d POSTs, handled %d times", got,
						posts(api, p.RequestID()), s.times(event))
				}
			})
		}
	}
}

// One that does not come back ends the loop, which says that and leaves: nothing connects when it
// is back at last.
func TestRestartTooLate(t *testing.T) {
	t.Parallel()
	for _, handling := range []bool{false, true} {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			api := looptest.Serve(t)
			l := newLine(t, api.Addr())
			s := start(t, l.addr, minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
				if string(event) != "fine" {
					l.down()
				}
				return answer(dst, event)
			}})
			fine(t, api)
			if handling {
				api.Queue(lambdatest.Event{Payload: []byte("in vain")})
			} else {
				l.down()
			}
			e := s.Failed()
			if e.Op != "connect" || !errors.Is(e, syscall.ECONNREFUSED) ||
				!strings.Contains(e.Error(), "connection refused: to "+l.addr) {
				t.Errorf("Run returned %v", e)
			}
			before := l.connections()
			l.up(t)
			time.Sleep(10 * time.Millisecond)
			if got := l.connections(); got != before {
				t.Errorf("%d connections after Run has returned", got-before)
			}
		})
	}
}

// A server that answers every time and loses the connection every time is never given up; one that
// loses it before it has answered anything is, also if it takes the connection.
func TestFlapping(t *testing.T) {
	t.Parallel()
	api := looptest.Serve(t)
	l := newLine(t, api.Addr())
	s := start(t, l.addr, minlambda.Loop{Handler: answer})
	for range 30 {
		fine(t, api)
		before := api.Connections()
		l.drop()
		until(t, "a new connection", func() bool {
			return api.Connections() > before &&
				api.Open() == 1
		})
	}
	fine(t, api)
	s.Stop()

	api = looptest.Serve(t)
	l = newLine(t, api.Addr())
	l.armAll(cut{true, 0, closed})
	s = start(t, l.addr, minlambda.Loop{Handler: answer})
	if e := s.Failed(); e.Op != "next" || !errors.Is(e, wire.ErrClosed) || l.connections() != 10 {
		t.Errorf("Run returned %v after %d connections", e, l.connections())
	}
}
