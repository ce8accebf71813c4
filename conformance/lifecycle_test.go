//go:build linux

package conformance

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A start-up that fails: the caller who waits for the function gets what failed,
// and so does the next one, for whom it is started again. aws-lambda-go has no
// word for it: its process ends, and the caller gets nothing.
func TestInit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fail          string
		ours, control string // what callers get, in classic mode
		log           string // of ours, in managed mode, which ends before a caller comes
	}{
		{
			"error",
			`502 {"errorMessage":"start-up failed","errorType":"errorString"}`,
			"502 ",
			`"errorMessage":"start-up failed"`,
		},
		{
			"panic",
			`502 {"errorMessage":"start-up panicked","errorType":"string","stackTrace":[{"path":` +
				`"main/main.go","line":*,"label":"start"},*`,
			"502 ",
			`"errorMessage":"start-up panicked","stackTrace":[`,
		},
	} {
		programs := [...]string{library + "/examples/init", control.program()}
		for r, want := range [...]string{c.ours, c.control} {
			t.Run(fmt.Sprint(c.fail, "/classic/", runtime(r)), func(t *testing.T) {
				t.Parallel()
				e := start(t, setup{program: programs[r], env: []string{"FAIL=" + c.fail}})
				for range 3 {
					if got := e.ask("x"); !like(want, got.String()) {
						t.Errorf("the caller gets %s\nwant %s", got, want)
					}
				}
			})
			t.Run(fmt.Sprint(c.fail, "/managed/", runtime(r)), func(t *testing.T) {
				t.Parallel()
				needNamespaces(t)
				e := try(t, setup{
					mode: managed, program: programs[r], env: []string{"FAIL=" + c.fail},
				})
				e.end()
				if runtime(r) == ours {
					e.says(c.log)
				}
			})
		}
	}
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		e := start(t, setup{program: library + "/examples/init"})
		if got := e.ask("x"); got.body != "x" {
			t.Errorf("the caller gets %s", got)
		}
	})
}

// end waits until the emulator has ended.
func (e *emulator) end() {
	e.t.Helper()
	select {
	case <-e.ended:
	case <-time.After(patience):
		e.t.Error("the emulator does not end")
	}
}

// An invocation whose time is over takes its process with it, in classic mode:
// without a word, unless an extension is registered. With one the process is told
// first (SIGTERM), once, and the next event meets another.
func TestTermAtTimeout(t *testing.T) {
	t.Parallel()
	for _, r := range runtimes {
		for _, registered := range []string{"", "1"} {
			name := fmt.Sprint(r, "/registered=", registered)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				e := start(t, setup{
					program: r.program(), timeout: brief,
					env: []string{"CONFORMANCE_SIGTERM=" + registered},
				})
				before := e.who()
				if got := e.ask(`{"do":"sleep","n":60000}`); got.String() != late {
					t.Errorf("the caller gets %s; want %s", got, late)
				}
				if now := e.who(); now.PID == before.PID || now.Served != 1 {
					t.Errorf("the next event meets %+v; it was %+v before", now, before)
				}
				e.told(len(registered))
			})
		}
	}
}

// An emulator that is told to end tells its function, if an extension is
// registered: a process that has had so many events, and nothing to do now. In
// managed mode that is one that serves sixteen at once.
func TestTermAtRest(t *testing.T) {
	t.Parallel()
	for _, m := range modes {
		for _, r := range runtimes {
			for _, registered := range []string{"", "1"} {
				name := fmt.Sprint(m, "/", r, "/registered=", registered)
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					e := start(t, setup{
						mode: m, program: r.program(), workers: 16,
						env: []string{"CONFORMANCE_SIGTERM=" + registered},
					})
					for i := range 40 {
						e.own(i)
					}
					e.terminate()
					e.told(len(registered))
				})
			}
		}
	}
}

// told checks how often the function was told to end.
func (e *emulator) told(want int) {
	e.t.Helper()
	const word = "told to end\n"
	if want > 0 {
		e.says(word)
	}
	if told := strings.Count(e.said(), word); told != want {
		e.t.Errorf("it was told %d times to end; want %d", told, want)
	}
}

// terminate tells the emulator to end, and waits until it has, with its function.
func (e *emulator) terminate() {
	e.t.Helper()
	if err := e.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		e.t.Fatal(err)
	}
	e.end()
	if left := e.processes(); len(left) > 0 {
		e.t.Errorf("processes %d are left", left)
	}
}

// examples/shutdown says how many events it has served, whether its time is over
// in the middle of one or it had nothing to do.
func TestShutdown(t *testing.T) {
	t.Parallel()
	e := start(t, setup{program: library + "/examples/shutdown", timeout: brief})
	for range 3 {
		if got := e.ask(`{"ms":0}`); got.body != `"ok"` {
			t.Errorf("the caller gets %s", got)
		}
	}
	if got := e.ask(`{"ms":60000}`); got.String() != late {
		t.Errorf("the caller gets %s; want %s", got, late)
	}
	e.says("goodbye after 3\n")
	if got := e.ask(`{"ms":0}`); got.body != `"ok"` {
		t.Errorf("the caller gets %s", got)
	}
	e.terminate()
	e.says("goodbye after 1\n")
}

// SnapStart's routes are there in classic mode with a flag, but nobody restores:
// the answer to restore/next is the next event. What has asked for it says so, and
// the caller of that event waits in vain. Without the flag the routes are missing,
// and the process ends with a word. Where the start is of another kind, nothing is
// asked.
func TestSnapStart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind, flag, reply, says string
	}{
		{"snap-start", "--enable-init-caching", late, "this server restores nothing"},
		{"snap-start", "", "502 *", "minlambda: restore/next: unexpected status: 404"},
		{"on-demand", "--enable-init-caching", `200 {"id":"*"}`, ""},
		{"on-demand", "", `200 {"id":"*"}`, ""},
	} {
		t.Run(c.kind+c.flag, func(t *testing.T) {
			t.Parallel()
			e := start(t, setup{
				program: library + "/examples/snapstart", timeout: brief,
				env:   []string{"AWS_LAMBDA_INITIALIZATION_TYPE=" + c.kind},
				flags: strings.Fields(c.flag),
			})
			if got := e.ask("x"); !like(c.reply, got.String()) {
				t.Errorf("the caller gets %s\nwant %s", got, c.reply)
			}
			e.says(c.says)
		})
	}
}

// The metadata endpoint is there, and knows the zone. A trace ID is in an event's
// header in managed mode, and never in the environment, which is that of all who are
// served at once; classic mode has none.
func TestTold(t *testing.T) {
	t.Parallel()
	for m, want := range [...]string{
		`zone use1-az1; trace "" false; header ""`,
		`zone use1-az1; trace "" false; header "` + trace + `"`,
	} {
		t.Run(mode(m).String(), func(t *testing.T) {
			t.Parallel()
			e := start(t, setup{mode: mode(m), program: "./programs/told", workers: 16})
			for range 3 {
				got := e.ask("x", "X-Amzn-Trace-Id", trace)
				if got.status != 200 || got.body != want {
					t.Errorf("it is told %s\nwant %s", got, want)
				}
			}
		})
	}
}
