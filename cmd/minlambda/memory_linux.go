package main

import (
	"bytes"
	"fmt"
	"os"
)

// peakMemory returns the peak resident size of a living process in bytes; 0 if it is not known. The
// peak of an ended process is useless on Linux: it begins with the size of the process that started
// it.
func peakMemory(c *child) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.command.Process.Pid))
	if err != nil {
		return 0
	}
	_, line, _ := bytes.Cut(status, []byte("\nVmHWM:"))
	var kilobytes int64
	fmt.Sscan(string(line), &kilobytes) // a process that has just ended has no such line: 0
	return kilobytes << 10
}
