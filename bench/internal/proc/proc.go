// Package proc asks the system what another process has cost, and puts
// processes on one processor. Elsewhere than on Linux it can do neither, and
// says so.
package proc

import "errors"

// ErrUnsupported says that this system has no answer.
var ErrUnsupported = errors.New("not known on this system")

// WithSignals is how a process is frozen where there are no control groups.
const WithSignals = "SIGSTOP"

// Memory is a process's resident memory in bytes: now, and at its peak.
type Memory struct{ Now, Peak int64 }
