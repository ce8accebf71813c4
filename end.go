package minlambda

import "github.com/minlambda/minlambda/internal/osexit"

// exit ends the process with the error that has ended the loop.
func exit(err error) { die(&Record{Level: LevelFatal, Message: err.Error()}) }

// die prints why the process ends, and ends it.
func die(why *Record) {
	why.print()
	osexit.Exit(1)
}
