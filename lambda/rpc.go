//go:build !lambda.norpc

package lambda

import (
	"context"
	"encoding/json"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

// A Function has a handler called as the runtime go1.x did, over net/rpc. Lambda has given up that
// runtime; Start does not serve it, but programs that call a Function themselves still can.
//
// Deprecated: use NewHandler.
type Function struct{ function *function }

// NewFunction returns a Function.
//
// Deprecated: use NewHandler.
func NewFunction(handler Handler) *Function { return &Function{newFunction(handler, nil)} }

// Ping does nothing, and succeeds.
func (fn *Function) Ping(req *messages.PingRequest, response *messages.PingResponse) error {
	*response = messages.PingResponse{}
	return nil
}

// Invoke has the handler handle an event. What goes wrong, a panic too, is in the response.
func (fn *Function) Invoke(req *messages.InvokeRequest, response *messages.InvokeResponse) error {
	fail := func(err error) {
		about := toldOf(err)
		response.Error = &about
	}
	defer func() {
		if v := recover(); v != nil {
			about := toldOfPanic(v, stack())
			response.Error = &about
		}
	}()
	ctx := fn.function.base
	if ctx == nil {
		ctx = context.Background()
	}
	deadline := time.Unix(req.Deadline.Seconds, req.Deadline.Nanos)
	ctx, cancel := context.WithDeadline(ctx, deadline.UTC())
	defer cancel()
	about := &lambdacontext.LambdaContext{
		AwsRequestID:       req.RequestId,
		InvokedFunctionArn: req.InvokedFunctionArn,
		Identity: lambdacontext.CognitoIdentity{
			CognitoIdentityID:     req.CognitoIdentityId,
			CognitoIdentityPoolID: req.CognitoIdentityPoolId,
		},
	}
	if len(req.ClientContext) > 0 {
		if err := json.Unmarshal(req.ClientContext, &about.ClientContext); err != nil {
			fail(err)
			return nil
		}
	}
	ctx = withInvocation(ctx, about, req.XAmznTraceId)
	os.Setenv("_X_AMZN_TRACE_ID", req.XAmznTraceId)
	payload, err := fn.function.Invoke(ctx, req.Payload)
	if err != nil {
		fail(err)
		return nil
	}
	response.Payload = payload
	return nil
}
