package minlambda_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/internal/program"
	"github.com/minlambda/minlambda/internal/race"
	"github.com/minlambda/minlambda/lambdatest"
)

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
	p := run(t, "concurrent", concurrency+"="+fmt.Sprint(n))
	awaitWaiting(t, p.api, n)
	check := func(when string) {
		t.Helper()
		resident := statusOf(t, p.cmd.Process.Pid, "VmRSS")
		threads := statusOf(t, p.cmd.Process.Pid, "Threads")
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
		all = append(all, p.api.Queue(lambdatest.Event{Payload: event}))
	}
	for i, one := range all {
		if r, err := one.Wait(p.ctx); err != nil || string(r.Body) != fmt.Sprintf(`"%d"`, i) {
			t.Fatalf("%d ended with %q, %v", i, r.Body, err)
		}
	}
	awaitWaiting(t, p.api, n)
	check("after work")
}
