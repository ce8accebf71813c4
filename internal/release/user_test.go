package release

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The oldest Go that the library promises to work with runs its tests here.
func TestOldestGo(t *testing.T) {
	r := released(t)
	if r.noOld != nil {
		t.Skipf("the Go at hand is tested with, since the oldest is not to be had: %v", r.noOld)
	}
	if got := strings.TrimSpace(r.must(t, r.dir, "go", "env", "GOVERSION")); got != r.old {
		t.Errorf("tested with %s, want %s", got, r.old)
	}
}

// The tool's go.mod and go.sum are tidy, except for the lines in go.sum that the library gets when
// it is released.
func TestToolIsTidy(t *testing.T) {
	r := released(t)
	source, err := repositoryFiles("cmd/minlambda")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(source["go.mod"], r.tool["go.mod"]) {
		t.Errorf("cmd/minlambda/go.mod is\n%s\nand tidy\n%s", source["go.mod"], r.tool["go.mod"])
	}
	got, want := withoutLibrary(source["go.sum"]), withoutLibrary(r.tool["go.sum"])
	if got != want {
		t.Errorf("cmd/minlambda/go.sum is\n%s\nand tidy\n%s", got, want)
	}
}

func withoutLibrary(goSum []byte) string {
	var b strings.Builder
	for line := range strings.Lines(string(goSum)) {
		if !strings.HasPrefix(line, library+" ") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// function makes a user's module with the README's program in it.
func (r *release) function(t *testing.T) (dir string) {
	t.Helper()
	fenced := regexp.MustCompile("(?s)```go\n(package main\n.*?)```\n")
	program := fenced.FindSubmatch(r.root["README.md"])
	if program == nil {
		t.Fatal("README.md has no program")
	}
	dir = filepath.Join(t.TempDir(), "function")
	if err := (tree{"main.go": program[1]}).write(dir); err != nil {
		t.Fatal(err)
	}
	r.must(t, dir, "go", "mod", "init", "example.com/function")
	r.must(t, dir, "go", "get", library+"@"+r.version)
	return dir
}

// A user's module gets the library and what the library requires, and nothing else.
func TestGet(t *testing.T) {
	r := released(t)
	dir := r.function(t)
	r.must(t, dir, "go", "mod", "tidy")
	r.must(t, dir, "go", "vet", ".")
	r.must(t, dir, "go", "build", ".")
	modules := strings.Fields(r.must(t, dir, "go", "list", "-m", "-f", "{{.Path}}", "all"))
	want := []string{"example.com/function", library,
		"github.com/valyala/bytebufferpool", "github.com/valyala/fastjson"}
	if !slices.Equal(modules, want) {
		t.Errorf("the modules are %q, want %q", modules, want)
	}
}

// The tool installs, outside any module, and runs the user's function.
func TestInstall(t *testing.T) {
	r := released(t)
	r.must(t, t.TempDir(), "go", "install", tool+"@"+r.version)
	installed := filepath.Join(r.dir, "bin", "minlambda")
	got := r.must(t, r.function(t), installed, "invoke", ".", "-d", "{}")
	if got != `"Hello, world!"` {
		t.Errorf("the function says %q", got)
	}
}

// The tests of the library and of the tool pass in a module that requires them, where they lie in
// the module cache and not in a repository.
func TestTests(t *testing.T) {
	r := released(t)
	for name, packages := range map[string]string{"library": library, "tool": tool} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			r.must(t, dir, "go", "mod", "init", "example.com/user")
			r.must(t, dir, "go", "get", "-t", packages+"/...@"+r.version)
			out := r.tests(t, dir, packages, "-short")
			// A test that is skipped elsewhere because it takes long may be skipped here because it
			// needs the repository.
			long := regexp.MustCompile(`(?m)^--- SKIP: (\w+)`).FindAllStringSubmatch(out, -1)
			if len(long) == 0 {
				return
			}
			var names []string
			for _, name := range long {
				names = append(names, name[1])
			}
			r.tests(t, dir, packages, "-run", "^("+strings.Join(names, "|")+")$")
		})
	}
}

// tests runs the packages' tests with the flags, and logs what is skipped.
func (r *release) tests(t *testing.T, dir, packages string, flags ...string) (out string) {
	t.Helper()
	args := append(append([]string{"test", "-v"}, flags...), packages+"/...")
	out, err := r.run(dir, "go", args...)
	if err != nil {
		t.Fatalf("%.10000s", failures(err.Error()))
	}
	if !regexp.MustCompile(`(?m)^ok\s+` + packages + `\s`).MatchString(out) {
		t.Errorf("go %s has tested nothing: %s", strings.Join(args, " "), out)
	}
	for _, skipped := range skips.FindAllString(out, -1) {
		t.Logf("go %s: %s", strings.Join(args, " "), skipped)
	}
	return out
}

// skips matches the lines that say why a test was skipped, and which test.
var skips = regexp.MustCompile(`(?m)^ +\S+_test\.go:\d+: .*\n *--- SKIP.*`)

// failures returns the lines of a failed go test -v, without those about what passed.
func failures(out string) string {
	var b strings.Builder
	for line := range strings.Lines(out) {
		if !regexp.MustCompile(`^(=== |ok |\? | *--- (PASS|SKIP))`).MatchString(line) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// In a clone, with only the oldest Go, the README's commands work, and no usual command of Go
// leaves a file that git would see.
func TestClone(t *testing.T) {
	r := released(t)
	dir := filepath.Join(t.TempDir(), "clone")
	if err := r.root.write(dir); err != nil {
		t.Fatal(err)
	}
	got := r.must(t, dir, "sh", "-c", r.readme(t, "go run ./cmd/minlambda "))
	if want := `{"greeting":"Hello, Ada!"}`; got != want {
		t.Errorf("the README's command prints %q, want %q", got, want)
	}
	// The tests are only compiled here: they have run already, or will.
	r.must(t, dir, "sh", "-c", r.readme(t, "go test ./... ")+" -run '^$'")
	r.must(t, dir, "go", "vet", "./...", "./cmd/minlambda/...")
	r.must(t, dir, "go", "doc", library)
	r.must(t, dir, "go", "list", "-m", "-json", "all")
	r.must(t, dir, "go", "mod", "download")
	r.must(t, dir, "go", "mod", "verify")
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err == nil && !bytes.Equal(text, r.root[filepath.ToSlash(name)]) {
			t.Errorf("%s is left behind, or changed:\n%.1000s", name, text)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// readme returns the README's command that begins like this.
func (r *release) readme(t *testing.T, begin string) string {
	t.Helper()
	for line := range strings.Lines(string(r.root["README.md"])) {
		if command, ok := strings.CutPrefix(line, "    "+begin); ok {
			return begin + strings.TrimSpace(command)
		}
	}
	t.Fatalf("README.md has no command %q", begin)
	return ""
}
