//go:build !race

// Package race says whether a program is built with the race detector.
package race

// Enabled is false without the race detector.
const Enabled = false
