package main

import "syscall"

// peakMemory returns the peak resident size of an ended process in bytes; 0 while the process
// lives.
func peakMemory(c *child) int64 {
	if !c.over() {
		return 0
	}
	usage, ok := c.command.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return usage.Maxrss
}
