//go:build !go1.28

package osexit

import (
	_ "unsafe" // for go:linkname

	"github.com/minlambda/minlambda/internal/race"
)

// This file links to an inside of the Go runtime. The proof of its use:
//
//   - os.Exit calls the same function, in the same way, before it exits: the
//     runtime gives it to package os under this name, by a go:linkname of its
//     own, which is what lets the linker pass this one.
//   - It takes an int and returns nothing, in each version of Go that the build
//     constraint admits. A later one builds the other file, and loses nothing
//     but counters of coverage and the race detector's status; TestCoverage
//     fails then, until somebody has looked, and has raised the number.

//go:linkname exitHooks os.runtime_beforeExit
func exitHooks(status int)

// runHooks runs what the program has to do before it exits. If the race
// detector has found something, it ends the process itself with its own status,
// 66 unless GORACE says otherwise, which it does for a program that ends well.
func runHooks(status int) {
	if race.Found() {
		status = 0
	}
	exitHooks(status)
}
