package examples_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/lambdatest"
)

func TestMain(m *testing.M) { looptest.Main(m, nil) }

// Each example answers its event, twice, and prints nothing.
func TestExamples(t *testing.T) {
	for name, c := range map[string]struct{ example, event, want string }{
		"hello":              {"hello", `{}`, `"Hello, world!"`},
		"hello to no bytes":  {"hello", ``, `"Hello, world!"`},
		"echo":               {"echo", "\x00\xff anything", "\x00\xff anything"},
		"echo of 3000 bytes": {"echo", strings.Repeat("x", 3000), strings.Repeat("x", 3000)},
		"json":               {"json", `{"name":"Ada"}`, `{"greeting":"Hello, Ada!"}`},
		"json with escapes": {"json", `{"name":"\"\u00e4\n"}`,
			"{\"greeting\":\"Hello, \\\"\u00e4\\n!\"}"},
		"faults":            {"faults", `{"a":[1]}`, `{"a":[1]}`},
		"faults of no JSON": {"faults", `no JSON`, `no JSON`},
	} {
		t.Run(name, func(t *testing.T) {
			p := looptest.LaunchExample(t, c.example)
			for range 2 {
				if r := p.Invoke(c.event); string(r.Body) != c.want || r.Err != nil {
					t.Errorf("%.50q gives %.50q, %v", c.event, r.Body, r.Err)
				}
			}
			if said := p.Kill(); said != "" {
				t.Errorf("printed %q", said)
			}
		})
	}
}

// The example of a context answers with what it knows of its invocation.
func TestContextExample(t *testing.T) {
	p := looptest.LaunchExample(t, "context")
	pending := p.API.Queue(lambdatest.Event{Deadline: time.Now().Add(time.Hour),
		Header: map[string][]string{"Lambda-Runtime-Trace-Id": {"Root=1"},
			"Lambda-Runtime-Invoked-Function-Arn": {"arn:x"},
			"Lambda-Runtime-Aws-Tenant-Id":        {"blue"}}})
	r := looptest.Result(t, pending)
	var got struct {
		RequestID, FunctionArn, TraceID, TenantID string
		RemainingMs                               int
	}
	if err := json.Unmarshal(r.Body, &got); err != nil {
		t.Fatalf("%v in %q", err, r.Body)
	}
	if got.RequestID != pending.RequestID() || got.FunctionArn != "arn:x" ||
		got.TraceID != "Root=1" || got.TenantID != "blue" ||
		got.RemainingMs < 1000 || got.RemainingMs > 3600_000 {
		t.Errorf("got %s", r.Body)
	}
}

// The example of failures fails, panics and exits when it is asked to.
func TestFaultsExample(t *testing.T) {
	p := looptest.LaunchExample(t, "faults")
	if err := p.Invoke(`{"fail":"text"}`).Err; err == nil || err.Message != "text" {
		t.Errorf("fail: %v", err)
	}
	if err := p.Invoke(`{"panic":"text"}`).Err; err == nil || err.Message != "text" ||
		len(err.StackTrace) == 0 {
		t.Errorf("panic: %v", err)
	}
	if out := p.Exits(1); !strings.Contains(out, " string: text\n") ||
		!strings.Contains(out, "main.go:") {
		t.Errorf("a panic prints %q", out)
	}
	p = looptest.LaunchExample(t, "faults")
	p.API.Queue(lambdatest.Event{Payload: []byte(`{"exit":3}`)})
	p.Exits(3)
}
