// Minlambda-lambda greets with the handler of awslambdago-typed, and another import line.
package main

import (
	"context"

	"github.com/minlambda/minlambda/bench/internal/greeting"
	"github.com/minlambda/minlambda/lambda"
)

func main() {
	lambda.Start(func(_ context.Context, in greeting.In) (greeting.Out, error) {
		return greeting.Greet(in), nil
	})
}
