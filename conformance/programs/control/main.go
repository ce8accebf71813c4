// Control does what its events say, on aws-lambda-go, which serves several at once
// by itself. With CONFORMANCE_SIGTERM in its environment it has an extension that
// has it told of its end; with FAIL its start-up fails.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/minlambda/minlambda/conformance/programs/act"
)

type handler struct{}

// Invoke is what aws-lambda-go has for bytes.
func (handler) Invoke(_ context.Context, event []byte) ([]byte, error) {
	return act.On(nil, event)
}

func main() {
	switch os.Getenv("FAIL") { // as examples/init has it
	case "error":
		log.Fatal("start-up failed")
	case "panic":
		panic("start-up panicked")
	}
	var options []lambda.Option
	if os.Getenv("CONFORMANCE_SIGTERM") != "" {
		options = append(options, lambda.WithEnableSIGTERM(func() { fmt.Println("told to end") }))
	}
	lambda.StartWithOptions(handler{}, options...)
}
