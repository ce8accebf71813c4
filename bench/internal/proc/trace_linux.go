//go:build linux && (amd64 || arm64)

package proc

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Trace counts the system calls of another process, of all its threads. The process stops twice
// for each call, so its times mean nothing.
type Trace struct {
	mu      sync.Mutex
	threads map[int]*[maxCall + 1]uint64
}

// maxCall is above the numbers of all system calls; a call with a higher number counts as this one.
const maxCall = 511

// TraceCalls counts from now on, until the process ends: it stays traced. Start must have started
// the process, and nobody may wait for it before AwaitEnd returns. ErrUnsupported says that the
// system does not allow tracing.
func TraceCalls(pid int) (*Trace, error) {
	t := &Trace{threads: map[int]*[maxCall + 1]uint64{}}
	attached := make(chan error)
	go func() {
		// Only the thread that has attached may ask about the threads that it traces.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := attach(pid)
		attached <- err
		if err == nil {
			t.follow(pid)
		}
	}()
	return t, <-attached
}

// Threads returns what has been counted so far, by thread.
func (t *Trace) Threads() map[int]Calls {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := map[int]Calls{}
	for tid, calls := range t.threads {
		all[tid] = Calls{}
		for nr, n := range calls {
			if n > 0 {
				all[tid][callName(nr)] = n
			}
		}
	}
	return all
}

// All returns what all threads have called so far.
func (t *Trace) All() Calls {
	all := Calls{}
	for _, calls := range t.Threads() {
		all.Add(calls)
	}
	return all
}

// attach attaches to all threads of a process. A thread that one of them starts in the meantime is
// found in the next pass, or the kernel has attached to it already, which makes attaching fail.
func attach(pid int) error {
	seen := map[int]bool{}
	for found := true; found; {
		found = false
		threads, err := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/task")
		if err != nil {
			return err
		}
		for _, thread := range threads {
			tid, err := strconv.Atoi(thread.Name())
			if err != nil {
				return err
			}
			if seen[tid] {
				continue
			}
			seen[tid], found = true, true
			// An interrupt makes a thread stop. Once stopped, it can be told to stop at system
			// calls.
			errno := ptrace(
				unix.PTRACE_SEIZE,
				tid,
				0,
				unix.PTRACE_O_TRACESYSGOOD|unix.PTRACE_O_TRACECLONE,
			)
			if errno == 0 {
				errno = ptrace(unix.PTRACE_INTERRUPT, tid, 0, 0)
			}
			if errno != 0 && tid == pid {
				return fmt.Errorf("%w: tracing process %d: %w", ErrUnsupported, pid, errno)
			}
		}
	}
	return nil
}

// follow counts until the process has ended. It waits for what this thread traces, and for no other
// thread's.
func (t *Trace) follow(pid int) {
	for {
		var status unix.WaitStatus
		tid, err := unix.Wait4(-1, &status, unix.WALL|unix.WNOTHREAD, nil)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return
		case !status.Stopped(): // a thread has ended; the process's first is the last to end
			if tid == pid {
				return
			}
			continue
		}
		pass := 0
		switch signal := status.StopSignal(); {
		case signal == unix.SIGTRAP|0x80: // what TRACESYSGOOD makes of a system call
			t.count(tid)
		case status>>16 == 0: // a signal is about to be delivered: let it
			pass = int(signal)
		}
		_ = ptrace(unix.PTRACE_SYSCALL, tid, 0, uintptr(pass)) // it may be dead by now
	}
}

// callInfo begins as struct ptrace_syscall_info in linux/ptrace.h does.
type callInfo struct {
	op   uint8
	_    [3]uint8
	arch uint32
	_    [2]uint64
	nr   uint64
	_    [7]uint64
}

// count counts the call that a thread is about to make. The thread stops again when it has made the
// call.
func (t *Trace) count(tid int) {
	var info callInfo
	// The kernel writes at most the size that it is given.
	n, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_GET_SYSCALL_INFO, uintptr(tid),
		unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	if errno != 0 || n == 0 || info.op != unix.PTRACE_SYSCALL_INFO_ENTRY {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	calls := t.threads[tid]
	if calls == nil {
		calls = new([maxCall + 1]uint64)
		t.threads[tid] = calls
	}
	calls[min(info.nr, maxCall)]++
}

func ptrace(request, tid int, addr, data uintptr) unix.Errno {
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, uintptr(request), uintptr(tid), addr, data, 0, 0)
	return errno
}

// callName names the calls that Go programs make all the time.
func callName(nr int) string {
	if name, ok := callNames[nr]; ok {
		return name
	}
	return "call" + strconv.Itoa(nr)
}

var callNames = map[int]string{
	unix.SYS_READ: "read", unix.SYS_WRITE: "write", unix.SYS_WRITEV: "writev",
	unix.SYS_RECVFROM: "recvfrom", unix.SYS_RECVMSG: "recvmsg", unix.SYS_SENDTO: "sendto",
	unix.SYS_SENDMSG: "sendmsg", unix.SYS_SETSOCKOPT: "setsockopt",
	unix.SYS_EPOLL_PWAIT: "epoll_pwait", unix.SYS_EPOLL_CTL: "epoll_ctl",
	unix.SYS_FUTEX: "futex", unix.SYS_NANOSLEEP: "nanosleep", unix.SYS_SCHED_YIELD: "sched_yield",
	unix.SYS_RESTART_SYSCALL: "restart_syscall", unix.SYS_RT_SIGRETURN: "rt_sigreturn",
	unix.SYS_RT_SIGPROCMASK: "rt_sigprocmask",
	unix.SYS_GETPID:         "getpid", unix.SYS_TGKILL: "tgkill", unix.SYS_CLONE: "clone",
	unix.SYS_MMAP: "mmap", unix.SYS_MUNMAP: "munmap", unix.SYS_MADVISE: "madvise",
	unix.SYS_CLOCK_GETTIME: "clock_gettime", unix.SYS_PREAD64: "pread64",
	unix.SYS_SCHED_GETAFFINITY: "sched_getaffinity",
	unix.SYS_SOCKET:            "socket", unix.SYS_CONNECT: "connect",
	unix.SYS_CLOSE: "close", unix.SYS_EXIT_GROUP: "exit_group",
}
