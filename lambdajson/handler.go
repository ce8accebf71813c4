// Package lambdajson serves handlers over JSON values, with fastjson: without structs, reflection
// or allocations.
//
//	func main() {
//		lambdajson.Run(func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
//			return a.NewString("Hello, " + string(event.GetStringBytes("name"))), nil
//		})
//	}
//
// [Run] serves a [Handler], [RunInvocation] one that also wants the invocation. [New] and
// [NewInvocation] turn each into what package minlambda's Loop takes, for options and for tests.
// Event and response are checked: if one of them is not JSON as RFC 8259 defines it, that
// invocation fails.
package lambdajson

import (
	"github.com/minlambda/minlambda"
	"github.com/valyala/fastjson"
)

// A Handler turns a JSON value into another. It makes values for the response with a. The result
// may hold parts of event; nil is the response null. Arena, event and result belong to the loop,
// which reuses them for the next invocation: none of them may be used after the handler has
// returned.
//
// If an object has a key twice, Get finds the first, whatever escapes the keys are written with.
// Set replaces the first and Del deletes it; both leave the others in place, and in what the
// handler passes on. Where that matters, call Del until Exists is false.
//
// Reading a value changes it: fastjson decodes a string or a key when it is first asked for. So two
// goroutines must not use values of one event at once, not even to read them. First read what the
// goroutines need.
//
// If the result is not JSON, the invocation fails with Runtime.MarshalError. A number made of NaN
// or an infinity is not JSON, nor is one that NewNumberString has made of another text. The
// contents of strings always become JSON; bytes that are not UTF-8 become U+FFFD. A result must not
// contain itself: writing it would not end.
type Handler func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error)

// An InvocationHandler is a Handler that also gets the invocation: its request ID, deadline and
// context. The result is the whole response; what the handler writes to inv is not sent. Inv lives
// as long as arena, event and result.
type InvocationHandler func(
	inv *minlambda.Invocation, a *fastjson.Arena, event *fastjson.Value,
) (*fastjson.Value, error)

// Run serves h and never returns, as [minlambda.Run] does.
func Run(h Handler) { minlambda.Run(New(h)) }

// RunInvocation serves h and never returns, as [minlambda.RunInvocation] does.
func RunInvocation(h InvocationHandler) { minlambda.RunInvocation(NewInvocation(h)) }

// New turns h into a minlambda.Handler. If the event is not JSON as RFC 8259 defines it, or is
// empty, the invocation fails with Runtime.UnmarshalError, and h is not called. The same happens if
// its values are nested more than 300 deep, which is fastjson's limit. Numbers keep their text, so
// their size matters only to code that converts them. Only the event's size bounds the memory used:
// many small values take up to 230 times that size. A small function can set Loop.MaxEvent to bound
// it. The handler that New returns has a parser and an arena, and so may be used by one loop only.
func New(h Handler) minlambda.Handler {
	var m memory
	return func(dst, event []byte) ([]byte, error) {
		value, err := m.parse(event)
		if err != nil {
			return nil, err
		}
		response, err := h(&m.arena, value)
		if err != nil {
			return nil, err
		}
		return m.respond(dst, response)
	}
}

// NewInvocation is New for a handler that gets the whole invocation. Its result is for Loop.Invoke,
// and for one loop.
func NewInvocation(h InvocationHandler) func(inv *minlambda.Invocation) error {
	var m memory
	return func(inv *minlambda.Invocation) error {
		dst := inv.Dst()
		value, err := m.parse(inv.Event())
		if err != nil {
			return err
		}
		response, err := h(inv, &m.arena, value)
		if err != nil {
			return err
		}
		out, err := m.respond(dst, response)
		if err != nil {
			return err
		}
		inv.SetResponse(out)
		return nil
	}
}

// A notJSON is an error of this package, with the error type that Lambda's own runtimes use.
type notJSON struct{ kind, message string }

func (e *notJSON) Error() string     { return e.message }
func (e *notJSON) ErrorType() string { return e.kind }
