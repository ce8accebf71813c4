package lambda

import (
	"context"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/minlambda/minlambda"
)

// Start serves handler for ever, and never returns: what ends it is reported on standard error,
// and the process exits with status 1. The package comment says what a handler may be; one that is
// nothing of that answers each event with an error that says so.
func Start(handler any) { start(newFunction(handler, nil)) }

// StartWithOptions is Start with options, which are applied in their order. A Handler that
// NewHandler has returned keeps those that it was made with, and takes no others.
func StartWithOptions(handler any, options ...Option) { start(newFunction(handler, options)) }

// HandlerFunc is the handlers that StartHandlerFunc takes.
type HandlerFunc[TIn, TOut any] interface {
	func(context.Context, TIn) (TOut, error)
}

// StartHandlerFunc is StartWithOptions for a handler whose form the compiler checks.
func StartHandlerFunc[TIn, TOut any, H HandlerFunc[TIn, TOut]](handler H, options ...Option) {
	start(newFunction(handler, options))
}

// StartHandler is Start for a Handler.
//
// Deprecated: Start takes a Handler as well.
func StartHandler(handler Handler) { start(newFunction(handler, nil)) }

// StartWithContext is Start with WithContext.
//
// Deprecated: use StartWithOptions with WithContext.
func StartWithContext(ctx context.Context, handler any) {
	start(newFunction(handler, []Option{WithContext(ctx)}))
}

// StartHandlerWithContext is StartHandler with WithContext.
//
// Deprecated: use StartWithOptions with WithContext.
func StartHandlerWithContext(ctx context.Context, handler Handler) {
	start(newFunction(handler, []Option{WithContext(ctx)}))
}

// start serves f, one event at a time or as many as Lambda hands out at once.
func start(f *function) {
	if lambdacontext.MaxConcurrency() > 1 {
		minlambda.RunConcurrent(f.loop)
	}
	f.loop().Main()
}

func (f *function) loop() *minlambda.Loop {
	l := &minlambda.Loop{Invoke: f.serve}
	l.ExportTraceID()
	return l
}
