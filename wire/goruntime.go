//go:build linux && (amd64 || arm64) && !minlambda_net && !minlambda_nolink

package wire

import (
	"syscall"
	"unsafe"
)

// This file links to functions of the Go runtime. Other packages link to them as well, so the
// runtime's source promises to keep them as they are (go.dev/issue/67401). Their use is sound: they
// take no pointers. The build tag minlambda_nolink does without them. If a release of Go takes one
// away, TestGoRuntime fails to link, and so does every program.

// nanotime returns the time of the monotonic clock, in nanoseconds. time.Since reads the same
// clock, but package time would add two kilobytes to a program.
//
//go:linkname nanotime runtime.nanotime
func nanotime() int64

// restingRead is a blocking read that hands its P over before it waits, so that the runtime's
// monitor can sleep. An ordinary system call leaves the P with its thread until the monitor takes
// it away. For that the monitor wakes up every 20 µs for 10 ms: sixty times, which is more work
// than the invocation itself.
//
// The stack must not grow between the two calls into the runtime, so this function and all that it
// calls are nosplit. syscall.RawSyscall6 keeps p in place.
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
