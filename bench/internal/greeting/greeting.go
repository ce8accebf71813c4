// Package greeting is a small handler over JSON.
package greeting

import "github.com/minlambda/minlambda/bench/internal/echo"

// Event is the event that it gets, and Response is what it returns.
const (
	Event    = `{"name":"Ada"}`
	Response = `{"greeting":"Hello, Ada!"}`
)

// In is the event as a struct.
type In struct {
	Name string `json:"name"`
}

// Out is the response as a struct; the numbers are for echo.Stats.
type Out struct {
	Greeting string `json:"greeting,omitempty"`
	Mallocs  uint64 `json:"mallocs,omitempty"`
	Bytes    uint64 `json:"bytes,omitempty"`
}

// Greet answers an event. An event without a name is echo.Stats.
func Greet(in In) (out Out) {
	if in.Name == "" {
		out.Mallocs, out.Bytes = echo.Allocated()
		return out
	}
	out.Greeting = "Hello, " + in.Name + "!"
	return out
}
