package typed_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdatest"
	"github.com/minlambda/minlambda/typed"
)

// A handler is a function over types of one's own. It is tested by calling it, and served by Run;
// New makes of it what a Loop takes, here to run it against a fake Runtime API.
func ExampleNew() {
	type Order struct{ Drink string }
	type Receipt struct {
		Text string `json:"text"`
	}
	handle := func(ctx context.Context, in Order) (Receipt, error) {
		about, _ := typed.FromContext(ctx)
		return Receipt{in.Drink + " for " + about.RequestID()}, nil
	}

	api := lambdatest.NewServer()
	defer api.Close()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	loop := minlambda.Loop{API: api.Addr(), Invoke: typed.New(handle)}
	go loop.Run(ctx)

	event := lambdatest.Event{RequestID: "7", Payload: []byte(`{"drink":"tea"}`)}
	result, err := api.Queue(event).Wait(ctx)
	fmt.Printf("%s %v\n", result.Body, err)
	// Output: {"text":"tea for 7"} <nil>
}

// A queue's handler has nothing to say but that it has failed.
func ExampleNoOutput() {
	type Batch struct {
		Records []struct{ Body string }
	}
	typed.Run(typed.NoOutput(func(ctx context.Context, in Batch) error {
		for _, r := range in.Records {
			if r.Body == "" {
				return fmt.Errorf("a message without a body")
			}
		}
		return nil
	}))
}

// A function that runs on a schedule has neither input nor output. The context ends 100 ms before
// the function's time is over.
func ExampleTask() {
	typed.Run(typed.Task(func(ctx context.Context) error {
		return sweep(ctx)
	}), typed.WithMargin(100*time.Millisecond))
}

func sweep(context.Context) error { return nil }

// Strict is encoding/json with other options: numbers keep their text, and a field that the input
// has not is an error.
type Strict struct{}

func (Strict) Decode(event []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(event))
	d.UseNumber()
	d.DisallowUnknownFields()
	return d.Decode(v)
}

func (Strict) Encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// A codec of two methods takes the place of encoding/json, or of its options.
func ExampleWithCodec() {
	double := func(in map[string]json.Number) (map[string]string, error) {
		return map[string]string{"got": in["n"].String()}, nil
	}
	handler := typed.New(typed.NoContext(double), typed.WithCodec(Strict{}))

	api := lambdatest.NewServer()
	defer api.Close()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	go (&minlambda.Loop{API: api.Addr(), Invoke: handler}).Run(ctx)
	got, err := api.Invoke(ctx, []byte(`{"n":12345678901234567890}`))
	fmt.Printf("%s %v\n", got, err)
	// Output:
	// {
	//   "got": "12345678901234567890"
	// } <nil>
}
