package minlambda_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdatest"
)

// A handler is a function over bytes, and is tested as one.
func ExampleHandler() {
	shout := func(dst, event []byte) ([]byte, error) {
		if len(event) == 0 {
			return nil, errors.New("nothing to shout")
		}
		for _, c := range event {
			if 'a' <= c && c <= 'z' {
				c -= 'a' - 'A'
			}
			dst = append(dst, c)
		}
		return append(dst, '!'), nil
	}

	got, err := shout(nil, []byte("hello"))
	fmt.Printf("%s %v\n", got, err)
	got, err = shout(nil, nil)
	fmt.Printf("%s %v\n", got, err)
	// Output:
	// HELLO! <nil>
	//  nothing to shout
}

// A Loop serves until its context ends, here against a Runtime API for tests.
func ExampleLoop() {
	api := lambdatest.NewServer()
	defer api.Close()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	ended := make(chan error)
	loop := minlambda.Loop{
		API:    api.Addr(),
		Poison: true, // find out handlers that keep what is not theirs
		Handler: func(dst, event []byte) ([]byte, error) {
			return append(append(dst, "Hello, "...), event...), nil
		},
	}
	go func() { ended <- loop.Run(ctx) }()

	got, err := api.Invoke(ctx, []byte("Ada"))
	fmt.Printf("%s %v\n", got, err)
	stop()
	fmt.Println(<-ended)
	// Output:
	// Hello, Ada <nil>
	// context canceled
}

// A body is read straight into the response's memory: io.Copy calls ReadFrom.
// The request that it comes with ends when the invocation does.
func ExampleInvocation_ReadFrom() {
	api := lambdatest.NewServer()
	defer api.Close()
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "Hello from ", r.URL.Path)
	}))
	defer backend.Close()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	loop := minlambda.Loop{
		API: api.Addr(),
		Invoke: func(inv *minlambda.Invocation) error {
			url := backend.URL + string(inv.Event())
			request, err := http.NewRequestWithContext(inv.Context(), "GET", url, nil)
			if err != nil {
				return err
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				return err
			}
			defer response.Body.Close()
			_, err = io.Copy(inv, response.Body) // ErrResponseTooLarge, if it is
			return err
		},
	}
	go loop.Run(ctx)

	got, err := api.Invoke(ctx, []byte("/backend"))
	fmt.Printf("%s %v\n", got, err)
	// Output: Hello from /backend <nil>
}

// An Invocation has what Lambda says about the event, and is an io.Writer.
func ExampleInvocation() {
	api := lambdatest.NewServer()
	defer api.Close()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	loop := minlambda.Loop{
		API: api.Addr(),
		Invoke: func(inv *minlambda.Invocation) error {
			inv.SetContentType("text/plain")
			_, hasDeadline := inv.Deadline()
			_, err := fmt.Fprintf(inv, "%s, deadline known: %t", inv.Event(), hasDeadline)
			return err
		},
	}
	go loop.Run(ctx)

	got, err := api.Invoke(ctx, []byte("tea time"))
	fmt.Printf("%s %v\n", got, err)
	// Output: tea time, deadline known: true <nil>
}

// A response that is flushed is sent while it is made. A prelude gives the callers of a function URL
// status and headers.
func ExampleInvocation_Flush() {
	api := lambdatest.NewServer()
	defer api.Close()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	loop := minlambda.Loop{
		API: api.Addr(),
		Invoke: func(inv *minlambda.Invocation) error {
			prelude := `{"statusCode":201,"headers":{"Content-Type":"text/plain"}}`
			if err := inv.SetPrelude([]byte(prelude)); err != nil {
				return err
			}
			for _, part := range []string{"one", "two", "three"} {
				inv.WriteString(part)
				if err := inv.Flush(); err != nil {
					return err // nobody reads any more
				}
			}
			return errors.New("there is no four") // the end of the stream says so
		},
		Log: func(r minlambda.Record) {},
	}
	go loop.Run(ctx)

	stream := api.Queue(lambdatest.Event{}).Stream(ctx)
	got, _ := stream.Prelude()
	fmt.Println(got.StatusCode, got.Headers["Content-Type"])
	for {
		part, err := stream.Chunk()
		if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Printf("%s\n", part)
	}
	// Output:
	// 201 text/plain
	// one
	// two
	// three
	// errorString: there is no four
}
