package minlambda

import (
	"syscall"
	"time"
)

// sleep blocks the thread for d. time.Sleep would have the Go runtime set up
// its poller when it is first called, and end the process if there are no
// descriptors left for that: which may be why there is a pause at all.
func sleep(d time.Duration) {
	left := syscall.NsecToTimespec(int64(d))
	for syscall.Nanosleep(&left, &left) == syscall.EINTR {
	}
}
