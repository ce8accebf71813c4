// Init echoes every event, after a start-up that fails if the environment says so:
// FAIL=error makes it return an error, FAIL=panic makes it panic.
package main

import (
	"errors"
	"syscall"

	"github.com/minlambda/minlambda"
)

func main() {
	// What is done once belongs here: reading the configuration, connecting. Its
	// failure is reported to Lambda, which answers with it the invocations that
	// wait for this process.
	minlambda.Init(start)

	minlambda.Run(func(dst, event []byte) ([]byte, error) { return event, nil })
}

func start() error {
	switch fail, _ := syscall.Getenv("FAIL"); fail {
	case "error":
		return errors.New("start-up failed")
	case "panic":
		panic("start-up panicked")
	}
	return nil
}
