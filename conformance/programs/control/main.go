// Control does what its events say, on aws-lambda-go.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/minlambda/minlambda/conformance/programs/act"
)

type handler struct{}

// Invoke is what aws-lambda-go has for bytes.
func (handler) Invoke(_ context.Context, event []byte) ([]byte, error) {
	return act.On(nil, event)
}

func main() { lambda.Start(handler{}) }
