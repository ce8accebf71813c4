// Trace answers with the trace ID that AWS's SDKs find in the environment, and
// with the one that the context has.
package main

import (
	"context"
	"os"

	"github.com/minlambda/minlambda/typed"
)

func main() {
	typed.Run(typed.NoInput(func(ctx context.Context) ([2]string, error) {
		about, _ := typed.FromContext(ctx)
		return [2]string{os.Getenv("_X_AMZN_TRACE_ID"), about.TraceID()}, nil
	}))
}
