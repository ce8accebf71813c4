package bench

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/minlambda/minlambda/bench/server"
)

// A peer is a runtime under test: a program that is built once and runs as a
// process of its own.
type peer struct {
	name  string
	dir   string // below peers
	tags  string
	linux bool // builds there only

	once sync.Once
	file string
	err  error
}

var (
	ours  = &peer{name: "minlambda", dir: "minlambda"}
	aws   = &peer{name: "awslambdago", dir: "awslambdago", tags: "lambda.norpc"}
	floor = &peer{name: "floor", dir: "floor", linux: true}

	peers = []*peer{
		ours,
		{name: "insequence", dir: "insequence"},
		{name: "net", dir: "minlambda", tags: "minlambda_net"},
		aws,
		floor,
	}
)

var (
	check  = flag.Bool("check", false, "run TestRatios, which holds the measured ratios against the budgets")
	joined = flag.Bool("joined", false, "send the 202 and the next event in one write, where the peer allows it")
)

// built is where the peers' programs are.
var built string

func TestMain(m *testing.M) {
	flag.Parse()
	var err error
	if built, err = os.MkdirTemp("", "minlambda-bench"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	os.RemoveAll(built)
	os.Exit(status)
}

// each runs f for every peer that this system can build.
func each(names []*peer, f func(p *peer)) {
	for _, p := range names {
		if !p.linux || runtime.GOOS == "linux" {
			f(p)
		}
	}
}

// program builds the peer when it is first asked for, as one would build it
// for Lambda.
func (p *peer) program(tb testing.TB) string {
	tb.Helper()
	p.once.Do(func() {
		p.file = filepath.Join(built, p.name)
		if runtime.GOOS == "windows" {
			p.file += ".exe"
		}
		cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-tags="+p.tags, "-o", p.file, "./peers/"+p.dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			p.err = fmt.Errorf("%v: %w\n%s", cmd, err, out)
		}
	})
	if p.err != nil {
		tb.Fatal(p.err)
	}
	return p.file
}

// A process is a running peer and the server that it talks to.
type process struct {
	*server.Server
	cmd     *exec.Cmd
	started time.Time // just before
	gone    chan struct{}
}

// start starts the peer, and returns before it is there: process.Wait says when.
func (p *peer) start(tb testing.TB) *process {
	tb.Helper()
	program := p.program(tb)
	s, err := server.Listen()
	if err != nil {
		tb.Fatal(err)
	}
	s.Joined = *joined
	cmd := exec.Command(program)
	// The rest of the environment is the user's: GODEBUG, GOGC and GOMAXPROCS
	// are worth a try.
	cmd.Env = append(os.Environ(), "AWS_LAMBDA_RUNTIME_API="+s.Addr())
	cmd.Stderr = os.Stderr // the file itself: no pipe, and no goroutine that copies
	started := time.Now()
	if err := cmd.Start(); err != nil {
		s.Close()
		tb.Fatal(err)
	}
	proc := &process{Server: s, cmd: cmd, started: started, gone: make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(proc.gone)
	}()
	return proc
}

// stop ends the peer. It is killed first, so that it has no time to complain
// about its server.
func (p *process) stop() {
	_ = p.cmd.Process.Kill()
	<-p.gone
	p.Close()
}

// run has the peer answer n events.
func (p *process) run(tb testing.TB, n int, e *server.Event) {
	tb.Helper()
	if err := p.Run(n, e, p.gone); err != nil {
		tb.Fatal(err)
	}
}
