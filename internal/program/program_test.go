package program

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// With the variable set, its words come before the program; without it, nothing does.
func TestCommand(t *testing.T) {
	for value, want := range map[string][]string{
		"":               {"/x/echo", "a b"},
		" ":              {"/x/echo", "a b"},
		"/bin/qemu":      {"/bin/qemu", "/x/echo", "a b"},
		"/bin/qemu -s 8": {"/bin/qemu", "-s", "8", "/x/echo", "a b"},
	} {
		t.Setenv(Variable, value)
		cmd := Command("/x/echo", "a b")
		if cmd.Path != want[0] || !slices.Equal(cmd.Args, want) {
			t.Errorf("%s=%q: %s %q; want %q", Variable, value, cmd.Path, cmd.Args, want)
		}
		if Emulated() != (len(want) > 2) {
			t.Errorf("%s=%q: emulated: %v", Variable, value, Emulated())
		}
	}
}

// If an emulator runs a test of another architecture, but not the programs that the test starts,
// the environment is at fault.
func TestProgramsRunHere(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := Command(self, "-test.list", "^TestProgramsRunHere$")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "TestProgramsRunHere") {
		t.Errorf("%q says %q, %v; a program for %s needs an emulator in %s",
			cmd.Args, out, err, runtime.GOARCH, Variable)
	}
}

// The go command ignores the workspace: this one names a module that could not be loaded.
func TestGo(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.work": "go 1.24.0\n\nuse ./elsewhere\n",
		"go.mod":  "module x\n\ngo 1.24.0\n",
		"x.go":    "package x\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := Go("list", ".")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); string(out) != "x\n" || err != nil {
		t.Errorf("it says %q, %v", out, err)
	}
}
