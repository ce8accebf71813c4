// Insequence is the library with coalescing turned off: it waits for the
// answer to each response before it asks for the next event, as other
// runtimes do.
package main

import (
	"context"
	"os"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/bench/internal/echo"
)

func main() {
	loop := minlambda.Loop{
		InSequence: true,
		Handler:    func(_, event []byte) ([]byte, error) { return echo.Respond(event), nil },
	}
	_, _ = os.Stderr.WriteString(loop.Run(context.Background()).Error() + "\n")
	os.Exit(1)
}
