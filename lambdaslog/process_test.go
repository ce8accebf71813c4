package lambdaslog_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda/internal/program"
	"github.com/minlambda/minlambda/lambdatest"
)

// The example logs to standard error what its handler says and what the runtime does, in the format
// and from the level on that the environment names.
func TestExample(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bootstrap.exe")
	if out, err := program.Go("build", "-o", file, "../examples/slog").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v, %s", err, out)
	}
	for _, c := range []struct{ format, level, want string }{
		{"Json", "DEBUG", `{"timestamp":"T","level":"INFO","requestId":"1","functionArn":"arn:1","message":"taken","order":{"id":7,"quantity":2}}
{"timestamp":"T","level":"DEBUG","requestId":"1","functionArn":"arn:1","message":"seen with AWS_LAMBDA_LOG_LEVEL=DEBUG","order":{"id":7}}
{"timestamp":"T","level":"ERROR","requestId":"2","functionArn":"arn:2","message":"refused","errorType":"errorString","errorMessage":"nothing is ordered","order":{"id":8,"err":"nothing is ordered"}}
{"timestamp":"T","level":"ERROR","requestId":"2","message":"nothing is ordered","errorType":"errorString","errorMessage":"nothing is ordered"}
{"timestamp":"T","level":"FATAL","requestId":"3","message":"a quantity below zero","errorType":"string","errorMessage":"a quantity below zero","stackTrace":[S]}
`},
		{"TEXT", "", `timestamp=T level=INFO requestId=1 functionArn=arn:1 message=taken order.id=7 order.quantity=2
timestamp=T level=ERROR requestId=2 functionArn=arn:2 message=refused errorType=errorString errorMessage="nothing is ordered" order.id=8 order.err="nothing is ordered"
timestamp=T level=ERROR requestId=2 message="nothing is ordered" errorType=errorString
timestamp=T level=FATAL requestId=3 message="a quantity below zero" errorType=string stackTrace="S"
`},
	} {
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
		got := regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`).
			ReplaceAllString(stderr.String(), "T")
		got = regexp.MustCompile(`"stackTrace":\[.*\]|stackTrace=".*"`).ReplaceAllStringFunc(got,
			func(s string) string {
				if !strings.Contains(s, "examples/slog/main.go") && !strings.Contains(s, "main/main.go") {
					t.Errorf("the stack is %s", s)
				}
				if s[0] == '"' {
					return `"stackTrace":[S]`
				}
				return `stackTrace="S"`
			})
		// The last line is the runtime's, of why the process ends, in its own words.
		lines := strings.SplitAfter(got, "\n")
		if n := len(lines) - 2; n < 1 || !strings.Contains(lines[n], "panic") {
			t.Fatalf("wrote %s", got)
		} else if got = strings.Join(lines[:n], ""); got != c.want {
			t.Errorf("wrote\n%s\nwant\n%s", got, c.want)
		}
	}
}
