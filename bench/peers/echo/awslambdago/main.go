// Awslambdago is AWS's own runtime at its fastest: the Handler interface over
// bytes, without reflection and without encoding/json. It is built with the tag
// lambda.norpc, as AWS recommends for custom runtimes.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/minlambda/minlambda/bench/internal/echo"
)

type handler struct{}

func (handler) Invoke(_ context.Context, event []byte) ([]byte, error) {
	return echo.Respond(event), nil
}

func main() { lambda.Start(handler{}) }
