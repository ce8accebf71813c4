// Ours does what its events say, on minlambda: several at once where Lambda says
// so. With CONFORMANCE_SIGTERM in its environment it has an extension that has it
// told of its end.
package main

import (
	"fmt"
	"os"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/conformance/programs/act"
	"github.com/minlambda/minlambda/shutdown"
)

func main() {
	if os.Getenv("CONFORMANCE_SIGTERM") != "" {
		shutdown.Register(func() { fmt.Println("told to end") })
	}
	if os.Getenv("AWS_LAMBDA_MAX_CONCURRENCY") == "" {
		minlambda.Run(act.On)
	}
	minlambda.RunConcurrent(func() *minlambda.Loop { return &minlambda.Loop{Handler: act.On} })
}
