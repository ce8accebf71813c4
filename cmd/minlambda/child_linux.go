package main

import (
	"os/exec"
	"syscall"
)

// prepare has the kernel kill the child should this program be killed.
func prepare(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
