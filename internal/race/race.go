//go:build race

// Package race says whether a program is built with the race detector.
package race

// Enabled is true with the race detector: everything takes ten times as long, and allocates.
const Enabled = true
