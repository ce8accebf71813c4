// Awslambdago answers every event with the same text, over AWS's own runtime.
package main

import "github.com/aws/aws-lambda-go/lambda"

func main() {
	lambda.Start(func() (string, error) { return "Hello, world!", nil })
}
