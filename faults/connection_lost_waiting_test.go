package faults

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/internal/peerscript"
	"github.com/minlambda/minlambda/lambdatest"
)

func TestConnectionGoneWhileWaitingForNext(t *testing.T) {
	for name, fault := range map[string]lambdatest.Event{"closed": {Raw: []byte{}, Close: true},
		"reset": {Raw: []byte{}, Reset: true}, "in status line": {Raw: []byte("HTTP/1."),
			Close: true}, "in the head": {Raw: []byte(ok200 + goodID + "Content-"), Close: true},
		"reset in head": {Raw: []byte(ok200 + goodID + "Content-"), Reset: true}} {
		t.Run(name, func(t *testing.T) {
			for _, times := range []int{1, 3} {
				s := looptest.Start(t, minlambda.Loop{Handler: echo})
				for range times {
					s.API.Queue(fault)
				}
				s.Fine()
				if n := s.API.Connections(); n != 1+times {
					t.Errorf("%s, %d times: %d connections", name, times, n)
				}
				if got := looptest.Posts(s.API); len(got) != 1 {
					t.Errorf("%s, %d times: POSTs %q", name, times, got)
				}
				s.Stop()
			}
		})
	}
}

// A server that restarts while the loop waits costs no event.
func TestDropWhileWaiting(t *testing.T) {
	t.Parallel()
	s := looptest.Start(t, minlambda.Loop{Handler: echo})
	for range 20 {
		s.Fine()
		s.API.Drop()
	}
	s.Fine()
	s.Quiet()
}

// A connection that fails for ever ends the loop, after a bounded number of attempts.
func TestConnectionAlwaysGone(t *testing.T) {
	for name, end := range map[string]func(c *peerscript.Conn){
		"closed": (*peerscript.Conn).Close,
		"reset":  (*peerscript.Conn).Reset,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			peer := peerscript.Listen(t)
			accepted := peer.Repeat(end)
			e := looptest.Start(t, minlambda.Loop{Handler: echo, API: peer.Addr}).Failed()
			// The connect of package net does not block, and may find the reset at its end.
			if e.Op != "next" && !(name == "reset" && errors.Is(e, syscall.ECONNRESET) &&
				e.Op == "connect") {
				t.Errorf("Run returned %v", e)
			}
			if n := accepted(); n < 3 || n > 30 {
				t.Errorf("%d attempts", n)
			}
		})
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	peer := peerscript.Listen(t)
	peer.Close()
	e := looptest.Start(t, minlambda.Loop{Handler: echo, API: peer.Addr}).Failed()
	if e.Op != "connect" || !errors.Is(e, syscall.ECONNREFUSED) ||
		!strings.Contains(e.Error(), peer.Addr) {
		t.Errorf("Run returned %v", e)
	}
}

// A successful invocation makes the count of failures begin anew: so many in all are nothing.
func TestFailuresAreCountedInARow(t *testing.T) {
	t.Parallel()
	s := looptest.Start(t, minlambda.Loop{Handler: echo})
	for range 30 {
		s.API.Queue(lambdatest.Event{Raw: []byte{}, Close: true})
		s.Fine()
	}
}
