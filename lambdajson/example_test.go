package lambdajson_test

import (
	"context"
	"fmt"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdajson"
	"github.com/minlambda/minlambda/lambdatest"
	"github.com/valyala/fastjson"
)

// New turns a function over JSON values into a minlambda.Handler, which is tested like any other.
func ExampleNew() {
	sum := lambdajson.New(func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
		total := 0
		for _, v := range event.GetArray("numbers") {
			total += v.GetInt()
		}
		return a.NewNumberInt(total), nil
	})

	got, err := sum(nil, []byte(`{"numbers":[1,2,39]}`))
	fmt.Printf("%s %v\n", got, err)
	// Output: 42 <nil>
}

// NewInvocation is for a handler over JSON values that also wants what Lambda says about the event.
// RunInvocation serves the same handler on Lambda.
func ExampleNewInvocation() {
	handle := func(
		inv *minlambda.Invocation, a *fastjson.Arena, event *fastjson.Value,
	) (*fastjson.Value, error) {
		_, hasDeadline := inv.Context().Deadline()
		response := a.NewObject()
		response.Set("id", a.NewStringBytes(inv.RequestID()))
		response.Set("drink", event.Get("drink"))
		if !hasDeadline {
			response.Set("hurry", a.NewFalse())
		}
		return response, nil
	}

	api := lambdatest.NewServer()
	defer api.Close()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	loop := minlambda.Loop{API: api.Addr(), Invoke: lambdajson.NewInvocation(handle)}
	go loop.Run(ctx)

	event := lambdatest.Event{RequestID: "7", Payload: []byte(`{"drink":"tea"}`)}
	result, err := api.Queue(event).Wait(ctx)
	fmt.Printf("%s %v\n", result.Body, err)
	// Output: {"id":"7","drink":"tea"} <nil>
}
