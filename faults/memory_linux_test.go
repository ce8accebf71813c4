package faults

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/internal/program"
	"github.com/minlambda/minlambda/internal/race"
	"github.com/minlambda/minlambda/lambdatest"
)

// Go's own soft limit lies under what an event of 6 MiB and its response need: that costs time, and
// nothing else.
func TestSoftMemoryLimit(t *testing.T) {
	t.Parallel()
	for _, limit := range []string{"1MiB", "8MiB"} {
		t.Run(limit, func(t *testing.T) {
			p := launch(t, "", program.Command(looptest.Example(t, "echo")), "GOMEMLIMIT="+limit)
			for _, chunks := range []int{-1, 1, 100} {
				r := looptest.Result(t, p.API.Queue(lambdatest.Event{Payload: []byte(largest),
					Chunks: chunks}))
				if r.Err != nil || string(r.Body) != largest {
					t.Fatalf("limit %s: %d bytes came back, %v", limit, len(r.Body), r.Err)
				}
			}
			if said := p.Kill(); said != "" {
				t.Errorf("limit %s: it said %q", limit, said)
			}
		})
	}
}

// Where the system gives no more memory, the answer is right, or there is none and the process ends
// and says why.
func TestHardMemoryLimit(t *testing.T) {
	t.Parallel()
	if program.Emulated() {
		t.Skip("the limit is the emulator's, which takes memory of its own")
	}
	right, dead := 0, 0
	for kib := 32 << 10; kib <= 2<<20; kib += kib / 4 {
		p := launch(
			t,
			"",
			exec.Command(
				"/bin/sh",
				"-c",
				fmt.Sprintf(`ulimit -v %d; exec "$0"`, kib),
				looptest.Example(t, "echo"),
			),
		)
		pending := p.API.Queue(lambdatest.Event{Payload: []byte(largest),
			Chunks: []int{-1, 1, 100}[kib/4%3]})
		select {
		case <-pending.Done():
			if r := looptest.Result(t, pending); r.Err != nil || string(r.Body) != largest {
				t.Errorf("limit %d KiB: %d bytes came back, %v", kib, len(r.Body), r.Err)
			}
			fine := looptest.Result(t, p.API.Queue(lambdatest.Event{Payload: []byte("fine")}))
			if string(fine.Body) != "fine" {
				t.Errorf("limit %d KiB: the next event came back as %q, %v", kib, fine.Body,
					fine.Err)
			}
			right++
			p.Kill()
		case <-p.Ended():
			says := p.Output()
			if p.Cmd.ProcessState.Success() || !strings.Contains(strings.ToLower(says), "memory") {
				t.Errorf("limit %d KiB: it ended with %v and said %.200q", kib, p.Cmd.ProcessState,
					says)
			}
			dead++
		case <-time.After(patience):
			t.Fatalf("limit %d KiB: it hangs", kib)
		}
	}
	if t.Logf("%d limits were enough, %d were not", right, dead); right == 0 || dead == 0 {
		t.Error("the limits do not lie around what is needed")
	}
}

// statusOf is a number in the status that the kernel keeps of a process.
func statusOf(t *testing.T, pid int, field string) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, value, _ := strings.Cut(string(status), "\n"+field+":")
	value, _, _ = strings.Cut(value, "\n")
	n, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(value, " kB")))
	if err != nil {
		t.Fatalf("%s: %v", field, err)
	}
	return n
}

// Sixty-four loops that wait for events have 5 MB of memory, and a thread each, beside those that
// the Go runtime has for itself: also after each has handled some.
func TestConcurrentMemory(t *testing.T) {
	if program.Emulated() || race.Enabled {
		t.Skip("the emulator's memory, and the race detector's, is not the program's")
	}
	const n, limit, ownThreads = 64, 5 << 10, 6
	p := looptest.LaunchExample(t, "concurrent", "AWS_LAMBDA_MAX_CONCURRENCY="+fmt.Sprint(n))
	looptest.Idle(t, p.API, n)
	check := func(when string) {
		t.Helper()
		resident := statusOf(t, p.Cmd.Process.Pid, "VmRSS")
		threads := statusOf(t, p.Cmd.Process.Pid, "Threads")
		t.Logf("%s: %d kB in %d threads", when, resident, threads)
		if resident > limit || threads > n+ownThreads {
			t.Errorf("%s: %d kB in %d threads; want at most %d kB in %d", when, resident, threads,
				limit, n+ownThreads)
		}
	}
	check("at first")
	var all []*lambdatest.Pending
	for i := range 20 * n {
		event := fmt.Appendf(nil, `{"echo":"%d"}`, i)
		all = append(all, p.API.Queue(lambdatest.Event{Payload: event}))
	}
	for i, one := range all {
		if r := looptest.Result(t, one); string(r.Body) != fmt.Sprintf(`"%d"`, i) {
			t.Fatalf("%d ended with %q, %v", i, r.Body, r.Err)
		}
	}
	looptest.Idle(t, p.API, n)
	check("after work")
}
