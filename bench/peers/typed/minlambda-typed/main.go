// Minlambda-typed takes orders with a typed handler.
package main

import (
	"context"

	"github.com/minlambda/minlambda/bench/internal/apigateway"
	"github.com/minlambda/minlambda/typed"
)

func main() {
	typed.Run(func(_ context.Context, in apigateway.In) (apigateway.Out, error) {
		return apigateway.Take(&in), nil
	})
}
