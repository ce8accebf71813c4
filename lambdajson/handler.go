// Package lambdajson serves handlers over JSON values, with fastjson: without
// structs, reflection or an allocation.
//
//	func main() {
//		lambdajson.Run(func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
//			return a.NewString("Hello, " + string(event.GetStringBytes("name"))), nil
//		})
//	}
//
// [Run] serves a [Handler], [RunInvocation] one that also wants the invocation.
// [New] and [NewInvocation] make of each what package minlambda's Loop takes,
// for options and for tests. Event and response are checked: what is not JSON
// as RFC 8259 defines it is that invocation's error.
package lambdajson

import (
	"github.com/minlambda/minlambda"
	"github.com/valyala/fastjson"
)

// A Handler turns a JSON value into another. Values for the response are made
// with a; the result may hold parts of event; nil is the response null. Arena,
// event and result belong to the loop and are reused for the next invocation, so
// none of them may be used after the handler has returned.
//
// Of a key that an object has twice Get finds the first, whatever escapes the
// keys are written with. Set replaces the first, and Del deletes it; each
// leaves the others in place, and in what the handler passes on. Where that
// matters, call Del until Exists is false.
//
// Reading a value changes it: fastjson decodes a string or a key when it is
// first asked for. So two goroutines must not use values of one event at once,
// not even to read them; read first what the goroutines need.
//
// A result that is not JSON is the error Runtime.MarshalError of that
// invocation: a number made of NaN or an infinity, or one that
// NewNumberString has made of another text. What strings hold is always made
// JSON; bytes that are not UTF-8 become U+FFFD. A result must not hold itself:
// writing it would not end.
type Handler func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error)

// An InvocationHandler is a Handler that also gets the invocation: its request
// ID, deadline and context. The result is the whole response; what the handler
// writes to inv is not sent. Inv lives as long as arena, event and result.
type InvocationHandler func(
	inv *minlambda.Invocation, a *fastjson.Arena, event *fastjson.Value,
) (*fastjson.Value, error)

// Run serves h and never returns, as [minlambda.Run] does.
func Run(h Handler) { minlambda.Run(New(h)) }

// RunInvocation serves h and never returns, as [minlambda.RunInvocation] does.
func RunInvocation(h InvocationHandler) { minlambda.RunInvocation(NewInvocation(h)) }

// New makes a minlambda.Handler of h. An event that is not JSON as RFC 8259
// defines it, the empty one included, is the error Runtime.UnmarshalError of that
// invocation, and h is not called. So is one whose values are nested more than
// 300 deep, which is fastjson's bound. Numbers keep their text, so that their
// size only matters to who converts them. Memory is bounded by the event's size
// alone: many small values take up to 230 times that, which Loop.MaxEvent can
// bound for a small function. What New returns has a parser and an arena, and so
// is for one loop.
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

// NewInvocation is New for a handler that gets the whole invocation. What it
// returns is for Loop.Invoke, and for one loop.
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

// A notJSON is an error of this package, with the type that Lambda's own
// runtimes give it.
type notJSON struct{ kind, message string }

func (e *notJSON) Error() string     { return e.message }
func (e *notJSON) ErrorType() string { return e.kind }
