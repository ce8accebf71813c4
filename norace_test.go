//go:build !race

package minlambda_test

// raceDetector says that everything takes ten times as long.
const raceDetector = false
