// Minlambda greets over the library's fastjson layer.
package main

import (
	"strconv"

	"github.com/minlambda/minlambda/bench/internal/echo"
	"github.com/minlambda/minlambda/lambdajson"
	"github.com/valyala/fastjson"
)

func main() {
	greeting := []byte("Hello, ")
	lambdajson.Run(func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
		name := event.GetStringBytes("name")
		if len(name) == 0 {
			return stats(a), nil
		}
		greeting = append(append(greeting[:len("Hello, ")], name...), '!')
		out := a.NewObject()
		out.Set("greeting", a.NewStringBytes(greeting))
		return out, nil
	})
}

// stats answers echo.Stats, as text since an arena's numbers are floats.
func stats(a *fastjson.Arena) *fastjson.Value {
	mallocs, bytes := echo.Allocated()
	out := a.NewObject()
	out.Set("mallocs", a.NewNumberString(strconv.FormatUint(mallocs, 10)))
	out.Set("bytes", a.NewNumberString(strconv.FormatUint(bytes, 10)))
	return out
}
