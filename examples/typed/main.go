// Typed greets whoever the event names, with a handler over structs:
// {"name":"Ada"} is answered with {"greeting":"Hello, Ada!","requestId":"…"}.
package main

import (
	"context"
	"errors"
	"time"

	"github.com/minlambda/minlambda/typed"
)

// Event is what the function takes.
type Event struct {
	Name string        `json:"name"`
	Wait time.Duration `json:"wait"` // in nanoseconds, before it answers
}

// Greeting is what it answers.
type Greeting struct {
	Text      string `json:"greeting"`
	RequestID string `json:"requestId"`
}

var errNoName = errors.New(`the event has no "name"`)

func main() {
	// The context ends 50 ms before the function's time is over, so that there is
	// time to say so.
	typed.Run(greet, typed.WithMargin(50*time.Millisecond))
}

func greet(ctx context.Context, in Event) (Greeting, error) {
	if in.Name == "" {
		return Greeting{}, errNoName
	}
	select {
	case <-ctx.Done():
		return Greeting{}, ctx.Err()
	case <-time.After(in.Wait):
	}
	about, _ := typed.FromContext(ctx)
	return Greeting{"Hello, " + in.Name + "!", about.RequestID()}, nil
}
