// Loops runs one Loop for each address in AWS_LAMBDA_RUNTIME_API, which are
// separated by commas: several loops in one process.
package main

import (
	"context"
	"os"
	"strings"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/bench/internal/echo"
)

func main() {
	ended := make(chan error)
	for _, api := range strings.Split(os.Getenv("AWS_LAMBDA_RUNTIME_API"), ",") {
		loop := minlambda.Loop{
			API:     api,
			Handler: func(_, event []byte) ([]byte, error) { return echo.Respond(event), nil },
		}
		go func() { ended <- loop.Run(context.Background()) }()
	}
	_, _ = os.Stderr.WriteString((<-ended).Error() + "\n")
	os.Exit(1)
}
