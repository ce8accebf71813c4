package main

import (
	"os/exec"
	"runtime"
	"sync"
	"time"
)

// child is the function's process. It never outlives this one.
type child struct {
	command *exec.Cmd
	started time.Time     // just before the start
	exited  chan struct{} // closed when the process has ended
	err     error         // of Wait, once the process has ended
	tie     tie
	ending  sync.Once
}

// grace is the time that Lambda leaves a function with an internal extension between SIGTERM and
// SIGKILL. Only tests change it.
var grace = 500 * time.Millisecond

// start starts the process.
func start(command *exec.Cmd) (*child, error) {
	c := &child{command: command, exited: make(chan struct{})}
	started := make(chan error)
	go func() {
		// On Linux the child is killed when the thread that started it ends. This goroutine keeps
		// that thread to itself until the child has ended.
		runtime.LockOSThread()
		prepare(command)
		c.started = time.Now()
		err := command.Start()
		if err == nil {
			c.tie = bind(command.Process)
		}
		started <- err
		if err == nil {
			c.err = command.Wait()
			c.tie.release()
			close(c.exited)
		}
	}()
	return c, <-started
}

// stop kills the process, and on Unix what it has started, and returns when it has ended. If
// warned, the process first gets SIGTERM, where that signal exists.
func (c *child) stop(warned bool) {
	c.ending.Do(func() {
		if warned && c.tie.terminate(c.command.Process) {
			timer := time.NewTimer(grace)
			defer timer.Stop()
			select {
			case <-c.exited:
			case <-timer.C:
			}
		}
		c.tie.kill(c.command.Process)
	})
	<-c.exited
}

// over reports whether the process has ended.
func (c *child) over() bool {
	select {
	case <-c.exited:
		return true
	default:
		return false
	}
}

// reason returns why the process has ended, in Lambda's words.
func (c *child) reason() string {
	if c.err == nil {
		return "Runtime exited without providing a reason"
	}
	return "Runtime exited with error: " + c.err.Error()
}
