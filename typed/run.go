package typed

import "github.com/minlambda/minlambda"

// Run serves h and never returns, as minlambda.Run does. Where Lambda sets
// AWS_LAMBDA_MAX_CONCURRENCY it serves as many events at once.
func Run[In, Out any](h Func[In, Out], opts ...Option) {
	minlambda.RunInvocation(New(h, opts...))
}
