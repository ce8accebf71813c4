package minlambda

import "github.com/valyala/fastjson"

// A JSONHandler turns a JSON value into another. Values for the response are
// made with a; the result may hold parts of event; nil is the response null.
// Arena, event and result belong to the loop and are reused for the next
// invocation, so none of them may be used after the handler has returned.
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
type JSONHandler func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error)

// A JSONInvocationHandler is a JSONHandler that also gets the invocation: its
// request ID, deadline and context. The result is the whole response; what the
// handler writes to inv is not sent. Inv lives as long as arena, event and
// result.
type JSONInvocationHandler func(
	inv *Invocation, a *fastjson.Arena, event *fastjson.Value,
) (*fastjson.Value, error)

// RunJSON is Run for a handler over JSON values.
func RunJSON(h JSONHandler) { Run(JSON(h)) }

// RunJSONInvocation is Run for a handler over JSON values that gets the whole
// invocation.
func RunJSONInvocation(h JSONInvocationHandler) { RunInvocation(JSONInvocation(h)) }

// JSON makes a Handler of h. An event that is not JSON as RFC 8259 defines it,
// the empty one included, is the error Runtime.UnmarshalError of that
// invocation, and h is not called. So is one whose values are nested more than
// 300 deep, which is fastjson's bound. Numbers keep their text, so that their
// size only matters to who converts them. Memory is bounded by the event's size
// alone: many small values take up to 230 times that, which Loop.MaxEvent can
// bound for a small function. The Handler has a parser and an arena, and so is
// for one loop.
func JSON(h JSONHandler) Handler {
	var memory jsonMemory
	return func(dst, event []byte) ([]byte, error) {
		value, err := memory.parse(event)
		if err != nil {
			return nil, err
		}
		response, err := h(&memory.arena, value)
		if err != nil {
			return nil, err
		}
		return memory.respond(dst, response)
	}
}

// JSONInvocation is JSON for a handler that gets the whole invocation. What it
// makes of h is for Loop.Invoke, and for one loop.
func JSONInvocation(h JSONInvocationHandler) func(inv *Invocation) error {
	var memory jsonMemory
	return func(inv *Invocation) error {
		dst := inv.Dst()
		value, err := memory.parse(inv.Event())
		if err != nil {
			return err
		}
		response, err := h(inv, &memory.arena, value)
		if err != nil {
			return err
		}
		out, err := memory.respond(dst, response)
		if err != nil {
			return err
		}
		inv.SetResponse(out)
		return nil
	}
}
