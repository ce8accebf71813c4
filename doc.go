// Package minlambda is a minimal AWS Lambda runtime: it polls the Lambda
// Runtime API for events and gives each to a function over bytes, without
// allocating.
//
//	func main() {
//		minlambda.RunOK(func(dst, event []byte) []byte {
//			return append(dst, `"Hello, world!"`...)
//		})
//	}
//
// # Handlers
//
// A [Handler] appends its response to dst and returns the extended slice, like
// strconv.AppendInt; it may also return any slice of its own. [Run] serves it.
// [RunOK] serves a handler that cannot fail, and [RunInvocation] one that wants
// the invocation's metadata, a content type or an io.Writer; package lambdajson
// serves handlers over JSON values, and package typed handlers over Go types. None
// of them returns: they report a failure on standard error and exit with status
// 1, which makes Lambda start a fresh process. Standard error is also the log of
// what goes wrong with an invocation, in the format that AWS_LAMBDA_LOG_FORMAT
// names; [Loop.Log] takes it instead.
// [Loop] is the same with options and an error, for tests and for
// programs with more to do.
//
// # Start-up
//
// [Init] runs what is done once, before the first event, and reports its error or
// panic to Lambda. Packages snapstart and metadata are for functions with
// SnapStart, and for those that ask where they run.
//
// By its context ([Invocation.Context]) an invocation is known anywhere: [FromContext]
// says what Lambda says about it, and package lambdaslog, a slog.Handler, writes its
// request ID into each line.
//
// # Whose bytes
//
// dst, event and everything that an [Invocation] hands out but its context
// belong to the loop and are reused for the next invocation: a handler that
// wants to keep some of them copies them. The Invocation itself is dead once
// its handler has returned: a later call panics. A slice that a handler returns
// belongs to the loop until the handler is called again. [Loop.Poison] finds the
// handlers that get this wrong; the build tag minlambda_poison sets it for every
// loop of a program, and overwrites the values of package lambdajson too:
//
//	go test -tags minlambda_poison ./...
//
// # Limits
//
// An event may have 32 MiB unless [Loop.MaxEvent] says otherwise; Lambda sends
// 6 MiB at the most. A response may have [MaxResponse] bytes.
//
// The file to read first is loop.go. Package wire is the connection, package
// parse the parser; package lambdatest is a Runtime API for tests.
package minlambda
