package proc

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Freezer stops a process with all its threads, and lets it go on.
type Freezer struct {
	// How says what freezes the process: the freezer of control groups, which the process does not
	// notice, or SIGSTOP.
	How string // WithSignals, or in words

	pid          int
	group        string // its directory; empty with signals
	fd           int    // of the file that is written
	freeze, thaw []byte
	// The file that has the state, and what it says of a frozen process.
	state, is string
}

// NewFreezer returns a freezer for a running process. Close it before the process is to end: a
// frozen process cannot end.
func NewFreezer(pid int) (*Freezer, error) { return newFreezer(pid, joinGroup) }

// HowToFreeze returns what the freezers of NewFreezer use.
func HowToFreeze() string {
	f, err := newFreezer(os.Getpid(), func(string, int) error { return nil })
	if err != nil {
		return err.Error()
	}
	if f.group != "" {
		_ = unix.Close(f.fd)
		_ = os.Remove(f.group)
	}
	return f.How
}

func newFreezer(pid int, join func(group string, pid int) error) (*Freezer, error) {
	for _, way := range []struct {
		Freezer
		controller, file string
	}{
		{Freezer{
			How: "freezer of control groups", freeze: []byte("1"), thaw: []byte("0"),
			state: "cgroup.events", is: "frozen 1",
		}, "", "cgroup.freeze"},
		{Freezer{
			How: "freezer of control groups v1", freeze: []byte("FROZEN"), thaw: []byte("THAWED"),
			state: "freezer.state", is: "FROZEN",
		}, "freezer", "freezer.state"},
	} {
		group, err := newGroup(way.controller, pid)
		if err != nil {
			continue
		}
		f := way.Freezer
		f.pid, f.group = pid, group
		f.fd, err = unix.Open(filepath.Join(group, way.file), unix.O_WRONLY|unix.O_CLOEXEC, 0)
		if err == nil {
			err = join(group, pid)
		}
		if err == nil {
			return &f, nil
		}
		_ = os.Remove(group)
	}
	return &Freezer{How: WithSignals, pid: pid}, nil
}

// Freeze begins to stop the process. Frozen reports whether it has stopped.
func (f *Freezer) Freeze() error { return f.do(unix.SIGSTOP, f.freeze) }

// Thaw lets the process go on.
func (f *Freezer) Thaw() error { return f.do(unix.SIGCONT, f.thaw) }

// do holds the P, as Rest does.
func (f *Freezer) do(signal unix.Signal, word []byte) error {
	var errno unix.Errno
	if f.group == "" {
		_, _, errno = unix.RawSyscall(unix.SYS_KILL, uintptr(f.pid), uintptr(signal), 0)
	} else {
		_, _, errno = unix.RawSyscall(unix.SYS_WRITE, uintptr(f.fd),
			uintptr(unsafe.Pointer(&word[0])), uintptr(len(word)))
	}
	if errno != 0 {
		return fmt.Errorf("%s of process %d: %w", f.How, f.pid, errno)
	}
	return nil
}

// Frozen returns an error if the process is not frozen.
func (f *Freezer) Frozen() error {
	file, is := filepath.Join(f.group, f.state), f.is
	if f.group == "" {
		file, is = fmt.Sprintf("/proc/%d/status", f.pid), "State:\tT"
	}
	b, err := os.ReadFile(file)
	if err == nil && !strings.Contains(string(b), is) {
		err = fmt.Errorf("process %d is not frozen: %s says %.100q", f.pid, file, b)
	}
	return err
}

// Close thaws the process, and moves it back to the group that all processes are in.
func (f *Freezer) Close() error {
	err := f.Thaw()
	if f.group == "" {
		return err
	}
	return errors.Join(err, unix.Close(f.fd), leaveGroup(f.group, f.pid))
}

// Throttle gives a process a share of one processor; within each period it may use that share as it
// likes. ErrUnsupported says that the system does not allow it. Undo it before the process ends.
func Throttle(pid int, share float64, period time.Duration) (undo func() error, err error) {
	us := strconv.FormatInt(period.Microseconds(), 10)
	quota := strconv.FormatInt(int64(share*float64(period.Microseconds())), 10)
	for _, way := range []struct {
		controller string
		files      [][2]string
	}{
		{"", [][2]string{{"cpu.max", quota + " " + us}}},
		{"cpu", [][2]string{{"cpu.cfs_period_us", us}, {"cpu.cfs_quota_us", quota}}},
	} {
		group, failed := newGroup(way.controller, pid)
		if failed != nil {
			err = failed
			continue
		}
		err = nil
		for _, file := range way.files {
			name := filepath.Join(group, file[0])
			if err == nil { // not os.WriteFile, which would make a file that does not exist
				err = overwrite(name, file[1])
			}
		}
		if err == nil {
			err = joinGroup(group, pid)
		}
		if err == nil {
			return func() error { return leaveGroup(group, pid) }, nil
		}
		_ = os.Remove(group)
	}
	return nil, fmt.Errorf("%w: a quota of processor time: %w", ErrUnsupported, err)
}

// newGroup makes a control group for a process, at the root of the hierarchy of a controller or,
// without a name, of version 2.
func newGroup(controller string, pid int) (string, error) {
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(mounts)) {
		// what, where, type, options
		fields := strings.Fields(line)
		if len(fields) < 4 {
			continue
		}
		options := strings.Split(fields[3], ",")
		if fields[2] == "cgroup2" && controller == "" ||
			fields[2] == "cgroup" && slices.Contains(options, controller) {
			group := filepath.Join(fields[1], fmt.Sprintf("minlambda-bench-%d", pid))
			return group, os.Mkdir(group, 0o755)
		}
	}
	return "", fmt.Errorf("no control groups with %q are mounted", controller)
}

func joinGroup(group string, pid int) error {
	return overwrite(filepath.Join(group, "cgroup.procs"), strconv.Itoa(pid))
}

// leaveGroup moves a process to the root, and removes the group.
func leaveGroup(group string, pid int) error {
	err := joinGroup(filepath.Dir(group), pid)
	if errors.Is(err, unix.ESRCH) { // it has ended
		err = nil
	}
	return errors.Join(err, os.Remove(group))
}

func overwrite(file, text string) error {
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
