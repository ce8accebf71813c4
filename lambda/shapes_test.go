package lambda_test

import (
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/minlambda/minlambda/lambdatest"
)

// Small functions as people have them give the same results, and print the same, on both runtimes.
func TestShapes(t *testing.T) {
	t.Parallel()
	const upload = `{"httpMethod":"GET","path":"/upload",` +
		`"queryStringParameters":{"name":"a b.png"},` +
		`"requestContext":{"accountId":"123456789012","requestTimeEpoch":1700000000000}}`
	for form, events := range map[string][]string{
		"upload": {upload, `{"httpMethod":"POST"}`, `{}`, `{"httpMethod":7}`, ``},
		"queue": {
			`{"Records":[{"messageId":"1","body":"{\"id\":\"a\",\"cents\":5}"},` +
				`{"messageId":"2","body":"{"},{"messageId":"3","body":"{\"id\":\"b\"}"}]}`,
			`{"Records":[]}`, `{"Records":[{"messageId":"4","body":""}]}`, `[]`,
		},
		"fields":   {`{"a":1,"b":[true,null]}`, `{}`, `null`, `"text"`},
		"database": {`"a"`, `"a"`, `"b"`, `7`},
	} {
		t.Run(form, func(t *testing.T) {
			var printed []string
			f := newFunction(t, build(t, "shapes", ours), "FORM="+form,
				"AWS_LAMBDA_FUNCTION_NAME=shapes")
			g := newFunction(t, build(t, "shapes", theirs), "FORM="+form,
				"AWS_LAMBDA_FUNCTION_NAME=shapes")
			responses := 0
			for _, event := range events {
				e := lambdatest.Event{
					Payload: []byte(event), RequestID: lambdatest.NewRequestID(),
					Deadline: time.Now().Add(time.Hour),
				}
				a, b := f.invoke(e), g.invoke(e)
				if a != b || a.process != "lives" {
					t.Errorf("%s:\n ours   %v\n theirs %v", event, a, b)
				}
				if a.kind == "response" {
					responses++
				}
			}
			if responses < 2 {
				t.Errorf("%d responses", responses)
			}
			if form == "database" && runtime.GOOS != "windows" {
				for _, function := range []*function{f, g} {
					function.cmd.Process.Signal(syscall.SIGTERM)
					e := lambdatest.Event{Payload: []byte(`"a"`)}
					for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
						if o := function.invoke(e); o.message == "the database is closed" {
							break
						}
						if time.Now().After(end) {
							t.Fatal("the database is not closed")
						}
					}
				}
			}
			for _, function := range []*function{f, g} {
				function.kill()
				printed = append(printed, withoutErrors(function.output.String()))
			}
			if printed[0] != printed[1] || form != "upload" && printed[0] == "" {
				t.Errorf("ours printed\n%s\ntheirs printed\n%s", printed[0], printed[1])
			}
		})
	}
}

// withoutErrors is what a function has printed without the log's lines about errors.
func withoutErrors(s string) string {
	var kept strings.Builder
	for line := range strings.Lines(s) {
		if !strings.HasPrefix(line, "minlambda: ") && !strings.Contains(line, `{"errorMessage":`) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}
