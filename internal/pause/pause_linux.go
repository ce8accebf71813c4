// Package pause sleeps without the Go runtime's poller.
package pause

import (
	"syscall"
	"time"
)

// For blocks the thread for d. time.Sleep would have the Go runtime set up
// its poller when it is first called, and end the process if there are no
// descriptors left for that: which may be why there is a pause at all.
func For(d time.Duration) {
	left := syscall.NsecToTimespec(int64(d))
	for syscall.Nanosleep(&left, &left) == syscall.EINTR {
	}
}
