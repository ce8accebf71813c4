// Package peer is what is compared: runtimes, each with a handler, as programs
// that are built as for Lambda and run as processes of their own. peers.go, the
// list, is the file to read first.
package peer

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
)

// A Peer is a runtime with a handler: a program that is built once and runs as
// a process of its own.
type Peer struct {
	Name string

	dir   string // below peers
	tags  string
	linux bool // builds there only
	json  bool // takes no event that is not JSON, such as an empty one

	once sync.Once
	file string
	err  error
}

// Takes reports whether the peer answers an event of size bytes, of those that
// package server makes.
func (p *Peer) Takes(size int) bool { return size > 0 || !p.json }

// Here are those of the peers that this system can build.
func Here(peers []*Peer) (here []*Peer) {
	for _, p := range peers {
		if !p.linux || runtime.GOOS == "linux" {
			here = append(here, p)
		}
	}
	return here
}

const peers = "github.com/minlambda/minlambda/bench/peers/"

// Program is the file with the peer's program. The first call builds it, as one
// would build it for Lambda.
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
		cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-tags="+p.tags, "-o", p.file, peers+p.dir)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			p.err = fmt.Errorf("%v: %w\n%s", cmd, err, out)
		}
	})
	return p.file, p.err
}

// Build builds the programs of all peers, so that nothing is built between two
// measurements.
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
