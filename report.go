package minlambda

import (
	"runtime"
	"strconv"
	"unicode/utf8"
)

// A TypedError chooses what stands as errorType in the report of an error that
// a handler returns, where it is otherwise the name of the error's Go type. It
// is looked for in the error and in those that it wraps. In the header that
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
	return &apiError{typeTooLarge, "Response payload size (" + strconv.FormatInt(n, 10) +
		" bytes) exceeded maximum allowed payload size (" + strconv.Itoa(MaxResponse) + " bytes)."}
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

// appendError appends the report of an error that a handler has returned, and
// returns the error type for the header. It calls methods of the user's.
func appendError(dst []byte, err error) (report []byte, header string) {
	kind := ""
	if typed := findTyped(err); typed != nil {
		kind = typed.ErrorType()
	} else {
		kind = typeName(err)
	}
	return append(appendReport(dst, err.Error(), kind), '}'), headerType(kind)
}

// appendReport appends the error JSON that Lambda's users know, but for the
// brace at its end, before which a stack trace may come.
func appendReport(dst []byte, message, kind string) []byte {
	dst = append(dst, `{"errorMessage":`...)
	dst = appendJSONString(dst, message, maxMessage)
	dst = append(dst, `,"errorType":`...)
	return appendJSONString(dst, kind, maxType)
}

// findTyped is errors.As for one interface, without the reflection.
func findTyped(err error) TypedError {
	switch e := err.(type) {
	case nil:
	case TypedError:
		return e
	case interface{ Unwrap() error }:
		return findTyped(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			if typed := findTyped(err); typed != nil {
				return typed
			}
		}
	}
	return nil
}

// typeName is the name of v's type without its package: errorString for what
// errors.New returns. A type without a name has its notation.
//
// Package reflect would say it in a line, and break the limit of TestSize:
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
	prefix, name := "Function.", kind
	for _, p := range [...]string{"Function.", "Runtime."} {
		if len(kind) > len(p) && kind[:len(p)] == p {
			prefix, name = p, kind[len(p):]
		}
	}
	letters := make([]byte, 0, len(prefix)+min(len(name), maxType))
	letters = append(letters, prefix...)
	for i := 0; i < len(name) && len(letters) < cap(letters); i++ {
		c := name[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' {
			if len(letters) == len(prefix) {
				c &^= 0x20
			}
			letters = append(letters, c)
		}
	}
	if len(letters) < len(prefix)+2 {
		return prefix + "Unknown"
	}
	return string(letters)
}

// appendJSONString appends s as a JSON string, of valid UTF-8 whatever s is:
// a byte that is none becomes U+FFFD. Of more than limit bytes the rest is
// left out, and said to be.
func appendJSONString(dst []byte, s string, limit int) []byte {
	const hex = "0123456789abcdef"
	left := 0
	if len(s) > limit {
		cut := limit
		for i := limit - 1; i >= 0 && i > limit-utf8.UTFMax; i-- { // a character that the limit cuts begins here at the earliest
			if _, size := utf8.DecodeRuneInString(s[i:]); i+size > limit {
				cut = i
			}
		}
		left, s = len(s)-cut, s[:cut]
	}
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		case c < ' ' || c == 0x7f:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += size
			continue
		}
		i++
	}
	if left > 0 {
		dst = append(dst, "… ("...)
		dst = strconv.AppendInt(dst, int64(left), 10)
		dst = append(dst, " bytes more)"...)
	}
	return append(dst, '"')
}
