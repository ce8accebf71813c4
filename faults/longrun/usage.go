package main

import "fmt"

// A usage is what a process has of what the system lends.
type usage struct{ memory, descriptors, threads int }

// usages is what was measured, right after the function had given back the memory that it can: what
// is left is in use.
type usages struct {
	samples  int
	fresh    bool
	first    usage // of the process, when its buffers have their full size
	min, max usage // over all processes
}

// A growth of more is a leak. Memory varies by what the allocator keeps, and by the buffers, of
// which more is touched by some events than by others; threads by those that the Go runtime starts
// when a system call takes long. What leaks 400 bytes in each invocation is found before the
// function panics, at one panic in 20,000.
const (
	moreMemory      = 8 << 20
	moreThreads     = 8
	moreDescriptors = 0
)

func (u *usages) newProcess() { u.fresh = true }

// sample looks at the process, and says what has grown.
func (u *usages) sample(pid int) error {
	now, ok, err := measure(pid)
	if err != nil || !ok {
		return err
	}
	if u.samples == 0 {
		u.min, u.max = now, now
	}
	u.samples++
	if u.fresh {
		u.first, u.fresh = now, false
	}
	u.min = usage{min(u.min.memory, now.memory), min(u.min.descriptors, now.descriptors),
		min(u.min.threads, now.threads)}
	u.max = usage{max(u.max.memory, now.memory), max(u.max.descriptors, now.descriptors),
		max(u.max.threads, now.threads)}
	switch {
	case now.memory > u.first.memory+moreMemory:
		return fmt.Errorf("the function's memory has grown from %d to %d KiB", u.first.memory>>10,
			now.memory>>10)
	case now.descriptors > u.first.descriptors+moreDescriptors:
		return fmt.Errorf("the function's descriptors have grown from %d to %d",
			u.first.descriptors, now.descriptors)
	case now.threads > u.first.threads+moreThreads:
		return fmt.Errorf("the function's threads have grown from %d to %d", u.first.threads,
			now.threads)
	}
	return nil
}

func (u *usages) String() string {
	if u.samples == 0 {
		return "resources were not measured"
	}
	return fmt.Sprintf("%d to %d KiB resident, %d to %d descriptors,"+
		" %d to %d threads in %d samples",
		u.min.memory>>10, u.max.memory>>10, u.min.descriptors, u.max.descriptors, u.min.threads,
		u.max.threads, u.samples)
}
