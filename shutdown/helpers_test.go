//go:build unix

package shutdown_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/lambdatest"
)

func TestMain(m *testing.M) {
	for name, run := range children {
		children[name] = func() {
			run()
			say("main returns")
		}
	}
	looptest.Main(m, children)
}

// say prints a line in one write.
func say(line string) { os.Stdout.WriteString(line + "\n") }

// A process is a function in a process of its own, and what it says on standard output while it
// runs. What it prints on standard error is the Process's output.
type process struct {
	*looptest.Process
	t      *testing.T
	stdout lines
}

// lines is what a process has said so far.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// prepare makes a process of one of children, which is not started yet.
func prepare(t *testing.T, name string, env ...string) *process {
	t.Helper()
	p := &process{Process: looptest.PrepareChild(t, name, env...), t: t}
	p.Cmd.Stdout = &p.stdout
	return p
}

// child starts one of children.
func child(t *testing.T, name string, env ...string) *process {
	t.Helper()
	p := prepare(t, name, env...)
	p.Start()
	return p
}

// until waits for what must become true.
func (p *process) until(what string, ok func() bool) {
	p.t.Helper()
	looptest.Until(p.t, what, func() bool {
		select {
		case <-p.Ended():
			if !ok() {
				p.t.Fatalf("%s: the process has ended, %v; it said %q and %q", what,
					p.Cmd.ProcessState, p.stdout.String(), p.Output())
			}
			return true
		default:
			return ok()
		}
	})
}

// idle waits until n loops wait for an event.
func (p *process) idle(n int) {
	p.t.Helper()
	p.until("the loops wait", func() bool { return p.API.Waiting() == n })
}

// said waits until the process has said a line n times.
func (p *process) said(line string, n int) {
	p.t.Helper()
	p.until(line, func() bool {
		return len(slices.DeleteFunc(strings.Split(p.stdout.String(), "\n"),
			func(s string) bool { return s != line })) == n
	})
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.Cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

func (p *process) queue(event string) *lambdatest.Pending {
	return p.API.Queue(lambdatest.Event{Payload: []byte(event)})
}

func (p *process) result(q *lambdatest.Pending) lambdatest.Result {
	p.t.Helper()
	return looptest.Result(p.t, q)
}

// ends waits for the end of the process, and checks its status and what it has said on standard
// output; what it has said on standard error is returned.
func (p *process) ends(status int, said string) (stderr string) {
	p.t.Helper()
	stderr = p.Exits(status)
	if got := p.stdout.String(); got != said {
		p.t.Errorf("it said %q, and %q on standard error; want %q", got, stderr, said)
	}
	return stderr
}

// ended is ends for a process that has said nothing on standard error.
func (p *process) ended(status int, said string) {
	p.t.Helper()
	if stderr := p.ends(status, said); stderr != "" {
		p.t.Errorf("it said %q on standard error", stderr)
	}
}

// front is the address of a server before api that gives each connection whose first request is an
// extension's to register, and hands on all others byte by byte.
func front(t *testing.T, api *lambdatest.Server, register func(c net.Conn)) (addr string) {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(func() {
		listener.Close()
		all.Wait()
	})
	serve := func(c net.Conn) {
		defer all.Done()
		defer c.Close()
		in := bufio.NewReader(c)
		first, err := in.ReadString('\n')
		if err != nil {
			return
		}
		if strings.Contains(first, "/2020-01-01/extension/") {
			in.Peek(1)
			in.Discard(in.Buffered())
			register(c)
			return
		}
		to, err := net.Dial("tcp4", api.Addr())
		if err != nil {
			return
		}
		all.Add(1)
		go func() {
			defer all.Done()
			defer c.Close()
			io.Copy(c, to)
		}()
		io.WriteString(to, first)
		io.Copy(to, in)
		to.Close()
	}
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			all.Add(1)
			go serve(c)
		}
	}()
	return listener.Addr().String()
}
