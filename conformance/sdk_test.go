//go:build linux

package conformance

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// sdk is AWS's client for Go, with the emulator as its endpoint.
func (e *emulator) sdk() *lambda.Client {
	return lambda.New(lambda.Options{
		BaseEndpoint: aws.String("http://" + strings.Split(e.url, "/")[2]),
		Region:       "eu-central-1",
		Credentials:  credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		HTTPClient:   e.client,
	})
}

func call(t *testing.T, c *lambda.Client, in *lambda.InvokeInput) *lambda.InvokeOutput {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	in.FunctionName = aws.String("function")
	for {
		out, err := c.Invoke(ctx, in)
		if err != nil && strings.Contains(err.Error(), "StatusCode: 400") && ctx.Err() == nil {
			continue // as invoke does: the SDK does not say more
		}
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// AWS's SDK is a caller like any other: events and responses of all sizes, errors,
// and the client context that it sends, which the function finds in a header.
func TestSDK(t *testing.T) {
	t.Parallel()
	for _, m := range modes {
		for _, r := range runtimes {
			t.Run(fmt.Sprint(m, "/", r), func(t *testing.T) {
				t.Parallel()
				e := start(t, setup{mode: m, program: r.program()})
				c := e.sdk()
				for _, n := range []int{0, 2, 2049, 100_000, 6 << 20} {
					event := payload(n, n)
					out := call(t, c, &lambda.InvokeInput{Payload: []byte(event)})
					if out.StatusCode != 200 || string(out.Payload) != event {
						t.Errorf("%d bytes come back as %d, %.100q", n, out.StatusCode, out.Payload)
					}
				}
				out := call(t, c, &lambda.InvokeInput{
					Payload:        []byte(`{"do":"fail","text":"no tea"}`),
					InvocationType: types.InvocationTypeRequestResponse,
				})
				const want = `{"errorMessage":"no tea","errorType":"errorString"}`
				if string(out.Payload) != want {
					t.Errorf("an error comes as %q; want %s", out.Payload, want)
				}
			})
		}
	}
}

// trace is a caller's trace ID.
const trace = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1"

// What a caller says of itself reaches the function: examples/context answers with
// what it is told.
func TestContext(t *testing.T) {
	t.Parallel()
	for _, m := range modes {
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			e := start(t, setup{mode: m, program: library + "/examples/context", timeout: 7})
			const id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
			got := e.ask("{}", "X-Amzn-RequestId", id, "X-Amzn-Trace-Id", trace,
				"X-Amz-Tenant-Id", "tea house")
			var said struct {
				RequestID, FunctionARN, TraceID, TenantID *string
				RemainingMS                               int
			}
			if err := json.Unmarshal([]byte(got.body), &said); err != nil {
				t.Fatalf("%s: %v", got, err)
			}
			for _, c := range []struct {
				what string
				got  *string
				want string // empty: this mode does not say
			}{
				{"request ID", said.RequestID, id},
				{"trace ID", said.TraceID, [...]string{"", trace}[m]},
				{"tenant", said.TenantID, [...]string{"tea house", ""}[m]},
				{"function", said.FunctionARN, [...]string{
					"arn:aws:lambda:us-east-1:012345678912:function:test_function",
					"arn:aws:lambda:us-east-1:123456789012:function:test_function",
				}[m]},
			} {
				if got := aws.ToString(c.got); got != c.want {
					t.Errorf("%s %q; want %q", c.what, got, c.want)
				}
			}
			if said.RemainingMS < 1000 || said.RemainingMS > 7000 {
				t.Errorf("%d ms remain of 7 seconds", said.RemainingMS)
			}
		})
	}
}

// Neither mode streams to its caller, whatever the function does: AWS's SDK, which
// asks for a stream, is told that there is nothing of the kind.
func TestSDKStream(t *testing.T) {
	t.Parallel()
	for _, m := range modes {
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			e := start(t, setup{mode: m, program: ours.program()})
			_, err := e.sdk().InvokeWithResponseStream(context.Background(),
				&lambda.InvokeWithResponseStreamInput{FunctionName: aws.String("function")})
			if err == nil || !strings.Contains(err.Error(), "StatusCode: 404") {
				t.Errorf("it says %v; want 404", err)
			}
		})
	}
}

// The client context of AWS's SDK is base64, and reaches the function as it was
// before that.
func TestClientContext(t *testing.T) {
	t.Parallel()
	const said = `{"client":{"app_title":"tea"}}`
	for _, m := range modes {
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			e := start(t, setup{mode: m, program: "./programs/header"})
			out := call(t, e.sdk(), &lambda.InvokeInput{
				Payload:       []byte("Lambda-Runtime-Client-Context"),
				ClientContext: aws.String(base64.StdEncoding.EncodeToString([]byte(said))),
			})
			if string(out.Payload) != said {
				t.Errorf("the function finds %q; want %s", out.Payload, said)
			}
		})
	}
}
