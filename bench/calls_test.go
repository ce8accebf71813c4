package bench

import (
	"errors"
	"testing"

	"github.com/minlambda/minlambda/bench/internal/launch"
	"github.com/minlambda/minlambda/bench/internal/proc"
	"github.com/minlambda/minlambda/bench/internal/server"
)

// TestSystemCalls: an invocation takes one send, one or two receives, and nothing else. How many
// receives depends on three things: whether an answer is there when it is looked for, whether it
// came in one piece, and whether the wait was so long that the loop has gone to rest, as it may on
// a busy machine.
func TestSystemCalls(t *testing.T) {
	for name, joined := range map[string]bool{"apart": false, "joined": true} {
		t.Run(name, func(t *testing.T) {
			const n = 1000
			talking, all := trace(t, start(t, launch.Ours, launch.Options{Joined: joined}), n)
			t.Logf("%d invocations:%v", n, all)
			if got := all["sendto"]; got != n {
				t.Errorf("%d sends in %d invocations", got, n)
			}
			if got := all["recvfrom"]; got > 2*n+n/20 {
				t.Errorf("%d receives in %d invocations", got, n)
			}
			// Go's runtime does something every 10 ms. Under a tracer that is more often, but not
			// in every invocation.
			if got := talking["futex"] + talking["rt_sigreturn"]; got >= n/2 {
				t.Errorf("%d invocations wait for locks and signals %d times", n, got)
			}
			// If a wait for answer and event together took too long, as it may under a tracer, it
			// is taken back, and tried again after a while.
			if got := all["setsockopt"]; got >= n/4 {
				t.Errorf("%d socket options in %d invocations", got, n)
			}
			for _, known := range []string{"sendto", "recvfrom", "futex", "setsockopt"} {
				delete(talking, known)
				delete(all, known)
			}
			delete(talking, "rt_sigreturn")
			if got := talking.Total() + all.WithoutClock().Total(); got > n/20 {
				t.Errorf("there is more than sends and receives:%v;%v", talking, all.WithoutClock())
			}
		})
	}
}

// trace counts the system calls of n invocations: of the threads that have sent, and of all
// threads.
func trace(t *testing.T, running *launch.Process, n int) (talking, all proc.Calls) {
	t.Helper()
	e := server.NewEvent(128)
	if err := running.Do(100, e); err != nil {
		t.Fatal(err)
	}
	counter, err := proc.TraceCalls(running.PID())
	if errors.Is(err, proc.ErrUnsupported) {
		t.Skip(err)
	}
	if err == nil {
		err = running.Do(100, e)
	}
	before := counter.Threads()
	if err == nil {
		err = running.Do(n, e)
	}
	if err != nil {
		t.Fatal(err)
	}
	talking, all = proc.Calls{}, proc.Calls{}
	for tid, c := range counter.Threads() {
		c = c.Since(before[tid])
		all.Add(c)
		if c["sendto"] > 0 {
			talking.Add(c)
		}
	}
	return talking, all
}
