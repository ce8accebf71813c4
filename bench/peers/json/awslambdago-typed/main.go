// Awslambdago-typed greets with a typed handler.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/minlambda/minlambda/bench/internal/greeting"
)

func main() {
	lambda.Start(func(_ context.Context, in greeting.In) (greeting.Out, error) {
		return greeting.Greet(in), nil
	})
}
