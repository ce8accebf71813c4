package minlambda

import "syscall"

// exit ends the process with the error that has ended the loop.
func exit(err error) { die(&Record{Level: LevelFatal, Message: err.Error()}) }

// die prints why the process ends, and ends it. The hooks are what os.Exit
// would run: the counters of go build -cover are written by one.
func die(why *Record) {
	why.print()
	runExitHooks(1)
	syscall.Exit(1)
}
