// Json greets whoever the event names: {"name":"Ada"} is answered with {"greeting":"Hello, Ada!"}.
package main

import (
	"errors"

	"github.com/minlambda/minlambda/lambdajson"
	"github.com/valyala/fastjson"
)

var errNoName = errors.New(`the event has no string "name"`)

func main() {
	var text []byte // reused for each greeting
	lambdajson.Run(func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
		name := event.GetStringBytes("name")
		if name == nil {
			return nil, errNoName
		}
		text = append(text[:0], "Hello, "...)
		text = append(text, name...)
		text = append(text, '!')

		response := a.NewObject()
		response.Set("greeting", a.NewStringBytes(text))
		return response, nil
	})
}
