// Awslambdago takes orders over net/http, with aws-lambda-go-api-proxy.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"
	"github.com/minlambda/minlambda/bench/internal/echo"
	"github.com/minlambda/minlambda/bench/internal/orders"
)

// A request is one, or asks what was allocated: echo.Stats.
type request struct {
	events.APIGatewayV2HTTPRequest
	Stats bool `json:"memstats"`
}

// A response is what all peers return, without the fields that are empty.
type response struct {
	StatusCode int               `json:"statusCode,omitempty"`
	Headers    map[string]string `json:"headers,omitempty"`
	Body       string            `json:"body,omitempty"`
	Mallocs    uint64            `json:"mallocs,omitempty"`
	Bytes      uint64            `json:"bytes,omitempty"`
}

func main() {
	adapter := httpadapter.NewV2(orders.Handler())
	lambda.Start(func(ctx context.Context, in request) (out response, err error) {
		if in.Stats {
			out.Mallocs, out.Bytes = echo.Allocated()
			return out, nil
		}
		r, err := adapter.ProxyWithContext(ctx, in.APIGatewayV2HTTPRequest)
		return response{StatusCode: r.StatusCode, Headers: r.Headers, Body: r.Body}, err
	})
}
