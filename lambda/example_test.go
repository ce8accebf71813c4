package lambda_test

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambda"
	"github.com/minlambda/minlambda/lambdatest"
	"github.com/minlambda/minlambda/typed"
)

// A handler is what it was on aws-lambda-go, and package events has its types.
func ExampleStart() {
	lambda.Start(func(ctx context.Context, e events.S3Event) error {
		for _, r := range e.Records {
			fmt.Println(r.S3.Bucket.Name, r.S3.Object.Key)
		}
		return nil
	})
}

// The callback runs when Lambda takes the environment down.
func ExampleWithEnableSIGTERM() {
	lambda.StartWithOptions(func() (string, error) { return "Hello", nil },
		lambda.WithEnableSIGTERM(func() { fmt.Println("the database is closed") }))
}

// A response that is a reader is sent as a stream, while it is read.
func ExampleStart_stream() {
	lambda.Start(func(n int) (io.Reader, error) {
		r, w := io.Pipe()
		go func() {
			for i := range n {
				fmt.Fprintln(w, "line", i)
			}
			w.Close()
		}()
		return r, nil
	})
}

// A Handler is tested by calling it.
func ExampleNewHandler() {
	h := lambda.NewHandler(func(name string) (string, error) { return "Hello, " + name, nil })
	response, err := h.Invoke(context.Background(), []byte(`"Ada"`))
	fmt.Printf("%s %v\n", response, err)
	// Output: "Hello, Ada" <nil>
}

// Package events has types for package typed as well, which needs nothing else of aws-lambda-go.
func Example_typed() {
	h := typed.New(func(_ context.Context, e events.SQSEvent) (events.SQSEventResponse, error) {
		var out events.SQSEventResponse
		for _, m := range e.Records {
			if m.Body == "" {
				out.BatchItemFailures = append(out.BatchItemFailures,
					events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
			}
		}
		return out, nil
	})

	api := lambdatest.NewServer()
	defer api.Close()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	go (&minlambda.Loop{API: api.Addr(), Invoke: h}).Run(ctx)
	response, err := api.Invoke(ctx, []byte(`{"Records":[{"messageId":"a","body":""}]}`))
	fmt.Printf("%s %v\n", response, err)
	// Output: {"batchItemFailures":[{"itemIdentifier":"a"}]} <nil>
}
