package typed

import "github.com/minlambda/minlambda"

// Run serves h and never returns, as minlambda.Run does. It puts the trace ID of
// each event into the environment, for AWS's SDKs, as Loop.ExportTraceID says. Where
// Lambda sets AWS_LAMBDA_MAX_CONCURRENCY it serves as many events at once, as
// minlambda.RunConcurrent says, and calls h from several goroutines at once.
//
// Another Loop's options take a Loop: New makes what that needs.
func Run[In, Out any](h Func[In, Out], opts ...Option) {
	minlambda.RunConcurrent(func() *minlambda.Loop {
		l := &minlambda.Loop{Invoke: New(h, opts...)}
		l.ExportTraceID()
		return l
	})
}
