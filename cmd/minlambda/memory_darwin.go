package main

import "syscall"

// peakMemory is the peak resident size of an ended process in bytes, 0 as long as it lives.
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
