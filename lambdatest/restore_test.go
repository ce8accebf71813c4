package lambdatest

import (
	"fmt"
	"strings"
	"testing"
)

const restoreNext = "GET /2018-06-01/runtime/restore/next HTTP/1.1\r\nHost: x\r\n\r\n"

// startError is the report of a start-up, or of a restore, that has failed.
func startError(path string) string {
	const body = `{"errorMessage":"no table","errorType":"x"}`
	return fmt.Sprintf("POST /2018-06-01/runtime/%s HTTP/1.1\r\nHost: x\r\n"+
		"Content-Length: %d\r\n\r\n%s",
		path, len(body), body)
}

// snapStarted is a server that plays snapshots, and a client of it.
func snapStarted(t *testing.T) (*Server, *client) {
	t.Helper()
	s := NewServer()
	s.SnapStart = true
	t.Cleanup(s.Close)
	return s, dial(t, s)
}

// A function waits for its snapshot, is restored, and gets events: in the bytes of the emulator.
func TestRestore(t *testing.T) {
	s, c := snapStarted(t)
	c.send(restoreNext)
	<-s.Snapshot()
	c.silent(s)
	s.Restore()
	a := c.expect(200)
	if a.body != "" || a.ContentLength != 0 || len(a.Header) != 2 {
		t.Errorf("body %q, header %v; want Date and Content-Length alone", a.body, a.Header)
	}
	select {
	case <-s.Asked():
		t.Error("asking to be restored counts as asking for an event")
	default:
	}
	p := s.Queue(Event{Payload: []byte("event")})
	c.send(getNext)
	c.expect(200)
	c.send("%s", post(p.RequestID(), "response", "", "x"))
	c.expect(202)
	if s.RestoreError() != nil {
		t.Errorf("restore error %v", s.RestoreError())
	}
	blameless(t, s)
}

// A restore that comes before the function asks is not lost, and a second one changes nothing.
func TestRestoreBeforehand(t *testing.T) {
	s, c := snapStarted(t)
	s.Restore()
	s.Restore()
	c.send(restoreNext)
	c.expect(200)
	blameless(t, s)
}

// A function without hooks asks for events at once.
func TestNotRestored(t *testing.T) {
	s, c := snapStarted(t)
	s.Queue(Event{})
	c.send(getNext)
	c.expect(200)
	blameless(t, s)
}

// Whoever has lost the connection at which it waited asks again.
func TestRestoreAskedAgain(t *testing.T) {
	s, c := snapStarted(t)
	c.send(restoreNext)
	<-s.Snapshot()
	s.Drop()
	c.ended()
	c = dial(t, s)
	c.send(restoreNext)
	c.silent(s)
	s.Restore()
	c.expect(200)
	blameless(t, s)
}

// What fails before the snapshot is an init error, what fails after the restore a restore error.
func TestRestoreErrors(t *testing.T) {
	s, c := snapStarted(t)
	s.Restore()
	c.send(restoreNext)
	c.expect(200)
	c.send("%s", startError("restore/error"))
	c.expect(202)
	if e := s.RestoreError(); e == nil || e.Message != "no table" || s.InitError() != nil {
		t.Errorf("restore error %v, init error %v", e, s.InitError())
	}
	blameless(t, s)
	s, c = snapStarted(t)
	c.send("%s", startError("init/error"))
	c.expect(202)
	if s.RestoreError() != nil || s.InitError() == nil {
		t.Errorf("restore error %v, init error %v", s.RestoreError(), s.InitError())
	}
	blameless(t, s)
}

// A script holds for restore errors.
func TestRestoreErrorScripted(t *testing.T) {
	s, c := snapStarted(t)
	s.Restore()
	s.Script(Answer{Status: 500, Lost: true})
	c.send(restoreNext)
	c.expect(200)
	c.send("%s", startError("restore/error"))
	c.expect(500)
	if s.RestoreError() != nil {
		t.Errorf("kept %v", s.RestoreError())
	}
	c.send("%s", startError("restore/error"))
	c.expect(202)
	blameless(t, s)
}

func TestRestoreBreaksRules(t *testing.T) {
	restored := func(c *client, s *Server) {
		s.Restore()
		c.send(restoreNext)
		c.expect(200)
	}
	for _, test := range []struct {
		name          string
		before        func(*client, *Server)
		request       string
		status        int
		message, note string
	}{
		{"asks to be restored twice", restored, restoreNext, 403, "from Restoring to Ready",
			"asked to be restored in the state Restoring"},
		{"asks to be restored after an event", func(c *client, s *Server) {
			s.Queue(Event{})
			c.send(getNext)
			c.expect(200)
		}, restoreNext, 403, "from Ready to Ready", "in the state Ready"},
		{"asks to be restored after an init error", func(c *client, s *Server) {
			c.send("%s", startError("init/error"))
			c.expect(202)
		}, restoreNext, 403, "from InitError to Ready", "in the state InitError"},
		{"a restore error at the start", func(*client, *Server) {}, startError("restore/error"),
			403,
			"from Started to RuntimeRestoreErrorState", "restore/error in the state Started"},
		{"asks for an event after a restore error", func(c *client, s *Server) {
			restored(c, s)
			c.send("%s", startError("restore/error"))
			c.expect(202)
		}, getNext, 403, "from RuntimeRestoreErrorState to Ready", "failed to be"},
		{"an init error after the restore", restored, startError("init/error"), 202, "OK",
			"which is restore/error's"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, c := snapStarted(t)
			test.before(c, s)
			c.send("%s", test.request)
			a := c.expect(test.status)
			if !strings.Contains(a.body, test.message) {
				t.Errorf("body %q, want %q in it", a.body, test.message)
			}
			blamed(t, s, test.note)
		})
	}
}

// While it waits for its snapshot, a function has nothing to ask or to say on another connection.
func TestWaitingForTheSnapshot(t *testing.T) {
	for name, request := range map[string]string{
		"asks to be restored": restoreNext, "asks for an event": getNext,
		"an init error": startError("init/error"), "a restore error": startError("restore/error"),
	} {
		t.Run(name, func(t *testing.T) {
			s, c := snapStarted(t)
			c.send(restoreNext)
			<-s.Snapshot()
			other := dial(t, s)
			other.send("%s", request)
			if a := other.expect(403); !strings.Contains(a.body, "from RestoreReady to ") {
				t.Errorf("body %q", a.body)
			}
			blamed(t, s, "")
		})
	}
}

// Without SnapStart there are no such requests.
func TestNoSnapStart(t *testing.T) {
	s := start(t)
	c := dial(t, s)
	c.send(restoreNext)
	c.expect(404)
	c.send("%s", startError("restore/error"))
	c.expect(404)
	if n := len(s.Violations()); n != 2 {
		t.Errorf("%d violations", n)
	}
}
