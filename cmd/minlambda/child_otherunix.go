//go:build unix && !linux

package main

import (
	"os/exec"
	"syscall"
)

// prepare gives the child its group. Should this program be killed, the child loses its Runtime API, and ends by itself.
func prepare(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
