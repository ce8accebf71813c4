package lambdatest

import "net/http"

// restore is how far the function has got with its snapshot. The server's lock guards it, but for
// what the channels say.
type restore struct {
	state    string // one of those below
	on       *conn  // that the function waits on, or has waited on
	asked    chan struct{}
	released chan struct{}
	restored bool // released is closed
	fault    *FunctionError
}

// Lambda's names of the states that SnapStart adds. Before them a function is in none of these.
const (
	stateStarted      = "Started"
	stateReady        = "Ready"
	stateInitError    = "InitError"
	stateRestoreReady = "RestoreReady" // it waits for the snapshot
	stateRestoring    = "Restoring"    // it has been restored, and has not asked for an event
	stateRestoreError = "RuntimeRestoreErrorState"
)

// forbids is the state in which the function may not ask for an event; empty if it may.
func (r *restore) forbids() string {
	switch r.state {
	case stateRestoreReady, stateRestoreError:
		return r.state
	case stateRestoring:
		r.state = stateReady
	}
	return ""
}

// Restore has the function that waits at GET /restore/next go on, as if a snapshot of it had been
// taken and restored; if none waits yet, it will not have to. It does nothing else to the process:
// what a restore does to its connections Drop does, before Restore or after it.
//
// A function that asks for events without having asked to be restored gets them, as Lambda's would
// that has no hooks.
func (s *Server) Restore() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.restore.restored {
		s.restore.restored = true
		close(s.restore.released)
	}
}

// Snapshot is closed when the first GET /restore/next arrives: what was to be done before the
// snapshot is done.
func (s *Server) Snapshot() <-chan struct{} { return s.restore.asked }

// RestoreError is what was last posted to /restore/error, nil if nothing was.
func (s *Server) RestoreError() *FunctionError {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.restore.fault
}

// runtimeState is the state that a request about the start-up finds. It needs the lock.
func (s *Server) runtimeState() string {
	switch {
	case s.initError != nil:
		return stateInitError
	case !s.askedAt.IsZero():
		return stateReady
	case s.restore.state != "":
		return s.restore.state
	}
	return stateStarted
}

// askRestore begins the answer to a GET /restore/next.
func (c *conn) askRestore(q *request) after {
	s := c.server
	s.mu.Lock()
	if c.dropped {
		s.mu.Unlock()
		return abort
	}
	// Whoever has waited on a connection that is gone asks again.
	state := s.runtimeState()
	lost := state == stateRestoreReady && s.restore.on.hasLeft()
	if state != stateStarted && !lost {
		s.noteLocked(c, "asked to be restored in the state %s", state)
		s.mu.Unlock()
		return c.sendAnswer(q, Answer{}, verdict{status: http.StatusForbidden, kind: kindTransition,
			message: transition(state, stateReady)})
	}
	if state == stateStarted {
		close(s.restore.asked)
	}
	s.restore.state, s.restore.on = stateRestoreReady, c
	s.mu.Unlock()
	return c.later(func() after { return c.awaitRestore(q) })
}

// awaitRestore answers a GET /restore/next, in the bytes of Lambda's emulator.
func (c *conn) awaitRestore(q *request) after {
	s := c.server
	select {
	case <-s.restore.released:
	case <-c.left:
		return abort
	case <-s.done:
		return abort
	}
	s.mu.Lock()
	gone := c.hasLeft()
	if !gone && s.restore.on == c {
		s.restore.state = stateRestoring
	}
	s.mu.Unlock()
	if gone {
		return abort
	}
	return c.sendAnswer(q, Answer{Status: http.StatusOK, Body: []byte{},
		Header: http.Header{"Content-Type": nil}}, verdict{})
}

// judgeStart decides on a POST about a start-up, or about what comes after a restore. It needs the
// lock.
func (s *Server) judgeStart(c *conn, r route, q *request, lost bool) verdict {
	path, state := "init/error", s.runtimeState()
	if r.restoreError {
		path = "restore/error"
	}
	wrong := r.restoreError && state != stateRestoring ||
		r.initError && (state == stateRestoreReady || state == stateRestoreError)
	if wrong {
		to := stateInitError
		if r.restoreError {
			to = stateRestoreError
		}
		s.noteLocked(c, "%s in the state %s", path, state)
		return verdict{http.StatusForbidden, kindTransition, transition(state, to), nil}
	}
	if r.initError && state == stateRestoring {
		s.noteLocked(c, "init/error after the restore, which is restore/error's")
	}
	fault, note := newFunctionError(q.Body, q.Header)
	s.noteIf(c, path, note)
	switch {
	case lost:
	case r.restoreError:
		s.restore.state, s.restore.fault = stateRestoreError, fault
	default:
		s.initError = fault
	}
	return verdict{status: http.StatusAccepted}
}
