// Minlambda-lambda takes orders with the handler of awslambdago-typed, and another import line.
package main

import (
	"context"

	"github.com/minlambda/minlambda/bench/internal/apigateway"
	"github.com/minlambda/minlambda/lambda"
)

func main() {
	lambda.Start(func(_ context.Context, in apigateway.In) (apigateway.Out, error) {
		return apigateway.Take(&in), nil
	})
}
