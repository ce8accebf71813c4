// After is minlambda's echo with a function that runs after each invocation, and does nothing. It
// runs when the response was answered, so responses go in sequence.
package main

import (
	"context"
	"os"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/bench/internal/echo"
)

func main() {
	loop := minlambda.Loop{
		After:   func() {},
		Handler: func(_, event []byte) ([]byte, error) { return echo.Respond(event), nil },
	}
	_, _ = os.Stderr.WriteString(loop.Run(context.Background()).Error() + "\n")
	os.Exit(1)
}
