// Awslambdago calls S3 with AWS's SDK for each event, and answers with the number of buckets, over
// AWS's own runtime.
package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/minlambda/minlambda/bench/internal/linked/buckets"
)

func main() {
	counter, err := buckets.NewCounter(context.Background())
	if err != nil {
		_, _ = os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	lambda.Start(counter.Count)
}
