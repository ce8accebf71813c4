package proc

import "golang.org/x/sys/unix"

// AwaitEnd returns when a child has ended, and leaves it to be waited for. A
// child that is traced stops at every system call, and each stop would end a
// wait; this does not notice them. Where the kernel is too old for that, it
// returns at once.
func AwaitEnd(pid int) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, -1)
		if n == 1 || err != nil && err != unix.EINTR {
			return
		}
	}
}
