// Awslambdago-typed is AWS's own runtime with a typed handler, which is how people use it:
// encoding/json on both sides of a function that is found by reflection. The type is the cheapest
// possible: one that keeps its text.
package main

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/minlambda/minlambda/bench/internal/echo"
)

func main() {
	lambda.Start(func(_ context.Context, event json.RawMessage) (json.RawMessage, error) {
		return echo.Respond(event), nil
	})
}
