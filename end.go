package minlambda

import "syscall"

// fatal prints the error that ends the process.
func fatal(err error) { (&Record{Level: LevelFatal, Message: err.Error()}).print() }

// die prints why the process ends, and ends it.
func die(why *Record) {
	why.print()
	quit()
}

// quit ends the process. The hooks are what os.Exit would run: the counters of go
// build -cover are written by one.
func quit() {
	runExitHooks(1)
	syscall.Exit(1)
}
