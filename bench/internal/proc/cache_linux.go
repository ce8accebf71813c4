package proc

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Uncache drops a file's pages from the system's cache. It fails if some are still there: the file
// is in use, or its file system is the memory itself.
func Uncache(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if err = f.Sync(); err != nil { // pages that are not on the disk yet would stay
		return err
	}
	if err = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
		return fmt.Errorf("%s: dropping its pages: %w", file, err)
	}
	left, of, err := Cached(file)
	if err == nil && left > 0 {
		err = fmt.Errorf("%s: %d of %d pages stay in the cache: %w", file, left, of, ErrUnsupported)
	}
	return err
}

// Cached returns how many of a file's pages are in the system's cache, mapped by somebody or not,
// according to mincore(2).
func Cached(file string) (pages, of int, err error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, 0, err
	}
	m, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return 0, 0, fmt.Errorf("%s: mapping it: %w", file, err)
	}
	defer func() { _ = unix.Munmap(m) }()
	size := os.Getpagesize()
	resident := make([]byte, (len(m)+size-1)/size)
	// The addresses are those of m and resident, which live until the end.
	_, _, errno := unix.Syscall(
		unix.SYS_MINCORE,
		uintptr(unsafe.Pointer(&m[0])),
		uintptr(len(m)),
		uintptr(unsafe.Pointer(&resident[0])),
	)
	if errno != 0 {
		return 0, 0, fmt.Errorf("%s: mincore: %w", file, errno)
	}
	for _, r := range resident {
		pages += int(r & 1)
	}
	return pages, len(resident), nil
}

// Faults returns the page faults of a process that has ended, from os.ProcessState.SysUsage. Minor
// faults found their page in memory, major ones had to read it.
func Faults(usage any) (minor, major int64, err error) {
	r, ok := usage.(*syscall.Rusage)
	if !ok {
		return 0, 0, ErrUnsupported
	}
	return r.Minflt, r.Majflt, nil
}
