//go:build unix

package main

import (
	"os"
	"syscall"
)

// tie is the process group of the child: a group of its own, so that Ctrl-C on the terminal reaches
// this program only, which then ends the group.
type tie struct{}

func bind(*os.Process) tie { return tie{} }

// terminate sends SIGTERM to the group. It reports false if no process could get the signal.
func (tie) terminate(p *os.Process) bool { return syscall.Kill(-p.Pid, syscall.SIGTERM) == nil }

func (tie) kill(p *os.Process) { syscall.Kill(-p.Pid, syscall.SIGKILL) }

func (tie) release() {}
