package proc

import "golang.org/x/sys/unix"

// AwaitEnd returns when a child has ended, but leaves the waiting for it to others. A traced child
// stops at every system call, and each stop would end an ordinary wait; AwaitEnd does not notice
// them. If the kernel is too old for that, it returns at once.
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
