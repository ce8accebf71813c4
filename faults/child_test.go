package faults

import (
	"bytes"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/minlambda/minlambda/internal/program"
	"github.com/minlambda/minlambda/lambdatest"
)

// A process is a function in a process of its own, and its Runtime API.
type process struct {
	t      *testing.T
	api    *lambdatest.Server
	cmd    *exec.Cmd
	output bytes.Buffer  // both; to be read when the process has ended
	done   chan struct{} // closed then
}

// child starts one of children. What it returns ends with the test.
func child(t *testing.T, name string, env ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return launch(t, "", program.Command(self), append(env, childVariable+"="+name)...)
}

// launch starts cmd as a function that finds the Runtime API at addr, or if that is empty a new one directly.
func launch(t *testing.T, addr string, cmd *exec.Cmd, env ...string) *process {
	t.Helper()
	p := &process{t: t, api: serve(t), cmd: cmd, done: make(chan struct{})}
	if addr == "" {
		addr = p.api.Addr()
	}
	cmd.Env = append(append(os.Environ(), "AWS_LAMBDA_RUNTIME_API="+addr), env...)
	cmd.Stdout, cmd.Stderr = &p.output, &p.output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		cmd.Wait()
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-p.done
	})
	return p
}

// asked waits until the process has asked for an event.
func (p *process) asked() {
	p.t.Helper()
	select {
	case <-p.api.Asked():
	case <-p.done:
		p.t.Fatalf("the process has ended: %v, %q", p.cmd.ProcessState, p.output.String())
	case <-time.After(patience):
		p.t.Fatal("the process does not ask")
	}
}

// exits waits for the end of the process, and checks its status.
func (p *process) exits(status int) (output string) {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		p.t.Fatal("the process hangs")
	}
	output = p.output.String()
	if got := p.cmd.ProcessState.ExitCode(); got != status {
		p.t.Errorf("exit status %d, want %d; it said %q", got, status, output)
	}
	return output
}

// kill makes an end of the process.
func (p *process) kill() (output string) {
	p.cmd.Process.Kill()
	<-p.done
	return p.output.String()
}
