package typed_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda/internal/program"
	"github.com/minlambda/minlambda/lambdatest"
)

func TestMain(m *testing.M) {
	program.Parallel()
	m.Run()
}

// A process is a program of this repository, built, that runs against a fake Runtime API.
type process struct {
	t      *testing.T
	ctx    context.Context
	api    *lambdatest.Server
	cmd    *exec.Cmd
	stderr bytes.Buffer // to be read when the process has ended
}

func start(t *testing.T, dir string, env ...string) *process {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bootstrap.exe")
	if out, err := program.Go("build", "-o", file, dir).CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v, %s", dir, err, out)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	p := &process{t: t, ctx: ctx, api: lambdatest.NewServer()}
	p.cmd = program.CommandContext(ctx, file)
	p.cmd.Env = append(append(os.Environ(), "AWS_LAMBDA_RUNTIME_API="+p.api.Addr()), env...)
	p.cmd.Stderr = &p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		p.cmd.Wait()
		p.api.Close()
		for _, v := range p.api.Violations() {
			t.Errorf("violation: %s", v)
		}
	})
	return p
}

func (p *process) result(pending *lambdatest.Pending) lambdatest.Result {
	p.t.Helper()
	r, err := pending.Wait(p.ctx)
	if err != nil {
		p.t.Fatal(err)
	}
	return r
}

// The example greets, says what is wrong with an event, and goes on.
func TestExample(t *testing.T) {
	t.Parallel()
	p := start(t, "../examples/typed")
	for range 2 {
		pending := p.api.Queue(lambdatest.Event{Payload: []byte(`{"name":"<Ada>"}`)})
		want := `{"greeting":"Hello, <Ada>!","requestId":"` + pending.RequestID() + `"}`
		if r := p.result(pending); string(r.Body) != want || r.Err != nil {
			t.Errorf("ended with %s, %v; want %s", r.Body, r.Err, want)
		}
		for event, want := range map[string]string{
			`{}`: `errorString: the event has no "name"`,
			`{"name":"A`: "SyntaxError: the event is not JSON: " +
				"unexpected end of JSON input, after 10 of 10 bytes",
			`{"name":"A"}x`: "SyntaxError: the event is not JSON: " +
				"invalid character 'x' after top-level value, after 13 of 13 bytes",
		} {
			r := p.result(p.api.Queue(lambdatest.Event{Payload: []byte(event)}))
			if r.Err == nil || !alike(r.Err.Type+": "+r.Err.Message, want) {
				t.Errorf("%s: ended with %s, %v; want %s", event, r.Body, r.Err, want)
			}
		}
	}
}

// Where Lambda says so, several events are handled at once: one is answered while another waits
// for its deadline.
func TestSeveralAtOnce(t *testing.T) {
	t.Parallel()
	p := start(t, "../examples/typed", "AWS_LAMBDA_MAX_CONCURRENCY=3")
	slow := p.api.Queue(lambdatest.Event{RequestID: "slow",
		Deadline: time.Now().Add(5 * time.Second),
		Payload:  []byte(fmt.Sprintf(`{"name":"Ada","wait":%d}`, time.Hour))})
	for i := range 20 {
		r := p.result(p.api.Queue(lambdatest.Event{RequestID: fmt.Sprint("fast-", i),
			Payload: []byte(fmt.Sprintf(`{"name":"%d"}`, i))}))
		want := fmt.Sprintf(`{"greeting":"Hello, %d!","requestId":"fast-%d"}`, i, i)
		if string(r.Body) != want || r.Err != nil {
			t.Fatalf("ended with %s, %v; want %s", r.Body, r.Err, want)
		}
	}
	if r := p.result(slow); r.Err == nil || r.Err.Message != context.DeadlineExceeded.Error() {
		t.Errorf("the slow one ended with %s, %v", r.Body, r.Err)
	}
	var posts []string
	for _, r := range p.api.Requests() {
		if r.Method == "POST" {
			posts = append(posts, r.Path)
		}
	}
	if len(posts) != 21 || !strings.Contains(posts[20], "slow") {
		t.Errorf("answered in the order %q; want the slow one last", posts)
	}
}

// Run exports the trace ID of each event, and takes it away again.
func TestTraceID(t *testing.T) {
	t.Parallel()
	p := start(t, "./testdata/trace", "_X_AMZN_TRACE_ID=old")
	for _, id := range []string{"Root=1", "Root=2", "", "Root=2"} {
		e := lambdatest.Event{}
		if id != "" {
			e.Header = map[string][]string{"Lambda-Runtime-Trace-Id": {id}}
		}
		var got [2]string
		r := p.result(p.api.Queue(e))
		if json.Unmarshal(r.Body, &got) != nil || got != [2]string{id, id} {
			t.Errorf("%q: ended with %s, %v", id, r.Body, r.Err)
		}
	}
}

// What the package brings into a program is encoding/json, and what that needs.
func TestImports(t *testing.T) {
	list := program.Go("list", "-deps", ".")
	list.Env = append(list.Env, "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0", "GOFLAGS=")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	for _, name := range []string{"net", "log", "log/slog", "os/signal", "crypto", "runtime/debug",
		"github.com/valyala/fastjson"} {
		if slices.Contains(deps, name) {
			t.Errorf("it depends on %s", name)
		}
	}
	if !slices.Contains(deps, "encoding/json") {
		t.Errorf("dependencies %q", deps)
	}
}

// A typed hello, stripped, for Lambda.
func TestSize(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program for another system")
	}
	t.Parallel()
	file := filepath.Join(t.TempDir(), "bootstrap")
	build := program.Go("build", "-trimpath", "-ldflags", "-s -w", "-o", file, "./testdata/hello")
	build.Env = append(build.Env, "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v, %s", err, out)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes", info.Size())
	if info.Size() > sizeLimit {
		t.Errorf("over %d", sizeLimit)
	}
}
