//go:build race && !go1.28

package minlambda

import "runtime"

// racesFound reports whether the race detector has found a race.
func racesFound() bool { return runtime.RaceErrors() > 0 }
