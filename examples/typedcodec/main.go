// Typedcodec greets as examples/typed does, with go-json in place of
// encoding/json. It is a module of its own, so that go-json is no requirement of
// the library's.
package main

import (
	"context"
	"io"

	"github.com/goccy/go-json"
	"github.com/minlambda/minlambda/typed"
)

// Event is what the function takes.
type Event struct {
	Name string `json:"name"`
}

// Greeting is what it answers.
type Greeting struct {
	Text string `json:"greeting"`
}

func main() { typed.Run(greet, typed.WithCodec(GoJSON{})) }

func greet(_ context.Context, in Event) (Greeting, error) {
	return Greeting{"Hello, " + in.Name + "!"}, nil
}

// GoJSON is a typed.Codec.
type GoJSON struct{}

// Decode reads the event. It copies what it keeps of it, as a codec must.
func (GoJSON) Decode(event []byte, v any) error { return json.Unmarshal(event, v) }

// Encode writes the response.
func (GoJSON) Encode(w io.Writer, v any) error {
	b, err := json.MarshalWithOption(v, json.DisableHTMLEscape())
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}
