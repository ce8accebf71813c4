//go:build linux && (amd64 || arm64) && !minlambda_net && !minlambda_nolink

package wire

import _ "unsafe" // for go:linkname

// What this file links to are functions of the Go runtime that other packages
// link to as well, so that the runtime's source promises to keep them as they
// are (go.dev/issue/67401). Their use is sound: they take no pointers. The build
// tag minlambda_nolink does without. A release of Go that takes one away fails to
// link TestGoRuntime, and every program with it.

// nanotime is the monotonic clock, in nanoseconds. It is what time.Since reads,
// without the two kilobytes of package time around it.
//
//go:linkname nanotime runtime.nanotime
func nanotime() int64
