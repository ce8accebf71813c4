//go:build !linux || !(amd64 || arm64)

package proc

// A Trace counts the system calls of another process.
type Trace struct{}

// TraceCalls counts a process's system calls.
func TraceCalls(pid int) (*Trace, error) { return nil, ErrUnsupported }

// Threads returns what has been counted so far, by thread.
func (t *Trace) Threads() map[int]Calls { return nil }

// All returns what all threads have called so far.
func (t *Trace) All() Calls { return nil }
