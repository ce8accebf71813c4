package wire

import (
	"errors"

	"github.com/minlambda/minlambda/internal/ascii"
)

// The faults of the connection itself. The faults of what it reads are in package parse.
var (
	ErrClosed      = errors.New("connection closed by the server")
	ErrStopped     = errors.New("stopped")
	ErrUnframed    = errors.New("answer has neither Content-Length nor chunked framing")
	ErrUnasked     = errors.New("bytes that nobody has asked for")
	ErrNoRequest   = errors.New("event without Lambda-Runtime-Aws-Request-Id")
	ErrNoEvent     = errors.New("no event (status 204)")
	ErrStatus      = errors.New("unexpected status")
	ErrTimeout     = errors.New("server has given the connection up")
	ErrNoExtension = errors.New("answer without a Lambda-Extension-Identifier of visible ASCII")
	ErrUnfit       = errors.New("Lambda-Runtime-Invocation-Id is not ASCII, and not echoed")
)

// An Error says where talking to the Runtime API failed, why, and what was found there.
type Error struct {
	Op    string // "connect", or the end of a request's path: "next", "response", "init/error", …
	Err   error  // the cause: a sentinel of this package or of parse, or a syscall.Errno
	Found string // what was found, in one line; may be empty

	gone   bool
	joined bool
	cut    bool
}

// Error returns the error as one line.
func (e *Error) Error() string {
	s := "minlambda: " + e.Op + ": " + e.Err.Error()
	if e.Found != "" {
		s += ": " + e.Found
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// failed makes an Error. Like the two functions below it is never inlined: errors are rare, and
// many places make them.
//
//go:noinline
func failed(op string, err error, found string) *Error {
	return &Error{Op: op, Err: err, Found: found}
}

// quoted makes the error for bytes that should not have come, or not in this form.
//
//go:noinline
func quoted(op string, err error, bytes []byte, more string) *Error {
	return failed(op, err, ascii.Quote(string(bytes))+more)
}

// lost makes the error for a connection that failed.
//
//go:noinline
func lost(op string, err error, found string) *Error {
	e := failed(op, err, found)
	e.gone = true
	return e
}

// Gone reports whether err means that the connection failed or could not be made, so that trying
// again on a new one makes sense. If the server said something wrong, it would say it again.
func Gone(err error) bool {
	e, ok := err.(*Error)
	return ok && e.gone
}

// NoEvent reports whether err is ErrNoEvent: a development server has given up a poll and must be
// asked again.
func NoEvent(err error) bool {
	e, ok := err.(*Error)
	return ok && e.Err == ErrNoEvent
}

// Sent reports whether err came after the request op was sent, in whole or in part, and not while
// connecting for it.
func Sent(err error, op string) bool {
	e, ok := err.(*Error)
	return ok && e.Op == op
}

// Joined reports whether err is the server's refusal of a GET that was sent together with a
// response. Some proxies handle both requests at once: the GET overtakes the response and is
// refused, since the invocation is still open. Such a GET may be sent once more, alone.
func Joined(err error) bool {
	e, ok := err.(*Error)
	return ok && e.joined
}
