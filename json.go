package minlambda

import "github.com/valyala/fastjson"

// A JSONHandler turns a JSON value into another. Values for the response are
// made with a; the result may hold parts of event; nil is the response null.
// Arena, event and result belong to the loop and are reused for the next
// invocation, so none of them may be used after the handler has returned.
type JSONHandler func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error)

// RunJSON is Run for a handler over JSON values.
func RunJSON(h JSONHandler) { Run(JSON(h)) }

// JSON makes a Handler of h. An event that is no JSON, the empty one included,
// is the error Runtime.UnmarshalError of that invocation, and h is not called.
// fastjson sets the bounds: values nested more than 300 deep are refused, and
// numbers keep their text, so that their size only matters to who converts
// them. It takes for JSON a little that is not, such as 01 or NaN; Lambda lets
// no such event in, and fuzz/DIFFERENCES.md has the list. The Handler has a
// parser and an arena, and so is for one loop.
func JSON(h JSONHandler) Handler {
	var parser fastjson.Parser
	var arena fastjson.Arena
	return func(dst, event []byte) ([]byte, error) {
		value, err := parser.ParseBytes(event)
		if err != nil {
			return nil, &apiError{"Runtime.UnmarshalError", "event is not JSON: " + err.Error()}
		}
		arena.Reset()
		response, err := h(&arena, value)
		if err != nil {
			return nil, err
		}
		if response == nil {
			return append(dst, "null"...), nil
		}
		return mendEscapes(response.MarshalTo(dst), len(dst)), nil
	}
}
