// Package processtest runs functions as processes of their own, against a fake
// Runtime API: what a test file's own program is to be, or an example.
package processtest

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda/internal/program"
	"github.com/minlambda/minlambda/lambdatest"
)

// Patience bounds every wait. It is only used up when something hangs.
const Patience = 2 * time.Minute

const variable = "MINLAMBDA_TEST_PROCESS"

// Children makes this process one of them, if Child has started it to be that. It is
// to be called by the init function of a test file.
func Children(children map[string]func()) {
	name := os.Getenv(variable)
	if do := children[name]; do != nil {
		do()
		os.Exit(0)
	}
}

// A Process is a function in a process of its own.
type Process struct {
	API *lambdatest.Server // its Runtime API

	t      testing.TB
	cmd    *exec.Cmd
	output bytes.Buffer // of both; to be read when the process has ended
	done   chan struct{}
}

// Prepare makes cmd a function that is not started yet.
func Prepare(t testing.TB, cmd *exec.Cmd, env ...string) *Process {
	p := &Process{API: lambdatest.NewServer(), t: t, cmd: cmd, done: make(chan struct{})}
	t.Cleanup(p.API.Close)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "AWS_LAMBDA_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, env...)
	cmd.Stdout, cmd.Stderr = &p.output, &p.output
	return p
}

// Child is the program of the test, as the child of that name.
func Child(t testing.TB, name string, env ...string) *Process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Prepare(t, program.Command(self), append(env, variable+"="+name)...)
}

// Example is an example, which it builds.
func Example(t testing.TB, name string, env ...string) *Process {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bootstrap.exe")
	build := program.Go("build", "-o", file, "github.com/minlambda/minlambda/examples/"+name)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v, %s", err, out)
	}
	return Prepare(t, program.Command(file), env...)
}

// SnapStart has the process be a function with SnapStart.
func (p *Process) SnapStart() *Process {
	p.API.SnapStart = true
	p.cmd.Env = append(p.cmd.Env, "AWS_LAMBDA_INITIALIZATION_TYPE=snap-start")
	return p
}

// Metadata tells the process where the metadata endpoint is.
func (p *Process) Metadata() *Process {
	p.cmd.Env = append(p.cmd.Env, "AWS_LAMBDA_METADATA_API="+p.API.Addr(),
		"AWS_LAMBDA_METADATA_TOKEN="+p.API.MetadataToken())
	return p
}

// Start starts the process, which is told of its Runtime API, and is killed when the
// test ends.
func (p *Process) Start() *Process {
	p.t.Helper()
	p.cmd.Env = append(p.cmd.Env, "AWS_LAMBDA_RUNTIME_API="+p.API.Addr())
	return p.Bare()
}

// Bare is Start for a process that is told of no Runtime API but by the environment
// that it was given.
func (p *Process) Bare() *Process {
	p.t.Helper()
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		p.cmd.Wait()
	}()
	p.t.Cleanup(func() {
		p.cmd.Process.Kill()
		<-p.done
	})
	return p
}

// Await waits for what c says.
func (p *Process) Await(c <-chan struct{}) {
	p.t.Helper()
	select {
	case <-c:
	case <-p.done:
		p.t.Fatalf("the process has ended: %v, %q", p.cmd.ProcessState, p.output.String())
	case <-time.After(Patience):
		p.t.Fatal("the process hangs")
	}
}

// Invoke is one event, and how the invocation of it ends.
func (p *Process) Invoke(payload string) lambdatest.Result {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	r, err := p.API.Queue(lambdatest.Event{Payload: []byte(payload)}).Wait(ctx)
	if err != nil {
		p.t.Fatal(err)
	}
	return r
}

// Exits waits for the end of the process, which must have this status and have done
// nothing that the protocol forbids, and returns what it has printed.
func (p *Process) Exits(status int) (output string) {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(Patience):
		p.t.Fatal("the process hangs")
	}
	output = p.output.String()
	if got := p.cmd.ProcessState.ExitCode(); got != status {
		p.t.Errorf("exit status %d, want %d; it printed %q", got, status, output)
	}
	p.Blameless()
	return output
}

// Silent makes an end of the process, which must have printed nothing.
func (p *Process) Silent() {
	p.t.Helper()
	if output := p.Kill(); output != "" {
		p.t.Errorf("the process has printed %q", output)
	}
}

// Kill makes an end of the process, and returns what it has printed.
func (p *Process) Kill() (output string) {
	p.t.Helper()
	p.cmd.Process.Kill()
	<-p.done
	p.Blameless()
	return p.output.String()
}

// Blameless checks that the process has done nothing that the protocol forbids.
func (p *Process) Blameless() {
	p.t.Helper()
	for _, v := range p.API.Violations() {
		p.t.Errorf("violation: %s", v)
	}
}

// Paths are those of all requests but those for events, in their order.
func (p *Process) Paths() (paths []string) {
	for _, r := range p.API.Requests() {
		if !strings.HasSuffix(r.Path, "/invocation/next") {
			paths = append(paths, r.Path)
		}
	}
	return paths
}
