// Package verbatim is how an error says itself what is reported of it. Package
// lambda, a module of its own, reports errors in aws-lambda-go's words, byte for byte.
package verbatim

// An Error is one that a handler with an Invocation returns, and of which the
// loop makes no report of its own. It is not looked for in what an error wraps.
type Error interface {
	error
	Report() *Report
}

// A Report is what the loop says of such an error.
type Report struct {
	Type    string // errorType
	Message string // errorMessage
	JSON    []byte // what the Runtime API gets: an object of those, and of a stack

	Stack  string // for the log, as Go prints it; empty if there is none
	Frames []byte // the stack as in JSON, without the brackets
	Paths  string // the files in it as JSON, each once, with a comma before each

	Panic bool // it was one
	Exit  bool // the loop ends after the report
}

// Of returns the report of err, if it has one.
func Of(err error) *Report {
	if e, ok := err.(Error); ok {
		return e.Report()
	}
	return nil
}
