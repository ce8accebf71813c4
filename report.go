package minlambda

import (
	"runtime"

	"github.com/minlambda/minlambda/internal/ascii"
)

// A TypedError chooses what stands as errorType in the report of an error that
// a handler returns, where it is otherwise the name of the error's Go type, as
// it is if ErrorType returns nothing. It is looked for as errors.As does, in the
// error and in those that it wraps, ten thousand at most. In the header that
// the Runtime API reads the type appears as Function.Type, or as it is if it
// begins with Function. or Runtime. already.
type TypedError interface {
	error
	ErrorType() string
}

// An apiError is an error of ours, with the type that Lambda's own runtimes
// give it.
type apiError struct{ kind, message string }

func (e *apiError) Error() string     { return e.message }
func (e *apiError) ErrorType() string { return e.kind }

const typeTooLarge = "Function.ResponseSizeTooLarge"

// tooLarge is worded as Lambda words it to the caller of another runtime.
func tooLarge(n int64) error {
	return &apiError{typeTooLarge, "Response payload size (" + ascii.Utoa(uint64(n)) +
		" bytes) exceeded maximum allowed payload size (" + ascii.Itoa(MaxResponse) + " bytes)."}
}

func badContentType(message string) error {
	return &apiError{"Function.InvalidContentType", message}
}

// Limits that keep a report under 1 MiB, beyond which a managed Runtime API
// refuses it, and the caller learns nothing: a byte of the message takes six
// in JSON at the worst (\u0000), one of the type as well, and a frame of the
// stack two names.
const (
	maxMessage = 96 << 10 // 576 KiB
	maxType    = 256
	maxFrames  = 64
	maxName    = 512 // 64 * 2 * 512 * 6 = 384 KiB
)

// describe returns what the report of an error says of it. It calls methods of
// the user's.
func describe(err error) (kind, message string) {
	var named any = err
	if typed := new(search).typed(err); typed != nil {
		kind, named = typed.ErrorType(), typed
	}
	if kind == "" {
		kind = typeName(named)
	}
	return kind, err.Error()
}

// describeAny is describe for an error of which nothing is known: it may be
// nil, and its methods may panic.
func describeAny(err error) (kind, message string) {
	if err == nil {
		return "nil", "start-up failed, of which FailInit was given no error"
	}
	defer func() {
		if v := recover(); v != nil {
			kind = typeName(err)
			message = kind + " whose method panicked: " + panicMessage(v)
		}
	}()
	return describe(err)
}

// reportOf is the error JSON that Lambda's users know.
func reportOf(rec *Record) string {
	if rec.own != nil {
		return string(rec.own)
	}
	return `{"errorMessage":` + ascii.JSON(rec.Message) + `,"errorType":` + ascii.JSON(rec.Type) +
		rec.stackTrace()
}

// stackTrace ends a JSON object about the record, with its stack if it has one.
func (rec *Record) stackTrace() string {
	if !rec.Panic {
		return "}"
	}
	return `,"stackTrace":[` + string(rec.frames) + "]}"
}

// maxErrors bounds the search for a TypedError in what an error wraps: one that
// wraps itself would be searched for ever, one that joins two that join the
// same two, and so on, for longer than the sun lasts. Ten thousand calls are a
// fraction of a millisecond, and 2 MB of stack.
const maxErrors = 10_000

// A search is one for a TypedError, and counts the errors seen.
type search int

// typed is errors.As for one interface, without the reflection.
func (s *search) typed(err error) TypedError {
	if *s++; *s > maxErrors {
		return nil
	}
	switch e := err.(type) {
	case TypedError:
		return e
	case interface{ As(any) bool }:
		var typed TypedError
		if e.As(&typed) {
			return typed
		}
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return s.typed(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			if typed := s.typed(err); typed != nil {
				return typed
			}
		}
	}
	return nil
}

// typeName is the name of v's type without its package: errorString for what
// errors.New returns. A type without a name has its notation.
//
// Package reflect would say it in a line, and break the limit of tidy.TestSize:
// reflect.Type has a method String, and where that is called through an
// interface the linker keeps every String method there is, time.Time's and its
// time zones among them. The Go runtime names the type as well, in the error of
// a type assertion that fails, as this one to a method of ours must.
func typeName(v any) (name string) {
	if v == nil {
		return "nil"
	}
	defer func() {
		err, _ := recover().(*runtime.TypeAssertionError)
		name = typeInMessage(err.Error())
	}()
	_ = v.(interface{ minlambdaTypeName() })
	return ""
}

// typeInMessage finds the type in "interface conversion: T is not …".
func typeInMessage(s string) string {
	const before, after = "interface conversion: ", " is not "
	if len(s) < len(before) || s[:len(before)] != before {
		return "error"
	}
	s = s[len(before):]
	for i := 0; i+len(after) <= len(s); i++ {
		if s[i:i+len(after)] == after {
			s = s[:i]
			break
		}
	}
	name := s
	if name[0] == '*' {
		name = name[1:]
	}
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == '.':
			return name[i+1:] // package names have no dot, and no path comes before
		case c < '0' || c > '9' && c < 'A' || c > 'Z' && c < '_' || c == '{':
			return s // a notation: []T, map[K]V, func(T), struct { … }
		}
	}
	return name
}

// headerType puts an error type into the form that the Runtime API keeps,
// (Runtime|Function)\.[A-Z][a-zA-Z]+; anything else it would replace by
// Unknown.
func headerType(kind string) string {
	const function, runtime = "Function.", "Runtime."
	letters := []byte(function)
	if len(kind) > len(function) && kind[:len(function)] == function {
		kind = kind[len(function):]
	} else if len(kind) > len(runtime) && kind[:len(runtime)] == runtime {
		letters, kind = []byte(runtime), kind[len(runtime):]
	}
	n := len(letters)
	for i := 0; i < len(kind) && len(letters) < n+maxType; i++ {
		c := kind[i]
		if lower := c | 0x20; 'a' <= lower && lower <= 'z' {
			if len(letters) == n {
				c &^= 0x20
			}
			letters = append(letters, c)
		}
	}
	if len(letters) < n+2 {
		return string(letters[:n]) + "Unknown"
	}
	return string(letters)
}

// clip is s if it has at most limit bytes; else its beginning, which ends with
// a whole character, and how much is left out.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	cut := limit
	for cut > max(0, limit-3) && s[cut]&0xc0 == 0x80 {
		// A character goes on here, and began 3 bytes before at the earliest.
		cut--
	}
	return s[:cut] + "… (" + ascii.Itoa(len(s)-cut) + " bytes more)"
}
