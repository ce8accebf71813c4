package snapstart_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/peerscript"
	"github.com/minlambda/minlambda/internal/processtest"
	"github.com/minlambda/minlambda/snapstart"
)

// did is what the hooks of a child have done, which is its answer to every event.
var did string

func note(what string) func() error {
	return func() error { did += what + " "; return nil }
}

// registered registers two hooks of each kind, and one in a hook.
func registered() {
	snapstart.BeforeSnapshot(note("b1"))
	snapstart.AfterRestore(note("a1"))
	snapstart.BeforeSnapshot(func() error {
		snapstart.AfterRestore(note("a3"))
		return note("b2")()
	})
	snapstart.AfterRestore(note("a2"))
}

func serve() {
	snapstart.Wait()
	snapstart.Wait()
	minlambda.RunOK(func(dst, event []byte) []byte { return append(dst, did...) })
}

// panics calls f, and notes what it panics with.
func panics(f func()) {
	defer func() { did += fmt.Sprint(recover()) + " " }()
	f()
}

func init() {
	processtest.Children(map[string]func(){
		"hooks": func() { registered(); serve() },
		"late": func() {
			snapstart.BeforeSnapshot(func() error {
				panics(func() { snapstart.BeforeSnapshot(note("x")) })
				return nil
			})
			snapstart.AfterRestore(func() error {
				panics(func() { snapstart.AfterRestore(note("x")) })
				return nil
			})
			panics(func() { snapstart.BeforeSnapshot(nil) })
			panics(func() { snapstart.AfterRestore(nil) })
			snapstart.Wait()
			panics(func() { snapstart.BeforeSnapshot(note("x")) })
			panics(func() { snapstart.AfterRestore(note("x")) })
			serve()
		},
		"before fails": func() {
			registered()
			snapstart.BeforeSnapshot(func() error { return errors.New("no table") })
			serve()
		},
		"after panics": func() {
			registered()
			snapstart.AfterRestore(func() error { panic("no table") })
			serve()
		},
		"after exits": func() {
			go func() { select {} }()
			snapstart.AfterRestore(func() error { runtime.Goexit(); return nil })
			serve()
		},
	})
}

// restored is a child that is restored when it has asked to be.
func restored(t *testing.T, name string) *processtest.Process {
	t.Helper()
	p := processtest.Child(t, name).SnapStart().Start()
	p.Await(p.API.Snapshot())
	p.API.Restore()
	return p
}

// Hooks before the snapshot run in reverse order, those after the restore in order; one connection
// is made for the restore, another for the events.
func TestOrder(t *testing.T) {
	t.Parallel()
	p := restored(t, "hooks")
	for range 2 {
		if r := p.Invoke("x"); string(r.Body) != "b2 b1 a1 a2 a3 " || r.ConnID != 2 {
			t.Errorf("did %q, connection %d", r.Body, r.ConnID)
		}
	}
	if got := p.Paths(); got[0] != "/2018-06-01/runtime/restore/next" || len(got) != 3 {
		t.Errorf("requests %q", got)
	}
	p.Silent()
}

// Hooks before the snapshot have run when the process waits for it, and none after it has.
func TestConnectionLostInTheSnapshot(t *testing.T) {
	t.Parallel()
	p := processtest.Child(t, "hooks").SnapStart().Start()
	p.Await(p.API.Snapshot())
	p.API.Drop()
	p.API.Restore()
	if r := p.Invoke("x"); string(r.Body) != "b2 b1 a1 a2 a3 " {
		t.Errorf("did %q", r.Body)
	}
	p.Silent()
}

// Where the function is not one with SnapStart, nobody is asked, and nothing is done.
func TestElsewhere(t *testing.T) {
	t.Parallel()
	p := processtest.Child(t, "hooks", "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand").Start()
	if r := p.Invoke("x"); len(r.Body) > 0 {
		t.Errorf("did %q", r.Body)
	}
	if got := p.Paths(); len(got) != 1 {
		t.Errorf("requests %q", got)
	}
	p.Silent()
}

// A hook that would never run is refused, with SnapStart and without.
func TestLate(t *testing.T) {
	t.Parallel()
	const late = " was called too late: the function would never run "
	const none = " was given no function "
	nones := "snapstart: BeforeSnapshot" + none + "snapstart: AfterRestore" + none
	lates := "snapstart: BeforeSnapshot" + late + "snapstart: AfterRestore" + late
	if r := restored(t, "late").Invoke("x"); string(r.Body) != nones+lates+lates {
		t.Errorf("did %q", r.Body)
	}
	if r := processtest.Child(t, "late").Start().Invoke("x"); string(r.Body) != nones+lates {
		t.Errorf("did %q", r.Body)
	}
}

// A hook that fails ends the process, after a report to where it belongs and a line.
func TestHookFails(t *testing.T) {
	t.Parallel()
	p := processtest.Child(t, "before fails").SnapStart().Start()
	out := p.Exits(1)
	if e := p.API.InitError(); e == nil || e.Type != "Runtime.BeforeSnapshotError" ||
		e.Message != "no table" || p.API.RestoreError() != nil ||
		out != "minlambda: init: error: Runtime.BeforeSnapshotError: no table\n" {
		t.Errorf("reported %v, printed %q", e, out)
	}
	if got := p.Paths(); !slices.Equal(got, []string{"/2018-06-01/runtime/init/error"}) {
		t.Errorf("requests %q", got)
	}
	for name, message := range map[string]string{"after panics": "no table",
		"after exits": "after restore called runtime.Goexit"} {
		p := restored(t, name)
		out := p.Exits(1)
		e := p.API.RestoreError()
		if e == nil || e.Type != "Runtime.AfterRestoreError" || e.Message != message ||
			p.API.InitError() != nil || len(e.StackTrace) == 0 ||
			!strings.HasPrefix(out, "minlambda: init: panic: Runtime.AfterRestoreError: "+
				message+"\n") || !strings.Contains(out, "snapstart_test.go:") ||
			strings.Count(out, "minlambda: ") != 1 {
			t.Errorf("%s: reported %v, printed %q", name, e, out)
		}
		if got := p.Paths(); !slices.Equal(got, []string{"/2018-06-01/runtime/restore/next",
			"/2018-06-01/runtime/restore/error"}) {
			t.Errorf("requests %q", got)
		}
	}
}

// An API that refuses to restore ends the process with one line, and no hook after the restore
// runs.
func TestRestoreRefused(t *testing.T) {
	t.Parallel()
	peer := peerscript.Listen(t)
	p := processtest.Child(t, "after panics", "AWS_LAMBDA_INITIALIZATION_TYPE=snap-start",
		"AWS_LAMBDA_RUNTIME_API="+peer.Addr).Bare()
	conn := peer.Accept()
	conn.Request("GET /2018-06-01/runtime/restore/next HTTP/1.1\r\n")
	conn.Send(peerscript.Answer(403, `{"errorType":"InvalidStateTransition"}`))
	conn.Ended()
	const want = "minlambda: restore/next: unexpected status: 403 " +
		`{"errorType":"InvalidStateTransition"}` + "\n"
	if out := p.Exits(1); out != want {
		t.Errorf("printed %q, want %q", out, want)
	}
}
