package proc

import (
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Hold keeps the calling goroutine on its thread, and Go's scheduler from
// interrupting that, until undo is called: after a rest nothing of this process
// shall run but what the goroutine does.
func Hold() (undo func(), err error) {
	runtime.LockOSThread()
	var urgent, before unix.Sigset_t
	urgent.Val[0] = 1 << (unix.SIGURG - 1) // which preempts
	if err = unix.PthreadSigmask(unix.SIG_BLOCK, &urgent, &before); err != nil {
		runtime.UnlockOSThread()
		return nil, err
	}
	return func() {
		_ = unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil)
		runtime.UnlockOSThread()
	}, nil
}

// Rest sleeps in a system call that Go's scheduler does not know of, and so
// holds the thread and its P: no other thread of this process wakes up to take
// it away, nor to hand it back. It is for one goroutine at a time, which Hold
// has prepared.
//
// What has not scheduled for 10 ms has to at the next call of a function, and
// hands its P through another thread: right before an event is sent, or right
// after. So Rest schedules by itself, a good while before it ends.
func Rest(d time.Duration) {
	if d > quiet {
		sleep(d - quiet)
		d = quiet
	}
	if time.Since(scheduled) > quiet*4/5 {
		runtime.Gosched()
		scheduled = time.Now()
	}
	sleep(d)
}

const quiet = 5 * time.Millisecond

var scheduled time.Time

func sleep(d time.Duration) {
	t := unix.NsecToTimespec(int64(d))
	for {
		_, _, errno := unix.RawSyscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&t)),
			uintptr(unsafe.Pointer(&t)), 0)
		if errno != unix.EINTR {
			return
		}
	}
}
