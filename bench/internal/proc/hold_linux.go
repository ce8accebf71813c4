package proc

import (
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Hold keeps the calling goroutine on its thread, and keeps Go's scheduler from interrupting it,
// until undo is called: after a rest only this goroutine may run in this process.
func Hold() (undo func(), err error) {
	runtime.LockOSThread()
	var urgent, before unix.Sigset_t
	urgent.Val[0] = 1 << (unix.SIGURG - 1) // the signal that preempts
	if err = unix.PthreadSigmask(unix.SIG_BLOCK, &urgent, &before); err != nil {
		runtime.UnlockOSThread()
		return nil, err
	}
	return func() {
		_ = unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil)
		runtime.UnlockOSThread()
	}, nil
}

// Rest sleeps in a system call that Go's scheduler does not know of, and so holds the thread and
// its P: no other thread of this process wakes up to take the P away or to hand it back. Only one
// goroutine may use it at a time, and Hold must have prepared that goroutine.
//
// A goroutine that has not scheduled for 10 ms has to do so at its next function call, and hands
// its P through another thread: right before an event is sent, or right after. So Rest schedules by
// itself, well before it ends.
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
