// Package proc asks the system what another process has cost, and puts processes on one processor.
// It works on Linux; elsewhere it returns ErrUnsupported.
package proc

import "errors"

// ErrUnsupported says that this system has no answer.
var ErrUnsupported = errors.New("not known on this system")

// WithSignals is how a process is frozen if there are no control groups.
const WithSignals = "SIGSTOP"

// Memory is a process's resident memory in bytes: now, and at its peak.
type Memory struct{ Now, Peak int64 }
