// Package halt is how package shutdown reaches the loops of its process. The
// root imports this, and not package shutdown, which needs os/signal: a program
// that registers nothing has a nil pointer here, and no code.
package halt

import (
	"context"
	"sync/atomic"

	"github.com/minlambda/minlambda/wire"
)

// A Hook is what package shutdown does for the loops of its process. Loops that
// run together count as one.
type Hook struct {
	// Join is called before a loop's first request. The context that it returns
	// ends with parent, which may be nil, or when the process is told to end. A
	// warning that is not empty is for the loop to log. When the loop has ended it
	// calls leave, and says whether it has failed; leave does not return if the
	// process has been told to end.
	Join func(parent context.Context, api wire.Addr) (
		ctx context.Context, leave func(failed bool), warning string)

	// Watch is for the context that Join has returned.
	Watch Watcher

	// Ending reports whether the process has been told to end.
	Ending func() bool
}

// Registered is a Hook. It is a type of its own since the name of the generic function that loads
// it would have all of Hook in it, in every program.
type Registered struct{ *Hook }

// Process is what loops look at; nil if nobody has registered anything.
var Process atomic.Pointer[Registered]

// Begun is set when a loop begins: what registers later comes too late for it.
var Begun atomic.Bool
