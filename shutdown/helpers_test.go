//go:build unix

package shutdown_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/minlambda/minlambda/internal/program"
	"github.com/minlambda/minlambda/lambdatest"
)

// patience bounds every wait of these tests: it is only used up when something hangs.
const patience = time.Minute

// childVariable names the function that the test's own program is to be.
const childVariable = "MINLAMBDA_SHUTDOWN_CHILD"

func TestMain(m *testing.M) {
	if name := os.Getenv(childVariable); name != "" {
		children[name]()
		say("main returns")
		os.Exit(0)
	}
	program.Parallel()
	os.Exit(m.Run())
}

// say prints a line in one write.
func say(line string) { os.Stdout.WriteString(line + "\n") }

// A process is a function in a process of its own, and its Runtime API.
type process struct {
	t      *testing.T
	api    *lambdatest.Server
	cmd    *exec.Cmd
	stdout lines
	stderr bytes.Buffer  // to be read when the process has ended
	done   chan struct{} // closed then
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

// start starts one of children, with the Runtime API at addr, or at api's own address.
func start(t *testing.T, api *lambdatest.Server, addr, name string, env ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if addr == "" {
		addr = api.Addr()
	}
	p := &process{t: t, api: api, cmd: program.Command(self), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), childVariable+"="+name, "AWS_LAMBDA_RUNTIME_API="+addr)
	p.cmd.Env = append(p.cmd.Env, env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		p.cmd.Wait()
	}()
	t.Cleanup(func() {
		p.cmd.Process.Kill()
		<-p.done
		api.Close()
		for _, v := range api.Violations() {
			t.Errorf("violation: %s", v)
		}
	})
	return p
}

// child is start with a Runtime API that does what Lambda does.
func child(t *testing.T, name string, env ...string) *process {
	t.Helper()
	return start(t, lambdatest.NewServer(), "", name, env...)
}

// until waits for what must become true.
func (p *process) until(what string, ok func() bool) {
	p.t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		select {
		case <-p.done:
			if !ok() {
				p.t.Fatalf("%s: the process has ended, %v; it said %q and %q", what,
					p.cmd.ProcessState, p.stdout.String(), p.stderr.String())
			}
			return
		default:
		}
		if time.Now().After(end) {
			p.t.Fatalf("waited in vain: %s; the process said %q", what, p.stdout.String())
		}
	}
}

// idle waits until n loops wait for an event.
func (p *process) idle(n int) {
	p.t.Helper()
	p.until("the loops wait", func() bool { return p.api.Waiting() == n })
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
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

func (p *process) queue(event string) *lambdatest.Pending {
	return p.api.Queue(lambdatest.Event{Payload: []byte(event)})
}

func (p *process) result(q *lambdatest.Pending) lambdatest.Result {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := q.Wait(ctx)
	if err != nil {
		p.t.Fatalf("%v; the process said %q", err, p.stdout.String())
	}
	return r
}

// ends waits for the end of the process, and checks its status and what it has said on standard
// output; what it has said on standard error is returned.
func (p *process) ends(status int, said string) (stderr string) {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		p.t.Fatalf("the process hangs; it said %q", p.stdout.String())
	}
	if got := p.cmd.ProcessState.ExitCode(); got != status || p.stdout.String() != said {
		p.t.Errorf("%v, after %q and %q; want status %d after %q", p.cmd.ProcessState,
			p.stdout.String(), p.stderr.String(), status, said)
	}
	return p.stderr.String()
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
