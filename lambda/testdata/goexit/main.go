// Goexit ends its goroutine in place of answering.
package main

import (
	"runtime"

	"github.com/minlambda/minlambda/lambda"
)

func main() {
	lambda.Start(func() { runtime.Goexit() })
}
