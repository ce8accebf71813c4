// Ours does what its events say, on minlambda. Several at once are that many
// loops.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/conformance/programs/act"
)

func main() {
	n, err := strconv.Atoi(os.Getenv("AWS_LAMBDA_MAX_CONCURRENCY"))
	if err != nil {
		minlambda.Run(act.On)
	}
	ended := make(chan error)
	for range n {
		go func() {
			l := minlambda.Loop{Handler: act.On}
			ended <- l.Run(context.Background())
		}()
	}
	fmt.Fprintln(os.Stderr, <-ended)
	os.Exit(1)
}
