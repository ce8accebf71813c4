package looptest

import (
	"bytes"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda/internal/program"
	"github.com/minlambda/minlambda/lambdatest"
)

// childVariable names the function that a test's own program is to be.
const childVariable = "MINLAMBDA_TEST_CHILD"

// Main runs the tests of a package, or what Child wants instead. It is for a
// TestMain.
func Main(m *testing.M, children map[string]func()) {
	if IsChild() {
		children[os.Getenv(childVariable)]()
		os.Exit(0)
	}
	program.Parallel()
	code := m.Run()
	removeBuilt()
	os.Exit(code)
}

// LaunchExample starts one of the programs under examples as a function.
func LaunchExample(t testing.TB, name string, env ...string) *Process {
	t.Helper()
	return PrepareExample(t, name, env...).Start()
}

// PrepareExample is LaunchExample before the start.
func PrepareExample(t testing.TB, name string, env ...string) *Process {
	t.Helper()
	return Prepare(t, program.Command(Example(t, name)), env...)
}

// IsChild reports whether this process is one that Child has started.
func IsChild() bool { return os.Getenv(childVariable) != "" }

// AsChild is the environment variable that makes a test's own program a function.
func AsChild(name string) string { return childVariable + "=" + name }

// A Process is a function in a process of its own.
type Process struct {
	API *lambdatest.Server // its Runtime API
	Cmd *exec.Cmd

	t      testing.TB
	output bytes.Buffer  // of both; to be read when the process has ended
	done   chan struct{} // closed then; nil before the start
	bare   bool          // it is not told of its API
}

// Prepare makes cmd a function that finds a fake Runtime API of its own, unless
// env says otherwise, and is not started yet.
func Prepare(t testing.TB, cmd *exec.Cmd, env ...string) *Process {
	t.Helper()
	p := &Process{API: Serve(t), Cmd: cmd, t: t}
	if cmd.Env == nil {
		cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
			return strings.HasPrefix(v, "AWS_LAMBDA_") // of the test, not of the function
		})
	}
	cmd.Env = append(cmd.Env, env...)
	cmd.Stdout, cmd.Stderr = &p.output, &p.output
	return p
}

// SnapStart makes a process that has not been started a function with SnapStart.
func (p *Process) SnapStart() *Process {
	p.API.SnapStart = true
	p.Cmd.Env = append(p.Cmd.Env, "AWS_LAMBDA_INITIALIZATION_TYPE=snap-start")
	return p
}

// Metadata tells a process that has not been started where the metadata endpoint is.
func (p *Process) Metadata() *Process {
	p.Cmd.Env = append(p.Cmd.Env, "AWS_LAMBDA_METADATA_API="+p.API.Addr(),
		"AWS_LAMBDA_METADATA_TOKEN="+p.API.MetadataToken())
	return p
}

// Bare takes the Runtime API from a process that has not been started.
func (p *Process) Bare() *Process {
	p.bare = true
	return p
}

// Start starts the process, which is killed when the test ends.
func (p *Process) Start() *Process {
	p.t.Helper()
	if !p.bare { // the API listens from now on: how it is to be was said before
		p.Cmd.Env = append([]string{"AWS_LAMBDA_RUNTIME_API=" + p.API.Addr()}, p.Cmd.Env...)
	}
	if err := p.Cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.done = make(chan struct{})
	go func() {
		defer close(p.done)
		p.Cmd.Wait()
	}()
	p.t.Cleanup(func() { p.Kill() })
	return p
}

// Launch starts cmd as a function: see Prepare.
func Launch(t testing.TB, cmd *exec.Cmd, env ...string) *Process {
	t.Helper()
	return Prepare(t, cmd, env...).Start()
}

// Child starts the test's own program, as the function that Main has got by that
// name.
func Child(t testing.TB, name string, env ...string) *Process {
	t.Helper()
	return PrepareChild(t, name, env...).Start()
}

// PrepareChild is Child before the start.
func PrepareChild(t testing.TB, name string, env ...string) *Process {
	t.Helper()
	return Prepare(t, program.Command(Self(t)), append(env, AsChild(name))...)
}

// Self is the file of the test's own program.
func Self(t testing.TB) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return self
}

// Invoke is one event, and how the invocation of it ends.
func (p *Process) Invoke(payload string) lambdatest.Result {
	p.t.Helper()
	return Result(p.t, p.API.Queue(lambdatest.Event{Payload: []byte(payload)}))
}

// Asked waits until the process has asked for an event.
func (p *Process) Asked() {
	p.t.Helper()
	p.Await("it asks for an event", p.API.Asked())
}

// Await waits until c is closed, or has something to say.
func (p *Process) Await(what string, c <-chan struct{}) {
	p.t.Helper()
	select {
	case <-c:
	case <-p.done:
		p.t.Fatalf("the process has ended: %v, %q", p.Cmd.ProcessState, p.output.String())
	case <-time.After(Patience):
		p.t.Fatalf("waited in vain until %s", what)
	}
}

// Restore waits until the process asks to be restored, and lets it be.
func (p *Process) Restore() {
	p.t.Helper()
	p.Await("it asks to be restored", p.API.Snapshot())
	p.API.Restore()
}

// Exits waits for the end of the process, checks its status, and returns what it
// has printed.
func (p *Process) Exits(status int) (output string) {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(Patience):
		p.t.Fatal("the process hangs")
	}
	output = p.output.String()
	if got := p.Cmd.ProcessState.ExitCode(); got != status {
		p.t.Errorf("exit status %d, want %d; it printed %q", got, status, output)
	}
	return output
}

// Output is what the process has printed, and is there when it has ended.
func (p *Process) Output() string {
	<-p.done
	return p.output.String()
}

// Kill makes an end of the process, and returns what it has printed.
func (p *Process) Kill() (output string) {
	p.Cmd.Process.Kill()
	return p.Output()
}

// Silent makes an end of the process, which must have printed nothing.
func (p *Process) Silent() {
	p.t.Helper()
	if out := p.Kill(); out != "" {
		p.t.Errorf("the process has printed %q", out)
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

// Ended is closed when the process has ended.
func (p *Process) Ended() <-chan struct{} { return p.done }
