//go:build !linux

package proc

import "time"

// CPU is what a process has used since it started.
func CPU(pid int) (time.Duration, error) { return 0, ErrUnsupported }

// MemoryOf is the resident memory of a process.
func MemoryOf(pid int) (Memory, error) { return Memory{}, ErrUnsupported }

// Pin puts this process on one processor.
func Pin() (undo func() error, err error) { return nil, ErrUnsupported }
