// Package typed serves handlers over Go types, with encoding/json:
//
//	func main() {
//		typed.Run(func(ctx context.Context, in Order) (Receipt, error) {
//			return Receipt{ID: in.ID}, nil
//		})
//	}
//
// [Run] serves a [Func], and never returns. [New] makes of it what
// minlambda.Loop takes as Invoke, for the loop's options and for tests.
//
// # Forms
//
// A handler that needs less is made a Func by a function that says what is
// missing:
//
//	func(ctx, In) (Out, error)    typed.Run(h)
//	func(In) (Out, error)         typed.Run(typed.NoContext(h))
//	func(ctx) (Out, error)        typed.Run(typed.NoInput(h))
//	func(ctx, In) error           typed.Run(typed.NoOutput(h))
//	func(ctx, In) Out             typed.Run(typed.NoError(h))
//	func(ctx) error               typed.Run(typed.Task(h))
//
// # The invocation
//
// The context ends at the function's deadline, or before it ([WithMargin]), and
// when the handler returns. [FromContext] gives the request ID, the function's
// ARN and the rest of what Lambda says, when it is asked.
//
// # Events and responses
//
// An event is one JSON value. One that is empty, is not JSON, has something
// after the value, or does not fit In is that invocation's error, and the handler
// is not called: SyntaxError, or UnmarshalTypeError, with the number of bytes
// after which it was found, and the path of the field where encoding/json knows
// it. A handler without input takes any event, and none.
//
// The response is Out as json.Encoder writes it, straight into the loop's write
// buffer, without escapes for HTML and without a line end; null if the handler
// has no output. What cannot be written, such as NaN or a channel, is the
// invocation's error. The response may have minlambda.MaxResponse bytes.
//
// Errors that the handler returns, and panics, are reported as those of any
// minlambda.Loop: see minlambda.TypedError.
//
// # Whose memory
//
// In and Out belong to the handler, which may keep them: nothing in them is used
// again. What encoding/json needs is; what a large event has made of it is given
// back after a hundred small ones.
//
// # Several invocations at once
//
// Where Lambda sets AWS_LAMBDA_MAX_CONCURRENCY, Run calls the handler from as
// many goroutines at once, as aws-lambda-go does.
//
// # What it costs
//
// Beside what encoding/json allocates for the values themselves, an invocation
// allocates its context, of some 200 bytes. What the handler asks of that comes on
// top: a timer and a channel for Done or Err, 5 allocations; a copy of the event's
// head for FromContext, one. Run allocates two more for a trace ID that differs
// from the last one's: see Loop.ExportTraceID. A program has some 900 kB more than
// one over bytes, nearly all of it encoding/json and what that needs.
package typed
