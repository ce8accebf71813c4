package minlambda_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minlambda/minlambda/internal/program"
	"github.com/minlambda/minlambda/internal/race"
	"github.com/minlambda/minlambda/lambdatest"
)

var examples struct {
	once sync.Once
	dir  string
	err  error
}

func TestMain(m *testing.M) {
	program.Parallel()
	code := m.Run()
	if examples.dir != "" {
		os.RemoveAll(examples.dir)
	}
	os.Exit(code)
}

// example is the path of an example's program. All of them are built once.
func example(t *testing.T, name string) string {
	t.Helper()
	examples.once.Do(func() {
		if examples.dir, examples.err = os.MkdirTemp("", "minlambda"); examples.err != nil {
			return
		}
		args := []string{"build", "-o", examples.dir + string(filepath.Separator),
			"./examples/hello", "./examples/echo", "./examples/json", "./examples/faults",
			"./examples/context", "./examples/concurrent", "./examples/shutdown"}
		if out, err := program.Go(args...).CombinedOutput(); err != nil {
			t.Logf("%s", out)
			examples.err = err
		}
	})
	if examples.err != nil {
		t.Fatal(examples.err)
	}
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(examples.dir, name)
}

// A process is an example that runs against a fake Runtime API.
type process struct {
	t      *testing.T
	api    *lambdatest.Server
	cmd    *exec.Cmd
	output bytes.Buffer // both; to be read when the process has ended
	ctx    context.Context
}

func run(t *testing.T, name string, env ...string) *process {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	p := &process{t: t, api: lambdatest.NewServer(), cmd: program.Command(example(t, name)), ctx: ctx}
	p.cmd.Env = append(append(os.Environ(), "AWS_LAMBDA_RUNTIME_API="+p.api.Addr()), env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	hung := context.AfterFunc(ctx, func() { p.cmd.Process.Kill() })
	t.Cleanup(func() {
		hung()
		p.cmd.Process.Kill()
		p.cmd.Wait()
		cancel()
		p.api.Close()
		for _, v := range p.api.Violations() {
			t.Errorf("violation: %s", v)
		}
	})
	return p
}

func (p *process) invoke(event string) (string, *lambdatest.FunctionError) {
	p.t.Helper()
	r, err := p.api.Queue(lambdatest.Event{Payload: []byte(event)}).Wait(p.ctx)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(r.Body), r.Err
}

// exits waits for the end, and checks the status.
func (p *process) exits(status int) string {
	p.t.Helper()
	p.cmd.Wait()
	if got := p.cmd.ProcessState.ExitCode(); got != status {
		p.t.Errorf("exit status %d, want %d; output %q", got, status, p.output.String())
	}
	return p.output.String()
}

func TestExamples(t *testing.T) {
	for _, c := range []struct{ name, event, want string }{
		{"hello", `{}`, `"Hello, world!"`},
		{"hello", ``, `"Hello, world!"`},
		{"echo", "\x00\xff anything", "\x00\xff anything"},
		{"echo", strings.Repeat("x", 3000), strings.Repeat("x", 3000)},
		{"json", `{"name":"Ada"}`, `{"greeting":"Hello, Ada!"}`},
		{"json", `{"name":"\"\u00e4\n"}`, "{\"greeting\":\"Hello, \\\"\u00e4\\n!\"}"},
		{"faults", `{"a":[1]}`, `{"a":[1]}`},
		{"faults", `no JSON`, `no JSON`},
	} {
		p := run(t, c.name)
		for range 2 {
			if got, err := p.invoke(c.event); got != c.want || err != nil {
				t.Errorf("%s of %.50q: %.50q, %v", c.name, c.event, got, err)
			}
		}
		p.cmd.Process.Kill()
		if p.cmd.Wait(); p.output.Len() > 0 {
			t.Errorf("%s printed %q", c.name, p.output.String())
		}
	}
}

func TestContextExample(t *testing.T) {
	p := run(t, "context")
	pending := p.api.Queue(lambdatest.Event{Deadline: time.Now().Add(time.Hour), Header: map[string][]string{
		"Lambda-Runtime-Trace-Id": {"Root=1"}, "Lambda-Runtime-Invoked-Function-Arn": {"arn:x"}, "Lambda-Runtime-Aws-Tenant-Id": {"blue"}}})
	r, err := pending.Wait(p.ctx)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		RequestID, FunctionArn, TraceID, TenantID string
		RemainingMs                               int
	}
	if err := json.Unmarshal(r.Body, &got); err != nil {
		t.Fatalf("%v in %q", err, r.Body)
	}
	if got.RequestID != pending.RequestID() || got.FunctionArn != "arn:x" || got.TraceID != "Root=1" || got.TenantID != "blue" ||
		got.RemainingMs < 1000 || got.RemainingMs > 3600_000 {
		t.Errorf("got %s", r.Body)
	}
}

func TestFaultsExample(t *testing.T) {
	p := run(t, "faults")
	if _, err := p.invoke(`{"fail":"text"}`); err == nil || err.Message != "text" {
		t.Errorf("fail: %v", err)
	}
	if _, err := p.invoke(`{"panic":"text"}`); err == nil || err.Message != "text" || len(err.StackTrace) == 0 {
		t.Errorf("panic: %v", err)
	}
	if out := p.exits(1); !strings.Contains(out, " string: text\n") || !strings.Contains(out,
		"main.go:") {
		t.Errorf("a panic prints %q", out)
	}
	p = run(t, "faults")
	p.api.Queue(lambdatest.Event{Payload: []byte(`{"exit":3}`)})
	p.exits(3)
}

func TestProcessPrintsOneLine(t *testing.T) {
	p := run(t, "echo")
	p.api.Queue(lambdatest.Event{Raw: []byte("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")})
	if out := p.exits(1); strings.Count(out, "\n") != 1 || !strings.HasPrefix(out, "minlambda: next: ") {
		t.Errorf("a malformed answer prints %q", out)
	}
	for _, value := range []string{"", "https://x", "1.2.3.4:0", "name.invalid:9001"} {
		p := run(t, "hello", "AWS_LAMBDA_RUNTIME_API="+value)
		if out := p.exits(1); strings.Count(out, "\n") != 1 || !strings.Contains(out, "AWS_LAMBDA_RUNTIME_API") || !strings.Contains(out, `"`+value+`"`) {
			t.Errorf("the address %q prints %q", value, out)
		}
	}
}

// No garbage collection in 200,000 invocations.
func TestProcessCollectsNoGarbage(t *testing.T) {
	t.Parallel()
	n := 200_000
	if testing.Short() || race.Enabled {
		n = 20_000
	}
	for name, event := range map[string]string{"echo": `{"some":"event"}`, "json": `{"name":"Ada"}`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := run(t, name, "GODEBUG=gctrace=1")
			p.api.Keep(0)
			const ahead = 64
			var queue [ahead]*lambdatest.Pending
			for i := range n + ahead {
				if i >= ahead {
					if r, err := queue[i%ahead].Wait(p.ctx); err != nil || r.Err != nil {
						t.Fatal(err, r.Err)
					}
				}
				if i < n {
					queue[i%ahead] = p.api.Queue(lambdatest.Event{Payload: []byte(event)})
				}
			}
			p.cmd.Process.Kill()
			if p.cmd.Wait(); strings.Contains(p.output.String(), "gc ") {
				t.Errorf("%d invocations: %.500s", n, p.output.String())
			}
		})
	}
}
