//go:build unix && !linux

package main

import (
	"os/exec"
	"syscall"
)

// prepare gives the child its own process group. If this program is killed, the child loses its
// Runtime API and ends by itself.
func prepare(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
