package proc

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// child starts a process that is always busy, until the test ends.
func child(t *testing.T) (pid int) {
	t.Helper()
	cmd := exec.Command("sh", "-c", "while :; do :; done")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd.Process.Pid
}

// TestFreezer stops a process and lets it go on, in the best way that the system offers and in the
// one that always works.
func TestFreezer(t *testing.T) {
	for _, best := range []bool{true, false} {
		pid := child(t)
		f := &Freezer{How: "SIGSTOP", pid: pid}
		if best {
			var err error
			if f, err = NewFreezer(pid); err != nil {
				t.Fatal(err)
			}
		}
		t.Run(f.How, func(t *testing.T) {
			until := func(frozen bool) {
				t.Helper()
				err := f.Frozen()
				for tries := 0; (err == nil) != frozen; tries++ {
					if tries == 10_000 {
						t.Fatalf("never frozen %v: %v", frozen, err)
					}
					time.Sleep(time.Millisecond)
					err = f.Frozen()
				}
			}
			for range 3 {
				until(false)
				if err := f.Freeze(); err != nil {
					t.Fatal(err)
				}
				until(true)
				if err := f.Thaw(); err != nil {
					t.Fatal(err)
				}
			}
			if err := f.Freeze(); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
			if f.group == "" {
				return
			}
			if _, err := os.Stat(f.group); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s is still there: %v", f.group, err)
			}
		})
	}
}

// TestThrottle: the process is in a group with the quota; afterwards it is not, and the group is
// gone.
func TestThrottle(t *testing.T) {
	pid := child(t)
	undo, err := Throttle(pid, 1.0/14, 20*time.Millisecond)
	if errors.Is(err, ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	groups := func() string {
		b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cgroup")
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	group := "/minlambda-bench-" + strconv.Itoa(pid)
	if got := groups(); !strings.Contains(got, group) {
		t.Errorf("process %d is in %s", pid, got)
	}
	throttled := func() bool {
		for _, dir := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/cpu"} {
			b, err := os.ReadFile(dir + group + "/cpu.stat")
			if err == nil && strings.Contains(string(b), "nr_throttled ") {
				return !strings.Contains(string(b), "nr_throttled 0\n")
			}
		}
		t.Skip("control groups are mounted elsewhere")
		return false
	}
	for tries := 0; !throttled(); tries++ {
		if tries == 10_000 {
			t.Fatal("a busy process never comes to the end of its quota")
		}
		time.Sleep(time.Millisecond)
	}
	if err := undo(); err != nil {
		t.Error(err)
	}
	if got := groups(); strings.Contains(got, group) {
		t.Errorf("process %d is still in %s", pid, got)
	}
}

// TestSwitches: a thread that has slept has been taken from its processor.
func TestSwitches(t *testing.T) {
	before, err := Switches(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Millisecond)
	Rest(time.Millisecond)
	after, err := Switches(os.Getpid())
	if err != nil || after <= before {
		t.Errorf("%d, and after a rest %d; %v", before, after, err)
	}
}

// TestPin pins to as many processors as were asked for, if there are as many.
func TestPin(t *testing.T) {
	mine := func() int {
		var set unix.CPUSet
		if err := unix.SchedGetaffinity(0, &set); err != nil {
			t.Fatal(err)
		}
		return set.Count()
	}
	all := mine()
	for _, n := range []int{1, 2, 1000} {
		undo, err := Pin(n)
		if err != nil {
			t.Fatal(err)
		}
		if got := mine(); got != min(n, all) {
			t.Errorf("%d processors, want %d of %d", got, n, all)
		}
		if err := undo(); err != nil {
			t.Fatal(err)
		}
		if got := mine(); got != all {
			t.Errorf("%d processors afterwards, and before %d", got, all)
		}
	}
}
