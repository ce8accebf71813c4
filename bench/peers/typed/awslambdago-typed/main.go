// Awslambdago-typed takes orders with a typed handler.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/minlambda/minlambda/bench/internal/order"
)

func main() {
	lambda.Start(func(_ context.Context, in order.In) (order.Out, error) {
		return order.Take(&in), nil
	})
}
