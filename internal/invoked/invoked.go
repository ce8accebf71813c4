// Package invoked has the key by which the context of an invocation says which
// invocation it is of, to the packages of this library.
package invoked

// Key is the key: ctx.Value(Key{}) is nil, or has the methods of Names.
type Key struct{}

// Names are those of an invocation, as lines of log show them.
type Names interface {
	// Names returns the invocation's request ID, its tenant's ID and the
	// function's ARN; each is empty if it is not known. It may be called from any
	// goroutine, also after the invocation has ended: then it knows what it was
	// asked for before. What it returns must not be changed, and may be kept.
	Names() (requestID, tenantID, functionARN []byte)
}
