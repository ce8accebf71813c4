// Minlambda echoes with as many loops as AWS_LAMBDA_MAX_CONCURRENCY says, which
// share one Runtime API.
package main

import "github.com/minlambda/minlambda"

func main() {
	minlambda.RunConcurrent(func() *minlambda.Loop {
		return &minlambda.Loop{Handler: func(_, event []byte) ([]byte, error) { return event, nil }}
	})
}
