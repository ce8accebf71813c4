package launch

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/minlambda/minlambda/bench/internal/echo"
	"github.com/minlambda/minlambda/bench/internal/proc"
	"github.com/minlambda/minlambda/bench/internal/server"
)

// Options say how to start a peer. The zero value starts it as it is.
type Options struct {
	Joined  bool     // see server.Server
	ByHand  bool     // see server.Server
	Servers int      // 0 is 1
	Env     []string // in addition to this process's environment
	Stderr  *os.File // nil means this process's
}

// A Process is a running peer and the server that it talks to.
type Process struct {
	*server.Server // the first of Servers

	Servers []*server.Server
	Peer    *Peer
	Started time.Time // just before the peer was started
	Ended   time.Time // once Gone is closed
	Gone    chan struct{}

	cmd  *exec.Cmd
	stop sync.Once
}

// Start starts the peer, and returns before it is ready: Wait says when.
func (p *Peer) Start(o Options) (*Process, error) {
	program, err := p.Program()
	if err != nil {
		return nil, err
	}
	running := &Process{Peer: p, Gone: make(chan struct{}), cmd: exec.Command(program)}
	var addrs []string
	for range max(1, o.Servers) {
		s, err := server.Listen()
		if err != nil {
			running.close()
			return nil, err
		}
		s.Joined, s.ByHand = o.Joined, o.ByHand
		running.Servers = append(running.Servers, s)
		addrs = append(addrs, s.Addr())
	}
	running.Server = running.Servers[0]
	// The rest of the environment is the user's: GODEBUG, GOGC and GOMAXPROCS are worth a try.
	running.cmd.Env = append(os.Environ(), "AWS_LAMBDA_RUNTIME_API="+strings.Join(addrs, ","))
	running.cmd.Env = append(running.cmd.Env, o.Env...)
	running.cmd.Stderr = o.Stderr // a file itself: no pipe, and no goroutine that copies
	if o.Stderr == nil {
		running.cmd.Stderr = os.Stderr
	}
	if running.Started, err = proc.Start(running.cmd); err != nil {
		running.close()
		return nil, err
	}
	go running.watch()
	return running, nil
}

// watch waits for the end of the process. It does not call Wait earlier, because that would take
// what a tracer of the process waits for.
func (p *Process) watch() {
	proc.AwaitEnd(p.PID())
	p.Ended = time.Now()
	_ = p.cmd.Wait() // it was killed, or the server has noticed
	close(p.Gone)
}

// Stop ends the peer. It kills it first, so that the peer has no time to complain about its server.
// Stopping it again does nothing.
func (p *Process) Stop() {
	p.stop.Do(func() {
		_ = p.cmd.Process.Kill()
		<-p.Gone
		p.close()
	})
}

func (p *Process) close() {
	for _, s := range p.Servers {
		s.Close()
	}
}

// PID returns the process's number.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// State returns what the system knows of the process when Gone is closed; nil if somebody else has
// waited for it.
func (p *Process) State() *os.ProcessState { return p.cmd.ProcessState }

// Do lets the peer answer n events, one after the other.
func (p *Process) Do(n int, e *server.Event) error {
	if err := p.Run(n, e, p.Gone); err != nil {
		return fmt.Errorf("%s: %w", p.Peer.Name, err)
	}
	return nil
}

// Once lets the peer, which was started ByHand, answer an event; see server.Server.
func (p *Process) Once(e *server.Event, after func() error) (time.Duration, error) {
	took, err := p.Server.Once(e, after, p.Gone)
	if err != nil {
		err = fmt.Errorf("%s: %w", p.Peer.Name, err)
	}
	return took, err
}

// Allocated is what a peer has allocated since it started.
type Allocated struct{ Mallocs, Bytes uint64 }

// Allocated asks the peer, in an ordinary invocation.
func (p *Process) Allocated() (a Allocated, err error) {
	got, err := p.Ask(server.NewEventOf([]byte(echo.Stats)), 128, p.Gone)
	if err == nil {
		err = json.Unmarshal(got, &a)
	}
	if err != nil {
		return a, fmt.Errorf(
			"asking %s what it has allocated: %w, answer %q",
			p.Peer.Name,
			err,
			got,
		)
	}
	return a, nil
}

// WarmUp returns how many invocations it takes until buffers have grown and pools are full:
// thousands of small events, a few large ones.
func WarmUp(size int) int { return max(3, min(2000, 32<<20/(size+1))) }
