package main

import (
	"os/exec"
	"syscall"
)

// prepare tells the kernel to kill the child if this program is killed.
func prepare(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
