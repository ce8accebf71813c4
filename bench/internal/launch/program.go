// Package launch has what is compared: runtimes, each with a handler, as programs that are built as
// for Lambda and run as processes of their own. Read peers.go first: it is the list.
package launch

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/minlambda/minlambda/bench/internal/server"
)

// A Peer is a runtime with a handler: a program that is built once and runs as a process of its
// own.
type Peer struct {
	Name string

	dir   string // below peers
	tags  string
	linux bool // builds only on Linux
	json  bool // takes no event that is not JSON, such as an empty one
	small bool // takes no event that comes chunked
	c     bool // is written in C: tags are macros to define

	once sync.Once
	file string
	err  error
}

// Takes reports whether the peer answers an event of size bytes made by package server.
func (p *Peer) Takes(size int) bool {
	return (size > 0 || !p.json) && (size <= server.MaxPlain || !p.small)
}

// Counts reports whether the peer says what it has allocated, when it is asked.
func (p *Peer) Counts() bool { return !p.small }

// Here returns the peers that this system can build.
func Here(peers []*Peer) (here []*Peer) {
	for _, p := range peers {
		if p.Missing() == "" {
			here = append(here, p)
		}
	}
	return here
}

// Missing says what the peer needs to be built; "" if nothing is missing.
func (p *Peer) Missing() string {
	if p.linux && runtime.GOOS != "linux" {
		return "Linux"
	}
	if p.c {
		if _, err := exec.LookPath(compiler); err != nil {
			return compiler
		}
	}
	return ""
}

const (
	module   = "github.com/minlambda/minlambda/bench"
	compiler = "gcc"
)

// Program returns the file with the peer's program. The first call builds it, as one would build it
// for Lambda.
func (p *Peer) Program() (string, error) {
	p.once.Do(func() {
		var dir string
		if dir, p.err = programs.make(); p.err != nil {
			return
		}
		p.file = filepath.Join(dir, strings.ReplaceAll(p.dir, "/", "-")+"-"+p.tags)
		if runtime.GOOS == "windows" {
			p.file += ".exe"
		}
		var cmd *exec.Cmd
		if cmd, p.err = p.build(); p.err != nil {
			return
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			p.err = fmt.Errorf("%v: %w\n%s", cmd, err, out)
		}
	})
	return p.file, p.err
}

// build returns the command that makes the program.
func (p *Peer) build() (*exec.Cmd, error) {
	if p.c {
		list := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module)
		dir, err := list.Output()
		if err != nil {
			return nil, fmt.Errorf("%v: %w", list, err)
		}
		source := filepath.Join(strings.TrimSpace(string(dir)), "peers", p.dir, "main.c")
		args := []string{"-O2", "-s", "-o", p.file, source}
		if p.tags != "" {
			args = append(args, "-D"+p.tags)
		}
		return exec.Command(compiler, args...), nil
	}
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-tags="+p.tags,
		"-o", p.file, module+"/peers/"+p.dir)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	return cmd, nil
}

// Build builds the programs of all peers, so that nothing is built between two measurements.
func Build(peers []*Peer) error {
	for _, p := range peers {
		if _, err := p.Program(); err != nil {
			return err
		}
	}
	return nil
}

// programs is the directory that programs are built into.
var programs directory

type directory struct {
	sync.Mutex
	name string
}

func (d *directory) make() (string, error) {
	d.Lock()
	defer d.Unlock()
	var err error
	if d.name == "" {
		d.name, err = os.MkdirTemp("", "minlambda-bench")
	}
	return d.name, err
}

// Remove removes all programs. No peer can be started after that.
func Remove() error {
	programs.Lock()
	defer programs.Unlock()
	return os.RemoveAll(programs.name)
}
