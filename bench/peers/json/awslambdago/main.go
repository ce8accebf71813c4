// Awslambdago greets with the Handler interface over bytes, and encoding/json
// inside.
package main

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/minlambda/minlambda/bench/internal/greeting"
)

type handler struct{}

func (handler) Invoke(_ context.Context, event []byte) ([]byte, error) {
	var in greeting.In
	if err := json.Unmarshal(event, &in); err != nil {
		return nil, err
	}
	return json.Marshal(greeting.Greet(in))
}

func main() { lambda.Start(handler{}) }
