// Package lambdaslog is a slog.Handler that writes what Lambda, and people who
// search its logs, look for:
//
//	func main() {
//		logs := lambdaslog.New(os.Stderr, nil)
//		slog.SetDefault(slog.New(logs))
//		...
//	}
//
// In a handler, with its context,
//
//	slog.InfoContext(ctx, "order taken", "order", 4711)
//
// writes one line, here in two, in one write:
//
//	{"timestamp":"2026-11-25T20:00:00.123Z","level":"INFO","requestId":"8476a536-…",
//	"message":"order taken","order":4711}
//
// if the environment variable AWS_LAMBDA_LOG_FORMAT is JSON, in any case, and else
//
//	timestamp=2026-11-25T20:00:00.123Z level=INFO requestId=8476a536-…
//	message="order taken" order=4711
//
// # Fields
//
// Lambda filters lines of JSON by timestamp and level, and people query the
// others. They are always at the top level, also of a logger in a group, in this
// order: timestamp, to the millisecond in UTC; level; requestId, tenantId and,
// where [Options].FunctionARN is set, functionArn, from the context; source, where
// AddSource is set; message; errorType and errorMessage, of the first attribute
// that is an error. What is not known is left out. After them come the logger's
// attributes, then the record's, as slog's own handlers write them.
//
// An attribute at the top level that is called requestId, tenantId, functionArn,
// errorType or errorMessage takes the place of ours; one that is called timestamp,
// level or message gets an underscore after its name, so that no key comes twice
// and Lambda finds its own.
//
// # Levels
//
// AWS_LAMBDA_LOG_LEVEL says from which level on lines are written: TRACE, DEBUG,
// INFO, WARN, ERROR or FATAL, in any case; INFO if it is another word or not set.
// slog has four of them; [LevelTrace] and [LevelFatal] are the others. A level
// between two is written as the lower one, which is what Lambda can compare.
//
// # The context
//
// The request ID and the tenant's are those of the invocation whose context the
// record was logged with: one of package typed's, of minlambda's
// Invocation.Context, or one derived from it. Use slog's functions whose names end
// with Context. A line that is logged after the invocation has ended, by a
// goroutine that was left behind, has them if they were asked for before, by an
// earlier line, say; it never has those of another invocation.
//
// # The runtime's own messages
//
// [Handler.Log] takes them in the same format, to the same place:
//
//	loop := minlambda.Loop{Invoke: ..., Log: logs.Log}
//
// Without it the runtime writes them to standard error, in the format that
// AWS_LAMBDA_LOG_FORMAT names.
//
// # What it costs
//
// A line with attributes of basic kinds, times and durations allocates nothing,
// beside what slog itself does; the first line of an invocation copies the head of
// its event, in one allocation of some 600 bytes. Other values are written by
// encoding/json, or by fmt in TEXT.
package lambdaslog
