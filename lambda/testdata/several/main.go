// Several panics, or waits until another event has had it panic.
package main

import (
	"time"

	"github.com/minlambda/minlambda/lambda"
)

func main() {
	started, panicking := make(chan struct{}), make(chan struct{})
	lambda.Start(func(what string) (string, error) {
		if what == "panic" {
			<-started // an event that nobody has read yet would be lost
			close(panicking)
			panic("among several")
		}
		close(started)
		<-panicking
		time.Sleep(100 * time.Millisecond)
		return "done", nil
	})
}
