package lambdaslog_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda/internal/program"
	"github.com/minlambda/minlambda/lambdatest"
)

// exampleLogs are what the example writes of three events, with T for a time and S for a stack.
var exampleLogs = []struct {
	format, level string
	want          []string
}{
	{"Json", "DEBUG", []string{
		`{"timestamp":"T","level":"INFO","requestId":"1","functionArn":"arn:1",` +
			`"message":"taken","order":{"id":7,"quantity":2}}`,
		`{"timestamp":"T","level":"DEBUG","requestId":"1","functionArn":"arn:1",` +
			`"message":"seen with AWS_LAMBDA_LOG_LEVEL=DEBUG","order":{"id":7}}`,
		`{"timestamp":"T","level":"ERROR","requestId":"2","functionArn":"arn:2",` +
			`"message":"refused","errorType":"errorString","errorMessage":"nothing is ordered",` +
			`"order":{"id":8,"err":"nothing is ordered"}}`,
		`{"timestamp":"T","level":"ERROR","requestId":"2","message":"nothing is ordered",` +
			`"errorType":"errorString","errorMessage":"nothing is ordered"}`,
		`{"timestamp":"T","level":"FATAL","requestId":"3","message":"a quantity below zero",` +
			`"errorType":"string","errorMessage":"a quantity below zero","stackTrace":[S]}`,
	}},
	{"TEXT", "", []string{
		`timestamp=T level=INFO requestId=1 functionArn=arn:1 message=taken order.id=7 ` +
			`order.quantity=2`,
		`timestamp=T level=ERROR requestId=2 functionArn=arn:2 message=refused ` +
			`errorType=errorString errorMessage="nothing is ordered" order.id=8 ` +
			`order.err="nothing is ordered"`,
		`timestamp=T level=ERROR requestId=2 message="nothing is ordered" errorType=errorString`,
		`timestamp=T level=FATAL requestId=3 message="a quantity below zero" errorType=string ` +
			`stackTrace="S"`,
	}},
}

// The example logs to standard error what its handler says and what the runtime does, in the format
// and from the level on that the environment names.
func TestExample(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bootstrap.exe")
	build := program.Go("build", "-o", file, "../examples/slog")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v, %s", err, out)
	}
	for _, c := range exampleLogs {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		api := lambdatest.NewServer()
		defer api.Close()
		var stderr bytes.Buffer
		cmd := program.CommandContext(ctx, file)
		cmd.Env = append(os.Environ(), "AWS_LAMBDA_RUNTIME_API="+api.Addr(),
			"AWS_LAMBDA_LOG_FORMAT="+c.format, "AWS_LAMBDA_LOG_LEVEL="+c.level)
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for i, payload := range []string{`{"id":7,"quantity":2}`, `{"id":8}`, `{"quantity":-1}`} {
			id := string(rune('1' + i))
			r, err := api.Queue(lambdatest.Event{RequestID: id, Payload: []byte(payload),
				Header: map[string][]string{"Lambda-Runtime-Invoked-Function-Arn": {"arn:" + id}},
			}).Wait(ctx)
			if err != nil || (r.Err != nil) != (i > 0) {
				t.Errorf("%s: ended with %s, %v, %v", payload, r.Body, r.Err, err)
			}
		}
		_ = cmd.Wait() // the panic ends it
		// The last line is the runtime's, of why the process ends, in its own words.
		lines := strings.Split(strings.TrimSpace(plain(t, stderr.String())), "\n")
		n := len(lines) - 1
		if !strings.Contains(lines[n], "panic") || !slices.Equal(lines[:n], c.want) {
			t.Errorf("wrote\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

var (
	aTime  = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`)
	aStack = regexp.MustCompile(`(stackTrace"?[:=][\["]).*([\]"])`)
)

// plain puts T for each time, and S for a stack, which must show the example.
func plain(t *testing.T, logs string) string {
	t.Helper()
	if stack := aStack.FindString(logs); !strings.Contains(stack, "main.take") &&
		!strings.Contains(stack, `"label":"take"`) {
		t.Errorf("the stack is %s", stack)
	}
	return aStack.ReplaceAllString(aTime.ReplaceAllString(logs, "T"), "${1}S${2}")
}
