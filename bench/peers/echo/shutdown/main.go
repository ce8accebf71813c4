// Shutdown is minlambda's echo with a callback for SIGTERM: it registers an
// extension before it asks for its first event.
package main

import (
	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/bench/internal/echo"
	"github.com/minlambda/minlambda/shutdown"
)

func main() {
	shutdown.Register(func() {})
	minlambda.Run(func(_, event []byte) ([]byte, error) { return echo.Respond(event), nil })
}
