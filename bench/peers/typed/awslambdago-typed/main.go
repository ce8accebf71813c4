// Awslambdago-typed takes orders with a typed handler.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/minlambda/minlambda/bench/internal/apigateway"
)

func main() {
	lambda.Start(func(_ context.Context, in apigateway.In) (apigateway.Out, error) {
		return apigateway.Take(&in), nil
	})
}
