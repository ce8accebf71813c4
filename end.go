package minlambda

import "github.com/minlambda/minlambda/internal/osexit"

// fatal prints the error that ends the process.
func fatal(err error) { (&Record{Level: LevelFatal, Message: err.Error()}).print() }

// die prints why the process ends, and ends it.
func die(why *Record) {
	why.print()
	quit()
}

// quit ends the process.
func quit() { osexit.Exit(1) }
