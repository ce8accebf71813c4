// Slog logs with the request ID, in the format and from the level on that Lambda
// is configured to have, and answers with the order that it was given.
package main

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdaslog"
	"github.com/minlambda/minlambda/typed"
)

// Order is what the function takes.
type Order struct {
	ID       int `json:"id"`
	Quantity int `json:"quantity"`
}

var errNothing = errors.New("nothing is ordered")

func main() {
	logs := lambdaslog.New(os.Stderr, &lambdaslog.Options{FunctionARN: true})
	slog.SetDefault(slog.New(logs))

	// Run would do, if the runtime's own messages were not to go the same way.
	minlambda.RunConcurrent(func() *minlambda.Loop {
		loop := &minlambda.Loop{Invoke: typed.New(take), Log: logs.Log}
		loop.ExportTraceID()
		return loop
	})
}

func take(ctx context.Context, o Order) (Order, error) {
	log := slog.Default().WithGroup("order").With("id", o.ID)
	if o.Quantity < 0 {
		panic("a quantity below zero")
	}
	if o.Quantity == 0 {
		// The runtime logs the error that is returned, too.
		log.ErrorContext(ctx, "refused", "err", errNothing)
		return Order{}, errNothing
	}
	log.InfoContext(ctx, "taken", "quantity", o.Quantity)
	log.DebugContext(ctx, "seen with AWS_LAMBDA_LOG_LEVEL=DEBUG")
	return o, nil
}
