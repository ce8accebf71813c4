package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// measure reads what /proc says of a process.
func measure(pid int) (u usage, ok bool, err error) {
	dir := fmt.Sprintf("/proc/%d/", pid)
	statm, err := os.ReadFile(dir + "statm")
	if err != nil {
		return u, true, err
	}
	fields := strings.Fields(string(statm))
	if len(fields) < 2 {
		return u, true, fmt.Errorf("%sstatm is %q", dir, statm)
	}
	pages, err := strconv.Atoi(fields[1])
	if err != nil {
		return u, true, err
	}
	u.memory = pages * os.Getpagesize()
	for name, n := range map[string]*int{"fd": &u.descriptors, "task": &u.threads} {
		entries, err := os.ReadDir(dir + name)
		if err != nil {
			return u, true, err
		}
		*n = len(entries)
	}
	return u, true, nil
}
