//go:build !race && !go1.28

package minlambda

// racesFound is false without the race detector.
func racesFound() bool { return false }
