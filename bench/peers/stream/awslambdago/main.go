// Awslambdago streams as AWS's own runtime does: a handler returns an io.Reader.
package main

import (
	"context"
	"encoding/json"
	"io"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/minlambda/minlambda/bench/internal/fill"
)

func main() {
	lambda.Start(func(_ context.Context, event json.RawMessage) (io.Reader, error) {
		return fill.NewReader(event)
	})
}
