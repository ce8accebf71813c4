//go:build (amd64 || arm64) && !minlambda_net

package faults

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/internal/program"
	"github.com/minlambda/minlambda/lambdatest"
)

// rest is longer than Go's monitor stays awake for a thread that keeps its P
// while it waits.
const rest = 20 * time.Millisecond

// rested sends n events to the process, with a rest before each.
func rested(t *testing.T, p *process, n int) {
	t.Helper()
	for range n {
		time.Sleep(rest)
		fine(t, p.API)
	}
}

// switches is how often the threads of a process have given a processor up by
// themselves, which is how often they have waited, or have been waited for.
func switches(t *testing.T, pid int) (n int) {
	t.Helper()
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	for _, file := range files {
		status, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		_, line, _ := bytes.Cut(status, []byte("\nvoluntary_ctxt_switches:"))
		var of int
		fmt.Sscan(string(line), &of)
		n += of
	}
	if n == 0 {
		t.Skip("this system does not count context switches")
	}
	return n
}

// Between two events that come after a rest a process wakes up for the answer to
// its response and for the second event, and with it for a moment Go's monitor.
// With the P kept in a system call it was three times as often: the monitor looks
// every 20 µs then.
func TestSwitchesOfARest(t *testing.T) {
	if program.Emulated() {
		t.Skip("the threads are the emulator's")
	}
	p := launch(t, "", program.Command(looptest.Example(t, "echo")))
	const n = 40
	send := func(n int) {
		for range n {
			time.Sleep(rest)
			looptest.Result(t, p.API.Queue(lambdatest.Event{Payload: []byte("fine")}))
		}
	}
	send(10)
	before := switches(t, p.Cmd.Process.Pid)
	send(n)
	each := float64(switches(t, p.Cmd.Process.Pid)-before) / n
	t.Logf("%.1f context switches an event", each)
	if each > 10 {
		t.Errorf("%.1f context switches an event; want 10 at most", each)
	}
}

// On the way from an event to its response lies no system call that touches the
// connection, but the read of the one and the write of the other: what prepares
// the next wait comes after the write. And few are all in all.
func TestCallsOfARest(t *testing.T) {
	strace := tracer(t)
	log := filepath.Join(t.TempDir(), "calls")
	cmd := exec.Command(strace, "-f", "-qq", "-o", log,
		"-e", "trace=network,poll,ppoll,epoll_wait,epoll_pwait", looptest.Self(t))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p := launch(t, "", cmd, looptest.AsChild("appending"))
	t.Cleanup(func() { killGroup(p) })
	const n = 50
	rested(t, p, n)
	made := calls(t, log)
	sends, first := 0, 0
	for i, name := range made {
		if name != "sendto" {
			continue
		}
		if sends++; sends == 1 {
			first = i // the GET for the first event
		} else if made[i-1] != "recvfrom" {
			t.Errorf("between the event and response %d: %s", sends-1, made[i-1])
		}
	}
	if sends < n {
		t.Errorf("%d writes for %d events: the log is not what it should be", sends, n)
	}
	// A response is a write and a read, or two reads if its answer is read alone.
	if all := len(made) - first; all > 3*n+n/2 {
		t.Errorf("%d calls for %d events", all, n)
	}
}

var call = regexp.MustCompile(`^\d+ +([a-z0-9_]+)\(`)

// calls are the names of the system calls in a log of strace, in order.
func calls(t *testing.T, log string) (names []string) {
	t.Helper()
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if m := call.FindStringSubmatch(line); m != nil { // else it is the rest of one
			names = append(names, m[1])
		}
	}
	return names
}
