//go:build race

// Package race says whether a program is built with the race detector, and what
// that has found.
package race

import "runtime"

// Enabled is true with the race detector: everything takes ten times as long, and allocates.
const Enabled = true

// Found reports whether the race detector has found a race.
func Found() bool { return runtime.RaceErrors() > 0 }
