package main

import (
	"os/exec"
	"runtime"
	"sync"
	"time"
)

// child is the function's process. It does not outlive this one.
type child struct {
	command *exec.Cmd
	started time.Time     // just before the start
	exited  chan struct{} // closed when it has ended
	err     error         // of Wait, once it has ended
	tie     tie
	ending  sync.Once
}

// grace is the time between SIGTERM and SIGKILL that Lambda leaves a function with an internal
// extension. Only tests change it.
var grace = 500 * time.Millisecond

// start starts the process.
func start(command *exec.Cmd) (*child, error) {
	c := &child{command: command, exited: make(chan struct{})}
	started := make(chan error)
	go func() {
		// On Linux the child is killed when the thread ends that started it. This goroutine keeps that thread to itself
		// until the child has ended.
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
// warned, it is told so by SIGTERM before, where there is such a signal.
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

// over is whether the process has ended.
func (c *child) over() bool {
	select {
	case <-c.exited:
		return true
	default:
		return false
	}
}

// reason is why the process has ended, in Lambda's words.
func (c *child) reason() string {
	if c.err == nil {
		return "Runtime exited without providing a reason"
	}
	return "Runtime exited with error: " + c.err.Error()
}
