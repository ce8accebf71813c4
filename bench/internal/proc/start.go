package proc

import (
	"os/exec"
	"runtime"
	"sync"
	"time"
)

// Start starts a command that may be traced. One thread starts them all and does nothing else:
// Linux reports what a traced child does to the thread that traces it or to the thread that has
// started it, whichever waits. A thread that traces one child would take the stops of another that
// it has started. began is the time just before the command was started.
func Start(cmd *exec.Cmd) (began time.Time, err error) {
	starter.Do(func() {
		go func() {
			runtime.LockOSThread()
			for cmd := range commands {
				began := time.Now()
				started <- start{began, cmd.Start()}
			}
		}()
	})
	starting.Lock()
	defer starting.Unlock()
	commands <- cmd
	s := <-started
	return s.began, s.err
}

type start struct {
	began time.Time
	err   error
}

var (
	starter  sync.Once
	starting sync.Mutex
	commands = make(chan *exec.Cmd)
	started  = make(chan start)
)
