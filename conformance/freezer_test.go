//go:build linux

package conformance

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A freezer stops a process with all its threads, as Lambda does between two
// invocations, and lets it go on: with control groups, which the process does not
// notice, or with signals.
type freezer struct {
	how   string
	pid   int
	group string // its folder; empty with signals

	file, freeze, thaw string // in group: what is written
	state, frozen      string // what says that it is frozen, and how
}

// newFreezer is the best that there is for a process.
func newFreezer(t *testing.T, pid int) *freezer {
	t.Helper()
	for _, f := range []*freezer{
		{
			how: "control groups", file: "cgroup.freeze", freeze: "1", thaw: "0",
			state: "cgroup.events", frozen: "frozen 1",
		},
		{
			how: "control groups v1", file: "freezer.state", freeze: "FROZEN", thaw: "THAWED",
			state: "freezer.state", frozen: "FROZEN",
		},
	} {
		root := groups(f.file == "freezer.state")
		f.pid, f.group = pid, filepath.Join(root, fmt.Sprint("conformance-", pid))
		if root == "" || os.Mkdir(f.group, 0o755) != nil {
			continue
		}
		if overwrite(filepath.Join(f.group, f.file), f.thaw) != nil ||
			overwrite(filepath.Join(f.group, "cgroup.procs"), strconv.Itoa(pid)) != nil {
			_ = os.Remove(f.group) // it is empty, and ours
			continue
		}
		t.Cleanup(func() { f.close(t) })
		return f
	}
	return &freezer{how: "signals", pid: pid}
}

// groups is where the hierarchy of control groups is mounted; empty if nowhere.
func groups(v1 bool) string {
	mounts, _ := os.ReadFile("/proc/self/mounts")
	for line := range strings.Lines(string(mounts)) {
		fields := strings.Fields(line) // what, where, type, options
		switch {
		case len(fields) < 4:
		case !v1 && fields[2] == "cgroup2",
			v1 && fields[2] == "cgroup" &&
				slices.Contains(strings.Split(fields[3], ","), "freezer"):
			return fields[1]
		}
	}
	return ""
}

func overwrite(file, text string) error {
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// stop freezes the process, and returns when all of its threads have stopped.
func (f *freezer) stop(t *testing.T) {
	t.Helper()
	f.do(t, syscall.SIGSTOP, f.freeze)
	file, is := filepath.Join(f.group, f.state), f.frozen
	if f.group == "" {
		file, is = fmt.Sprintf("/proc/%d/status", f.pid), "State:\tT"
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		text, err := os.ReadFile(file)
		if err == nil && strings.Contains(string(text), is) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("process %d is not frozen: %q, %v", f.pid, text, err)
		}
	}
}

// goOn lets it go on.
func (f *freezer) goOn(t *testing.T) {
	t.Helper()
	f.do(t, syscall.SIGCONT, f.thaw)
}

func (f *freezer) do(t *testing.T, signal syscall.Signal, word string) {
	t.Helper()
	var err error
	if f.pid <= 1 { // the tests' own group, or all
		t.Fatalf("no process %d can be frozen", f.pid)
	}
	if f.group == "" {
		err = syscall.Kill(f.pid, signal)
	} else {
		err = overwrite(filepath.Join(f.group, f.file), word)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// close thaws the process, and removes its group, which takes until the process has
// left it.
func (f *freezer) close(t *testing.T) {
	_ = overwrite(filepath.Join(f.group, f.file), f.thaw)
	root := filepath.Join(filepath.Dir(f.group), "cgroup.procs")
	_ = overwrite(root, strconv.Itoa(f.pid)) // it may have ended
	for deadline := time.Now().Add(patience); os.Remove(f.group) != nil; {
		if time.Now().After(deadline) {
			t.Errorf("%s cannot be removed", f.group)
			return
		}
		time.Sleep(time.Millisecond)
	}
}
