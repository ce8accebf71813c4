//go:build !lambda.norpc

package lambda_test

import (
	"testing"

	"github.com/aws/aws-lambda-go/lambda/messages"

	"github.com/minlambda/minlambda/lambda"
)

// A Function answers as the runtime go1.x had it: the response, or what is told of an error, or of
// a panic with its stack.
func TestFunction(t *testing.T) {
	t.Parallel()
	fn := lambda.NewFunction(lambda.NewHandler(func(s string) (string, error) {
		switch s {
		case "panic":
			panic(errFailing)
		case "fail":
			return "", errFailing
		}
		return s, nil
	}))
	if err := fn.Ping(nil, new(messages.PingResponse)); err != nil {
		t.Error(err)
	}
	for event, want := range map[string]struct {
		payload, message, kind string
		stack                  bool
	}{
		`"a"`:     {payload: `"a"`},
		`"fail"`:  {message: "failing", kind: "errorString"},
		`"panic"`: {message: "failing", kind: "errorString", stack: true},
		`{`:       {message: "unexpected EOF", kind: "errorString"},
	} {
		var got messages.InvokeResponse
		if err := fn.Invoke(&messages.InvokeRequest{Payload: []byte(event)}, &got); err != nil {
			t.Error(err)
		}
		e := got.Error
		if e == nil {
			e = &messages.InvokeResponse_Error{}
		}
		if string(got.Payload) != want.payload || e.Message != want.message ||
			e.Type != want.kind || len(e.StackTrace) > 0 != want.stack ||
			e.ShouldExit != want.stack {
			t.Errorf("%s: %s, %+v; want %+v", event, got.Payload, e, want)
		}
	}
}
