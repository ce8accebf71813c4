package proc

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// CPU returns what a process has used since it started: user and system time of all its threads,
// including those that have ended. /proc/PID/stat would say the same in steps of 10 ms, and
// /proc/PID/schedstat knows one thread only. The process's own clock, see clock_getcpuclockid(3),
// counts nanoseconds.
func CPU(pid int) (time.Duration, error) {
	const sched = 2 // CPUCLOCK_SCHED
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|sched), &t); err != nil {
		return 0, fmt.Errorf("clock of process %d: %w", pid, err)
	}
	return time.Duration(t.Nano()), nil
}

// MemoryOf returns the resident memory of a process.
func MemoryOf(pid int) (Memory, error) {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return Memory{}, err
	}
	now, errNow := kilobytes(status, "\nVmRSS:")
	peak, errPeak := kilobytes(status, "\nVmHWM:")
	return Memory{Now: now, Peak: peak}, errors.Join(errNow, errPeak)
}

// Threads returns the number of a process's threads.
func Threads(pid int) (int, error) {
	threads, err := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/task")
	return len(threads), err
}

// Switches returns how often the current threads of a process were taken from a processor, because
// they waited or because others were to run.
func Switches(pid int) (all uint64, err error) {
	dir := "/proc/" + strconv.Itoa(pid) + "/task"
	threads, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	for _, thread := range threads {
		status, err := os.ReadFile(dir + "/" + thread.Name() + "/status")
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) {
			continue // the thread has ended
		}
		if err != nil {
			return 0, err
		}
		for _, field := range []string{"voluntary_ctxt_switches:", "nonvoluntary_ctxt_switches:"} {
			_, value, _ := bytes.Cut(status, []byte("\n"+field))
			value, _, _ = bytes.Cut(value, []byte("\n"))
			n, err := strconv.ParseUint(string(bytes.TrimSpace(value)), 10, 64)
			if err != nil {
				return 0, fmt.Errorf("%q in /proc/PID/task/TID/status: %w", field, err)
			}
			all += n
		}
	}
	return all, nil
}

func kilobytes(status []byte, field string) (int64, error) {
	_, value, _ := bytes.Cut(status, []byte(field))
	value, _, ok := bytes.Cut(value, []byte(" kB\n"))
	if !ok {
		return 0, fmt.Errorf("no %q in /proc/PID/status", field[1:])
	}
	n, err := strconv.ParseInt(string(bytes.TrimSpace(value)), 10, 64)
	return n << 10, err
}

// Pin puts this process, and those that it will start, on the last n of the processors that it may
// use: the first one has the machine's interrupts.
func Pin(n int) (undo func() error, err error) {
	var before, few unix.CPUSet
	if err = unix.SchedGetaffinity(0, &before); err != nil {
		return nil, err
	}
	for cpu := len(before) * 64; cpu >= 0 && few.Count() < n; cpu-- {
		if before.IsSet(cpu) {
			few.Set(cpu)
		}
	}
	if err = setAll(&few); err != nil {
		return nil, errors.Join(err, setAll(&before))
	}
	return func() error { return setAll(&before) }, nil
}

// setAll moves all threads of this process. A thread inherits its processors from the thread that
// starts it. So a second pass finds those that were started by a thread that had not been moved
// yet.
func setAll(to *unix.CPUSet) error {
	for range 2 {
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return err
		}
		for _, t := range threads {
			tid, err := strconv.Atoi(t.Name())
			if err != nil {
				return err
			}
			if err = unix.SchedSetaffinity(tid, to); err != nil && err != unix.ESRCH {
				return err
			}
		}
	}
	return nil
}
