// Minlambda takes orders over net/http, with package lambdahttp.
package main

import (
	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/bench/internal/echo"
	"github.com/minlambda/minlambda/bench/internal/orders"
	"github.com/minlambda/minlambda/lambdahttp"
)

func main() {
	handle := lambdahttp.NewHandler(orders.Handler())
	minlambda.RunInvocation(func(inv *minlambda.Invocation) error {
		if event := inv.Event(); string(event) == echo.Stats {
			inv.SetResponse(echo.Respond(event))
			return nil
		}
		return handle(inv)
	})
}
