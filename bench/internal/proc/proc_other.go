//go:build !linux

package proc

import "time"

// CPU returns what a process has used since it started.
func CPU(pid int) (time.Duration, error) { return 0, ErrUnsupported }

// MemoryOf returns the resident memory of a process.
func MemoryOf(pid int) (Memory, error) { return Memory{}, ErrUnsupported }

// Threads returns the number of a process's threads.
func Threads(pid int) (int, error) { return 0, ErrUnsupported }

// Switches returns how often a process's threads were taken from a processor.
func Switches(pid int) (uint64, error) { return 0, ErrUnsupported }

// Hold keeps the calling goroutine on its thread.
func Hold() (undo func(), err error) { return nil, ErrUnsupported }

// Rest sleeps.
func Rest(d time.Duration) { time.Sleep(d) }

// A Freezer stops a process.
type Freezer struct{ How string }

// HowToFreeze returns what a process is frozen with.
func HowToFreeze() string { return "" }

// NewFreezer returns a freezer for a running process.
func NewFreezer(pid int) (*Freezer, error) { return nil, ErrUnsupported }

// Freeze begins to stop the process.
func (f *Freezer) Freeze() error { return ErrUnsupported }

// Thaw lets it go on.
func (f *Freezer) Thaw() error { return ErrUnsupported }

// Frozen returns an error if the process is not frozen.
func (f *Freezer) Frozen() error { return ErrUnsupported }

// Close thaws the process.
func (f *Freezer) Close() error { return ErrUnsupported }

// Throttle gives a process a share of one processor.
func Throttle(pid int, share float64, period time.Duration) (undo func() error, err error) {
	return nil, ErrUnsupported
}

// Pin puts this process on n processors.
func Pin(n int) (undo func() error, err error) { return nil, ErrUnsupported }

// AwaitEnd returns at once: the caller waits for the child itself.
func AwaitEnd(pid int) {}

// Faults returns the page faults of a process that has ended.
func Faults(usage any) (minor, major int64, err error) { return 0, 0, ErrUnsupported }

// Uncache drops a file's pages from the system's cache.
func Uncache(file string) error { return ErrUnsupported }

// Cached returns how many of a file's pages are in the system's cache.
func Cached(file string) (pages, of int, err error) { return 0, 0, ErrUnsupported }
