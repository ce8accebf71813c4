package wire

import (
	"errors"
	"strconv"
)

// The faults that are the connection's own; those of what it reads are
// package parse's.
var (
	ErrClosed    = errors.New("connection closed by the server")
	ErrStopped   = errors.New("stopped")
	ErrUnframed  = errors.New("answer has neither Content-Length nor chunked framing")
	ErrUnasked   = errors.New("bytes that nobody has asked for")
	ErrNoRequest = errors.New("event without Lambda-Runtime-Aws-Request-Id")
	ErrNoEvent   = errors.New("no event (status 204)")
	ErrStatus    = errors.New("unexpected status")
	ErrTimeout   = errors.New("server has given the connection up")
	ErrUnfit     = errors.New("Lambda-Runtime-Invocation-Id is not ASCII, and not echoed")
)

// An Error says where talking to the Runtime API failed, why, and what was
// found there.
type Error struct {
	Op    string // "connect", "next", "response", "error" or "init/error"
	Err   error  // the cause: a sentinel of this package or of package parse, or a syscall.Errno
	Found string // what was found, in one line; may be empty

	gone   bool
	joined bool
}

// Error is one line.
func (e *Error) Error() string {
	s := "minlambda: " + e.Op + ": " + e.Err.Error()
	if e.Found != "" {
		s += ": " + e.Found
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// lost is the error of a connection that failed.
func lost(op string, err error, found string) *Error {
	return &Error{Op: op, Err: err, Found: found, gone: true}
}

// Gone reports whether err means that the connection failed, or could not be
// made, so that trying again on a new one makes sense. What a server has said
// wrongly it would say again.
func Gone(err error) bool {
	e, ok := err.(*Error)
	return ok && e.gone
}

// NoEvent reports whether err is ErrNoEvent: a server for development has given a
// poll up, and is to be asked again.
func NoEvent(err error) bool {
	e, ok := err.(*Error)
	return ok && e.Err == ErrNoEvent
}

// Sent reports whether err came after the request op was sent, in whole or in
// part, and not while a connection for it was made.
func Sent(err error, op string) bool {
	e, ok := err.(*Error)
	return ok && e.Op == op
}

// Joined reports whether err is the server's refusal of a GET that left together
// with a response. There are proxies that handle both requests at once: the GET
// then overtakes the response, and is refused since the invocation is open. Such
// a GET may be sent once more, alone.
func Joined(err error) bool {
	e, ok := err.(*Error)
	return ok && e.joined
}

// maxQuote is how many bytes of an answer an error shows: enough to recognise a
// line by, few enough for a line of log.
const maxQuote = 120

// Quote shows s in one line of ASCII, as Go would write it in its source; of a
// long s the beginning, and how much is left out.
func Quote(s string) string {
	const hex = "0123456789abcdef"
	var q []byte
	q = append(q, '"')
	for i := 0; i < len(s) && i < maxQuote; i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			q = append(q, '\\', c)
		case c == '\n':
			q = append(q, '\\', 'n')
		case c == '\r':
			q = append(q, '\\', 'r')
		case c == '\t':
			q = append(q, '\\', 't')
		case c < ' ' || c > '~':
			q = append(q, '\\', 'x', hex[c>>4], hex[c&15])
		default:
			q = append(q, c)
		}
	}
	q = append(q, '"')
	if len(s) > maxQuote {
		q = append(q, " and "+strconv.Itoa(len(s)-maxQuote)+" bytes more"...)
	}
	return string(q)
}
