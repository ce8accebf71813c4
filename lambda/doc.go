// Package lambda is aws-lambda-go's package lambda on the runtime minlambda. A program changes one
// import line, and nothing else:
//
//	import "github.com/minlambda/minlambda/lambda" // was github.com/aws/aws-lambda-go/lambda
//
//	func main() {
//		lambda.Start(func(ctx context.Context, in Order) (Receipt, error) {
//			return Receipt{ID: in.ID}, nil
//		})
//	}
//
// Packages events, lambdacontext, lambda/messages and lambda/handlertrace of aws-lambda-go stay as
// they are. What the Runtime API gets is what aws-lambda-go 1.55.1 sends it, but for what README.md
// lists; docs/migrating.md in the repository has all that a program may have to change.
//
// # Handlers
//
// A handler over Go types is a function of one of these forms. TIn is made of the event, and the
// response of TOut, by encoding/json.
//
//	func()                         func(context.Context)
//	func() error                   func(context.Context) error
//	func() (TOut, error)           func(context.Context) (TOut, error)
//	func(TIn)                      func(context.Context, TIn)
//	func(TIn) error                func(context.Context, TIn) error
//	func(TIn) (TOut, error)        func(context.Context, TIn) (TOut, error)
//
// A [Handler] is one over bytes; its responses have the content type application/octet-stream.
//
// Of an event the first JSON value is taken, and what comes after it is not looked at. A handler
// without TIn takes any event. Without TOut the response is null.
//
// If TOut is an [io.Reader] of which encoding/json makes nothing, an error or {}, the response is
// what it reads, sent as a stream while it is read. A method ContentType() string says the content
// type, which is application/octet-stream otherwise; one Close() error is called when it was read.
// If reading fails the caller has a part of the response already, and gets the error after it. This
// is also how events.LambdaFunctionURLStreamingResponse works.
//
// # Errors
//
// An error is reported with its text, and with the name of its Go type; a
// messages.InvokeResponse_Error as it is, and with ShouldExit it ends the process. A panic is
// reported with its stack, and ends the process.
//
// # Contexts
//
// The context ends at the function's deadline, and when the handler returns. It has what
// lambdacontext.FromContext finds and, under the string "x-amzn-trace-id", the trace ID, which is
// in the environment variable _X_AMZN_TRACE_ID as well unless several events are handled at once.
//
// # Several invocations at once
//
// Where Lambda sets AWS_LAMBDA_MAX_CONCURRENCY to more than 1, the handler is called by as many
// goroutines at once.
//
// # Whose memory
//
// TIn and TOut are the handler's, which may keep them. The event that a Handler is given may be
// used until its response was sent, and the response must not change until the next event comes.
package lambda
