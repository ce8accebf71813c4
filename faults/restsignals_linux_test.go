package faults

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/internal/program"
	"github.com/minlambda/minlambda/lambdatest"
)

func init() { children["signalled"] = signalled }

// signalled is a function that has asked for the signals it gets.
func signalled() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1, syscall.SIGCHLD)
	go func() {
		for range signals {
		}
	}()
	minlambda.Run(func(dst, event []byte) ([]byte, error) { return event, nil })
}

// disturbed sends n events, of all sizes and framings, with rests of all lengths between
// them. Each must get its own answer, and be answered once.
func disturbed(t *testing.T, p *process, n int) {
	t.Helper()
	for i := range n {
		size := []int{0, 1, 100, 2048, 2049, 20_000, 70_000, 300_000}[i%8]
		text := fmt.Sprint(i, " ")
		e := lambdatest.Event{Payload: []byte(strings.Repeat(text, size/len(text)+1)[:size])}
		switch i % 5 {
		case 1:
			e.Chunks = 1000
		case 2:
			e.Trickle = 1 + size/50
		case 3:
			e.Chunks = -1
		}
		if i%10 == 9 { // so that the answer comes late, and in a rest
			p.API.Script(lambdatest.Answer{Delay: time.Duration(rand.IntN(10)) * time.Millisecond})
		}
		time.Sleep([]time.Duration{0, 0, 300 * time.Microsecond, 3 * time.Millisecond,
			15 * time.Millisecond}[rand.IntN(5)])
		pending := p.API.Queue(e)
		if r := looptest.Result(t, pending); r.Err != nil || string(r.Body) != string(e.Payload) {
			t.Fatalf("%d: %d bytes came back as %d, %v", i, size, len(r.Body), r.Err)
		}
		if n := posts(p.API, pending.RequestID()); n != 1 {
			t.Errorf("%d: %d POSTs", i, n)
		}
	}
	if n := p.API.Connections(); n != 1 {
		t.Errorf("%d connections", n)
	}
	if said := p.Kill(); said != "" {
		t.Errorf("it said %q", said)
	}
}

// everyInterval calls f again and again, at intervals, until the test ends or f reports false.
func everyInterval(t *testing.T, interval time.Duration, f func(i int) bool) {
	stop, stopped := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() {
		close(stop)
		<-stopped
	})
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			case <-time.After(interval):
				if !f(i) {
					return
				}
			}
		}
	}()
}

// storm sends signals to a process in turns.
func (p *process) storm(interval time.Duration, signals ...os.Signal) {
	everyInterval(p.t, interval, func(i int) bool {
		return p.Cmd.Process.Signal(signals[i%len(signals)]) == nil
	})
}

// Signals that come all the time, in the rests and out of them, change nothing.
func TestRestUnderSignals(t *testing.T) {
	n := 120
	if testing.Short() {
		n = 40
	}
	for name, f := range map[string]func(t *testing.T) *process{
		"SIGUSR1 and SIGCHLD": func(t *testing.T) *process {
			p := child(t, "signalled")
			p.Asked() // before, SIGUSR1 may end it
			p.storm(500*time.Microsecond, syscall.SIGUSR1, syscall.SIGCHLD)
			return p
		},
		"SIGURG": func(t *testing.T) *process {
			p := launch(t, "", program.Command(looptest.Example(t, "echo")), "GOMAXPROCS=1")
			p.storm(50*time.Microsecond, syscall.SIGURG)
			return p
		},
		"SIGSTOP and SIGCONT": func(t *testing.T) *process {
			p := launch(t, "", program.Command(looptest.Example(t, "echo")))
			p.storm(6*time.Millisecond, syscall.SIGSTOP, syscall.SIGCONT)
			return p
		},
		"strace": func(t *testing.T) *process {
			p := launch(t, "", program.Command(looptest.Example(t, "echo")))
			p.Asked()
			traced(t, p.Cmd.Process.Pid)
			return p
		},
		"a clock of C": func(t *testing.T) *process {
			p := launch(t, "", program.Command(cFunction(t)))
			return p
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			disturbed(t, f(t), n)
		})
	}
}

// traced stops a process and all its threads every few milliseconds, as a debugger does,
// and lets it go on. That is a process of its own: who traces its child waits for two
// kinds of news of it at once.
func traced(t *testing.T, pid int) {
	t.Helper()
	strace := tracer(t)
	attached := make(chan bool, 1)
	everyInterval(t, time.Millisecond, func(i int) bool {
		cmd := exec.Command("timeout", "-k", "1", "-s", "INT", "0.01",
			strace, "-f", "-qq", "-o", "/dev/null", "-p", strconv.Itoa(pid))
		out, _ := cmd.CombinedOutput()
		select {
		case attached <- len(out) == 0:
		default:
		}
		return len(out) == 0
	})
	if !<-attached {
		t.Skip("strace may not attach here")
	}
}

// native reports whether gcc, where it is, makes programs for the processor of this test.
func native() bool { return !program.Emulated() && runtime.GOARCH != "386" }

// cFunction builds testdata/cfunction, and returns its path.
func cFunction(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil || !native() {
		t.Skip("no gcc here, or not for this processor")
	}
	return looptest.BuildWith(t, []string{"CGO_ENABLED=1"}, "./testdata/cfunction")
}

// C interrupts the loop, is called by the handler, and calls Go while the loop rests.
func TestRestWithC(t *testing.T) {
	t.Parallel()
	for _, processors := range []string{"1", "2"} {
		t.Run(processors+" processors", func(t *testing.T) {
			p := launch(t, "", program.Command(cFunction(t)), "GOMAXPROCS="+processors)
			ask := func(event string) string {
				t.Helper()
				r := looptest.Result(t, p.API.Queue(lambdatest.Event{Payload: []byte(event)}))
				if r.Err != nil {
					t.Fatal(r.Err)
				}
				return string(r.Body)
			}
			const n = 10
			for range n {
				if got := ask("thread"); got != "thread" {
					t.Fatal(got)
				}
				time.Sleep(5 * time.Millisecond)
			}
			until(t, "calls from C", func() bool { return ask("calls") == strconv.Itoa(n) })
			if got, _ := strconv.Atoi(ask("ticks")); got < n {
				t.Errorf("the clock ticked %d times", got)
			}
			if said := p.Kill(); said != "" {
				t.Errorf("it said %q", said)
			}
		})
	}
}

// A process that is stopped for longer than any wait of its own, while an event arrives,
// or the answer to its response and an event, answers both when it goes on.
func TestRestStopped(t *testing.T) {
	t.Parallel()
	g := together{t: t}
	defer g.all.Wait()
	pauses := []time.Duration{1500 * time.Millisecond, 10 * time.Millisecond}
	if !testing.Short() {
		pauses = append(pauses, 3*time.Second)
	}
	for _, pause := range pauses {
		const moment = 20 * time.Millisecond
		for _, late := range []time.Duration{0, moment, pause + moment} {
			g.run(fmt.Sprint(pause, ", answer after ", late), func(t *testing.T) {
				p := launch(t, "", program.Command(looptest.Example(t, "echo")))
				send := func(text string) *lambdatest.Pending {
					return p.API.Queue(lambdatest.Event{Payload: []byte(text)})
				}
				check := func(pending *lambdatest.Pending, text string) {
					t.Helper()
					if r := looptest.Result(t, pending); r.Err != nil || string(r.Body) != text {
						t.Errorf("%s was answered with %s", text, outcome(r))
					}
					if n := posts(p.API, pending.RequestID()); n != 1 {
						t.Errorf("%s: %d POSTs", text, n)
					}
				}
				for range 5 {
					check(send("first"), "first")
				}
				p.API.Script(lambdatest.Answer{Delay: late})
				second := send("second")
				until(t, "response", func() bool { return posts(p.API, second.RequestID()) == 1 })
				time.Sleep(2 * time.Millisecond) // so that it waits
				p.freeze()
				third := send("third")
				time.Sleep(pause)
				p.thaw()
				check(second, "second")
				check(third, "third")
				check(send("fourth"), "fourth")
				if said := p.Kill(); said != "" || p.API.Connections() != 1 {
					t.Errorf("on %d connections it said %q", p.API.Connections(), said)
				}
			})
		}
	}
}
