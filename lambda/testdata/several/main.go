// Several panics, or waits until another event has been reported.
package main

import (
	"time"

	"github.com/minlambda/minlambda/lambda"
)

func main() {
	panicking := make(chan struct{})
	lambda.Start(func(what string) (string, error) {
		if what == "panic" {
			close(panicking)
			panic("among several")
		}
		<-panicking
		time.Sleep(100 * time.Millisecond)
		return "done", nil
	})
}
