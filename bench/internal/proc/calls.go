package proc

import (
	"fmt"
	"maps"
	"slices"
)

// Calls counts system calls by name, such as "recvfrom".
type Calls map[string]uint64

// Add adds d to c.
func (c Calls) Add(d Calls) {
	for name, n := range d {
		c[name] += n
	}
}

// Since returns what has been added since before.
func (c Calls) Since(before Calls) Calls {
	added := Calls{}
	for name, n := range c {
		if n > before[name] {
			added[name] = n - before[name]
		}
	}
	return added
}

// WithoutClock leaves out the calls that Go's runtime makes because time has passed: its sysmon
// sleeps, and interrupts threads that have run for 10 ms. A traced process is slow, so it makes
// more of those calls.
func (c Calls) WithoutClock() Calls {
	rest := maps.Clone(c)
	for _, name := range []string{"nanosleep", "getpid", "tgkill", "rt_sigreturn"} {
		delete(rest, name)
	}
	return rest
}

// Total returns the number of all calls.
func (c Calls) Total() (total uint64) {
	for _, n := range c {
		total += n
	}
	return total
}

// String lists the calls by name.
func (c Calls) String() string {
	s := ""
	for _, name := range slices.Sorted(maps.Keys(c)) {
		s += fmt.Sprintf(" %s %d", name, c[name])
	}
	return s
}
