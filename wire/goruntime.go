//go:build linux && (amd64 || arm64) && !minlambda_net && !minlambda_nolink

package wire

import (
	"syscall"
	"unsafe"
)

// What this file links to are functions of the Go runtime that other packages
// link to as well, so that the runtime's source promises to keep them as they
// are (go.dev/issue/67401). Their use is sound: they take no pointers. The build
// tag minlambda_nolink does without. A release of Go that takes one away fails to
// link TestGoRuntime, and every program with it.

// nanotime is the monotonic clock, in nanoseconds. It is what time.Since reads,
// without the two kilobytes of package time around it.
//
//go:linkname nanotime runtime.nanotime
func nanotime() int64

// restingRead is a blocking read that hands its P over before it waits, so that
// the runtime's monitor can sleep. An ordinary system call leaves the P with its
// thread until the monitor has taken it away, for which the monitor wakes up every
// 20 µs for 10 ms: sixty times, and more work than the invocation itself.
//
// Between the two calls into the runtime the stack must not grow: this function
// and all that it calls are nosplit. p is kept in place by syscall.RawSyscall6.
//
//go:nosplit
func restingRead(fd int, p []byte, flags int) (int, syscall.Errno) {
	entersyscallblock()
	n, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, uintptr(fd),
		uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), uintptr(flags), 0, 0)
	exitsyscall()
	return int(n), errno
}

//go:linkname entersyscallblock runtime.entersyscallblock
func entersyscallblock()

//go:linkname exitsyscall runtime.exitsyscall
func exitsyscall()
