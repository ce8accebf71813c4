package faults

import (
	"os/exec"
	"syscall"
	"testing"

	"github.com/minlambda/minlambda/internal/program"
)

// tracer is the path of strace, which sees a program's system calls and can make
// them fail. Without it the test is skipped.
func tracer(t *testing.T) string {
	t.Helper()
	if program.Emulated() {
		t.Skip("strace would see the emulator's system calls")
	}
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("no strace here")
	}
	out, err := exec.Command(strace, "-qq", "-e", "trace=none", "/bin/true").CombinedOutput()
	if err != nil {
		t.Skipf("strace does not run here: %v: %s", err, out)
	}
	return strace
}

// killGroup makes an end of strace and of what it runs, which would outlive it.
func killGroup(p *process) (output string) {
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	return p.kill()
}
