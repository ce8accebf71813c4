package release

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/modfile"
)

// A release is what all tests share: the library, the tool and lambda on a proxy, and the Go of a
// user who has nothing else.
type release struct {
	dir     string // the directory of everything that is made
	version string
	root    tree   // the repository
	tool    tree   // as the tool is published
	lambda  tree   // as lambda is
	old     string // the oldest Go that the library accepts, such as go1.24.0
	noOld   error  // why the installed Go is used instead of it
	env     []string
}

var shared struct {
	once sync.Once
	r    *release
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.r != nil {
		if err := os.RemoveAll(shared.r.dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// released returns the release, which the first call makes.
func released(t *testing.T) *release {
	t.Helper()
	shared.once.Do(func() { shared.r, shared.err = newRelease() })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.r
}

func newRelease() (r *release, err error) {
	dir, err := os.MkdirTemp("", "minlambda-release-")
	if err != nil {
		return nil, err
	}
	r = &release{dir: dir}
	defer func() {
		if err != nil {
			os.RemoveAll(dir)
		}
	}()
	if r.root, err = repositoryFiles("."); err != nil {
		return nil, err
	}
	if r.tool, err = repositoryFiles("cmd/minlambda"); err != nil {
		return nil, err
	}
	if r.version, err = requirement("cmd/minlambda", r.tool); err != nil {
		return nil, err
	}
	if err := r.choose(); err != nil {
		return nil, err
	}
	if err := publish(r.proxy(), library, r.version, r.root); err != nil {
		return nil, err
	}
	// The tool's go.sum gets the library's lines when the library is released: see CONTRIBUTING.md.
	if err := r.tidy(); err != nil {
		return nil, err
	}
	if r.lambda, err = repositoryFiles("lambda"); err != nil {
		return nil, err
	}
	for path, files := range map[string]tree{tool: r.tool, nested: r.lambda} {
		files["LICENSE"] = r.root["LICENSE"] // as the go command does
		if err := publish(r.proxy(), path, r.version, files); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *release) proxy() string { return filepath.Join(r.dir, "proxy") }

// choose makes the environment, with the oldest Go that go.mod accepts.
func (r *release) choose() error {
	mod, err := modfile.Parse("go.mod", r.root["go.mod"], nil)
	if err != nil {
		return err
	}
	r.old = "go" + mod.Go.Version
	settings := exec.Command("go", "env", "GOMODCACHE", "GOROOT", "GOPROXY")
	out, err := settings.Output()
	if err != nil {
		return fmt.Errorf("%v: %w", settings, err)
	}
	lines := strings.Split(string(out), "\n")
	cache, goroot, proxies := lines[0], lines[1], lines[2]
	find := exec.Command("go", "env", "GOROOT")
	find.Env = append(os.Environ(), "GOTOOLCHAIN="+r.old, "GOWORK=off")
	find.Dir = r.dir
	var said bytes.Buffer
	find.Stderr = &said
	if out, err := find.Output(); err != nil {
		r.noOld = fmt.Errorf("%s: %w: %s", r.old, err, said.String())
	} else {
		goroot = strings.TrimSpace(string(out))
	}
	path := filepath.Join(goroot, "bin") + string(filepath.ListSeparator) + os.Getenv("PATH")
	// What was downloaded for the repository need not be downloaded again.
	downloaded := filepath.Join(cache, "cache", "download")
	for _, dir := range []string{downloaded, r.proxy()} {
		proxies = "file://" + filepath.ToSlash(dir) + "," + proxies
	}
	r.env = append(os.Environ(), "PATH="+path, "GOTOOLCHAIN=local", "GOPROXY="+proxies,
		"GONOSUMDB="+library, "GOMODCACHE="+filepath.Join(r.dir, "modcache"),
		"GOBIN="+filepath.Join(r.dir, "bin"), "GOFLAGS=-modcacherw", "GOWORK=", "GOROOT=")
	return nil
}

// command returns a command in the directory dir, as a user of the release would give it.
func (r *release) command(dir, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	if name == "go" { // exec.Command looks in this process's PATH
		for _, v := range r.env {
			if list, ok := strings.CutPrefix(v, "PATH="); ok {
				cmd = exec.Command(filepath.Join(filepath.SplitList(list)[0], "go"), args...)
			}
		}
	}
	cmd.Dir, cmd.Env = dir, r.env
	return cmd
}

// run runs a command, and returns what it prints on standard output.
func (r *release) run(dir, name string, args ...string) (string, error) {
	cmd := r.command(dir, name, args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s %s: %w\n%s%s", name, strings.Join(args, " "), err, out, said.String())
	}
	return string(out), err
}

// must runs a command for a test, and ends the test if the command fails.
func (r *release) must(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	out, err := r.run(dir, name, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// tidy gives the tool the go.mod and the go.sum that go mod tidy makes, with the library from the
// proxy.
func (r *release) tidy() error {
	dir := filepath.Join(r.dir, "tidy")
	if err := r.tool.write(dir); err != nil {
		return err
	}
	if _, err := r.run(dir, "go", "mod", "tidy"); err != nil {
		return err
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		r.tool[name] = text
	}
	return nil
}
