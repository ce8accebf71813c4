package tidy

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/internal/program"
)

// readmeBuild is the command with which the README builds a bootstrap, as it stands there.
const readmeBuild = "CGO_ENABLED=0 GOOS=linux GOARCH=arm64 go build -trimpath -buildvcs=false" +
	" -ldflags '-s -w' -o build/ ./examples/hello"

// The same source gives the same program, byte by byte, whatever the directory is called and
// whether the cache is empty.
func TestReproducibleBuild(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program from nothing")
	}
	t.Parallel()
	for _, page := range []string{"README.md", "SECURITY.md"} {
		text, err := os.ReadFile(filepath.Join(top, page))
		if err != nil || !strings.Contains(string(text), "    "+readmeBuild+"\n") {
			t.Errorf("%s does not say %s: %v", page, readmeBuild, err)
		}
	}
	var programs [][]byte
	for _, name := range []string{"one", "another, with a longer name"} {
		dir := filepath.Join(t.TempDir(), name)
		copyLibrary(t, dir)
		// One of the copies is a checkout of version control, and the other is not.
		if len(programs) == 1 {
			if git, err := exec.LookPath("git"); err == nil {
				if out, err := exec.Command(git, "init", "-q", dir).CombinedOutput(); err != nil {
					t.Fatalf("git init: %v: %s", err, out)
				}
			}
		}
		programs = append(programs,
			buildAsInTheReadme(t, filepath.Join(dir, "examples", "hello"), len(programs) == 0))
	}
	if !bytes.Equal(programs[0], programs[1]) {
		t.Errorf("two builds of %d and %d bytes differ", len(programs[0]), len(programs[1]))
	}
	if here, err := filepath.Abs(top); err != nil || bytes.Contains(programs[0], []byte(here)) ||
		bytes.Contains(programs[0], []byte(os.TempDir()+"/")) {
		t.Errorf("the program has the name of a directory in it: %v", err)
	}
}

// buildAsInTheReadme builds the program in dir with the README's flags, with an empty cache if
// afresh.
func buildAsInTheReadme(t *testing.T, dir string, afresh bool) []byte {
	t.Helper()
	cmd := program.Go("build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w",
		"-o", "bootstrap", ".")
	cmd.Dir = dir
	cmd.Env = append(cmd.Env, "CGO_ENABLED=0", "GOOS=linux", "GOARCH=arm64", "GOFLAGS=")
	if afresh {
		cmd.Env = append(cmd.Env, "GOCACHE="+t.TempDir())
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v: %s", err, out)
	}
	program, err := os.ReadFile(filepath.Join(dir, "bootstrap"))
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// copyLibrary copies what a program's build reads: go.mod, go.sum and the Go files, tests left
// out.
func copyLibrary(t *testing.T, to string) {
	t.Helper()
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if _, err := os.Stat(filepath.Join(path, "go.mod")); path != top &&
				(err == nil || strings.HasPrefix(d.Name(), ".")) {
				return filepath.SkipDir
			}
			return nil
		}
		name := d.Name()
		if name != "go.mod" && name != "go.sum" &&
			(!strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go")) {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(top, path)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Join(to, filepath.Dir(inside)), 0o755); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, inside), text, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}
