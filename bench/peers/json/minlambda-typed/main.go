// Minlambda-typed greets with a typed handler.
package main

import (
	"context"

	"github.com/minlambda/minlambda/bench/internal/greeting"
	"github.com/minlambda/minlambda/typed"
)

func main() {
	typed.Run(func(_ context.Context, in greeting.In) (greeting.Out, error) {
		return greeting.Greet(in), nil
	})
}
