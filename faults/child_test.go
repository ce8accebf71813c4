package faults

import (
	"os/exec"
	"testing"

	"github.com/minlambda/minlambda/internal/looptest"
)

// A process is a function in a process of its own, and its Runtime API.
type process struct {
	*looptest.Process
	t *testing.T
}

// child starts one of children. What it returns ends with the test.
func child(t *testing.T, name string, env ...string) *process {
	t.Helper()
	return &process{looptest.Child(t, name, env...), t}
}

// launch starts cmd as a function that finds the Runtime API at addr, or if that is empty a new
// one directly.
func launch(t *testing.T, addr string, cmd *exec.Cmd, env ...string) *process {
	t.Helper()
	if addr != "" {
		env = append(env, "AWS_LAMBDA_RUNTIME_API="+addr)
	}
	return &process{looptest.Launch(t, cmd, env...), t}
}
