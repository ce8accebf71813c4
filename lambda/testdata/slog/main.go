// Slog logs by lambdaslog, and answers with what the library finds in the context.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdaslog"

	"github.com/minlambda/minlambda/lambda"
)

func main() {
	logger := slog.New(lambdaslog.New(os.Stdout, nil))
	handler := func(ctx context.Context) (string, error) {
		logger.InfoContext(ctx, "at work")
		m, _ := minlambda.FromContext(ctx)
		return m.RequestID() + " " + m.TraceID(), nil
	}
	if os.Getenv("FORM") == "base" {
		lambda.StartWithOptions(handler, lambda.WithContext(context.Background()))
	}
	lambda.Start(handler)
}
