//go:build !race

package fuzz

// raceDetector says that allocations can't be counted.
const raceDetector = false
