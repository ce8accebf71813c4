//go:build !linux

package proc

import "time"

// CPU is what a process has used since it started.
func CPU(pid int) (time.Duration, error) { return 0, ErrUnsupported }

// MemoryOf is the resident memory of a process.
func MemoryOf(pid int) (Memory, error) { return Memory{}, ErrUnsupported }

// Threads is the number of a process's threads.
func Threads(pid int) (int, error) { return 0, ErrUnsupported }

// Pin puts this process on one processor.
func Pin() (undo func() error, err error) { return nil, ErrUnsupported }

// AwaitEnd returns at once: whoever waits for a child does it by itself.
func AwaitEnd(pid int) {}

// Faults are the page faults of a process that has ended.
func Faults(usage any) (minor, major int64, err error) { return 0, 0, ErrUnsupported }

// Uncache drops a file's pages from the system's cache.
func Uncache(file string) error { return ErrUnsupported }

// Cached is how many of a file's pages are in the system's cache.
func Cached(file string) (pages, of int, err error) { return 0, 0, ErrUnsupported }
