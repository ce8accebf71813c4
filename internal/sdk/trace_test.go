package sdk

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdatest"
)

const (
	patience = time.Minute

	endpointVariable = "MINLAMBDA_TEST_ENDPOINT"
	exportVariable   = "MINLAMBDA_TEST_EXPORT"
)

// TestFunction is the function, in a process of its own: for each event it asks AWS's STS who it
// is, and answers with that.
func TestFunction(t *testing.T) {
	endpoint := os.Getenv(endpointVariable)
	if endpoint == "" {
		t.Skip("another test starts it")
	}
	client := sts.New(sts.Options{
		BaseEndpoint: aws.String(endpoint),
		Region:       "eu-central-1",
		Credentials:  credentials.NewStaticCredentialsProvider("AKID", "secret", ""),
	})
	loop := minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
		who, err := client.GetCallerIdentity(context.Background(), nil)
		if err != nil {
			return nil, err
		}
		return append(dst, aws.ToString(who.Arn)...), nil
	}}
	if os.Getenv(exportVariable) != "" {
		loop.ExportTraceID()
	}
	t.Fatal(loop.Run(context.Background()))
}

// standIn answers as STS, and sends what each request has as X-Amzn-Trace-Id.
func standIn(seen chan<- []string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header.Values("X-Amzn-Trace-Id")
		w.Header().Set("Content-Type", "text/xml")
		w.Write([]byte(`<GetCallerIdentityResponse><GetCallerIdentityResult>` +
			`<Arn>arn:aws:iam::123456789012:user/me</Arn>` +
			`</GetCallerIdentityResult></GetCallerIdentityResponse>`))
	}
}

// The SDK's requests carry the trace ID of the event that they were made for, and none if it has
// none; without ExportTraceID none ever, nor where Lambda runs several invocations at once.
func TestTraceIDInRequests(t *testing.T) {
	const (
		first  = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1"
		second = "Root=1-5bef4de8-000000000000000000000001;Parent=0000000000000001;Sampled=0"
	)
	for name, c := range map[string]struct {
		env  []string
		want []string // of the events without ID, with the first, the second, and without
	}{
		"exported":     {[]string{exportVariable + "=1"}, []string{"", first, second, ""}},
		"not exported": {nil, []string{"", "", "", ""}},
		"concurrent": {[]string{exportVariable + "=1", "AWS_LAMBDA_MAX_CONCURRENCY=2"},
			[]string{"", "", "", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			seen := make(chan []string, 1)
			cloud := httptest.NewServer(standIn(seen))
			defer cloud.Close()
			api := lambdatest.NewServer()
			defer api.Close()
			function := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestFunction$")
			function.Env = append(append(os.Environ(), "AWS_LAMBDA_RUNTIME_API="+api.Addr(),
				"AWS_LAMBDA_FUNCTION_NAME=f", endpointVariable+"="+cloud.URL), c.env...)
			var output strings.Builder
			function.Stdout, function.Stderr = &output, &output
			if err := function.Start(); err != nil {
				t.Fatal(err)
			}
			defer function.Wait()
			defer function.Process.Kill()
			for i, id := range []string{"", first, second, ""} {
				event := lambdatest.Event{Payload: []byte("{}")}
				if id != "" {
					event.Header = http.Header{"Lambda-Runtime-Trace-Id": {id}}
				}
				r, err := api.Queue(event).Wait(ctx)
				if err != nil || string(r.Body) != "arn:aws:iam::123456789012:user/me" {
					t.Fatalf("%q, %v, %v; printed %s", r.Body, r.Err, err, output.String())
				}
				got := <-seen
				var want []string // also not an empty header
				if c.want[i] != "" {
					want = c.want[i : i+1]
				}
				if !slices.Equal(got, want) {
					t.Errorf("of the ID %q X-Amzn-Trace-Id is %q, want %q", id, got, want)
				}
			}
		})
	}
}
