// Awslambdago calls a web server for each event, and answers with the status, over AWS's own
// runtime.
package main

import (
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/minlambda/minlambda/bench/internal/linked/web"
)

func main() { lambda.Start(web.Status) }
