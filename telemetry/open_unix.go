//go:build unix

package telemetry

import (
	"errors"
	"os"
	"strconv"
	"syscall"
)

// adopt makes a file of the descriptor with the number: of a copy, which nobody else can close, and
// which child processes do not get.
func adopt(number string) (*os.File, error) {
	fd, err := strconv.Atoi(number)
	if err != nil || fd < 0 {
		return nil, errors.New("not the number of a descriptor")
	}
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if fd, err = syscall.Dup(fd); err != nil {
		return nil, err
	}
	syscall.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), fdVariable), nil
}

// connect connects to the unix socket at path. Package net would do, and is as large as all of a
// small function.
func connect(path string) (*os.File, error) {
	syscall.ForkLock.RLock()
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, err
	}
	if err = syscall.Connect(fd, &syscall.SockaddrUnix{Name: path}); err != nil {
		syscall.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), socketVariable), nil
}
