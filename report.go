package minlambda

import (
	"errors"
	"reflect"
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

// tooLarge is worded as Lambda words it to the caller of another runtime.
func tooLarge(n int) error {
	return &apiError{"Function.ResponseSizeTooLarge", "Response payload size (" + strconv.Itoa(n) +
		" bytes) exceeded maximum allowed payload size (" + strconv.Itoa(MaxResponse) + " bytes)."}
}

func badContentType(s string) error {
	return &apiError{"Function.InvalidContentType", "content type has a byte other than visible ASCII, space and tab: " +
		strconv.QuoteToASCII(s)}
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
	kind := typeName(err)
	var typed TypedError
	if errors.As(err, &typed) {
		kind = typed.ErrorType()
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

// typeName is the name of v's type without its package: errorString for what
// errors.New returns. A type without a name has its notation.
func typeName(v any) string {
	t := reflect.TypeOf(v)
	if t == nil {
		return "nil"
	}
	if t.Kind() == reflect.Pointer && t.Elem().Name() != "" {
		t = t.Elem()
	}
	if t.Name() != "" {
		return t.Name()
	}
	return t.String()
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
		for limit > 0 && !utf8.RuneStart(s[limit]) {
			limit--
		}
		left, s = len(s)-limit, s[:limit]
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
