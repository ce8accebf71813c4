package tidy

import (
	"archive/zip"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// readmeCommands are the commands that the README has under a heading.
func readmeCommands(t *testing.T, heading string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(top, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(text), "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("no %q in the README", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var commands []string
	for line := range strings.Lines(section) {
		if command, ok := strings.CutPrefix(line, "    "); ok {
			commands = append(commands, strings.TrimSpace(command))
		}
	}
	return commands
}

// The README's commands, as they stand and in the clone's root, make what Lambda takes.
func TestReadmeBuild(t *testing.T) {
	if testing.Short() || runtime.GOOS == "windows" {
		t.Skip("builds a program for another system, with a shell's commands")
	}
	t.Parallel()
	commands := readmeCommands(t, "Build a bootstrap")
	if len(commands) != 3 || commands[0] != readmeBuild {
		t.Fatalf("the README's commands are %q; want %q and two more", commands, readmeBuild)
	}
	if _, err := exec.LookPath("zip"); err != nil {
		t.Log("no zip here, so that the last command is left out")
		commands = commands[:2]
	}
	dir := t.TempDir()
	copyLibrary(t, dir)
	for _, command := range commands {
		if out, err := sh(dir, command); err != nil {
			t.Fatalf("%s: %v: %s", command, err, out)
		}
	}
	program, err := elf.Open(filepath.Join(dir, "build", "bootstrap"))
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	if program.Type != elf.ET_EXEC || program.Machine != elf.EM_AARCH64 {
		t.Errorf("bootstrap is %s for %s, want a program for arm64", program.Type, program.Machine)
	}
	if len(commands) == 3 {
		bootstrapIn(t, filepath.Join(dir, "build", "function.zip"))
	}

	// A package that is not a program makes it fail, and nothing else.
	dir = t.TempDir()
	copyLibrary(t, dir)
	out, err := sh(dir, strings.Replace(readmeBuild, "./examples/hello", ".", 1))
	if err == nil || !strings.Contains(out, "no main packages") {
		t.Errorf("a package that is not a program: %v: %s", err, out)
	}
	if made, _ := filepath.Glob(filepath.Join(dir, "build", "*")); len(made) > 0 {
		t.Errorf("a package that is not a program made %q", made)
	}
}

// sh runs a command in dir as a user's shell would.
func sh(dir, command string) (string, error) {
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// bootstrapIn checks that the archive has one file, which Lambda can start.
func bootstrapIn(t *testing.T, file string) {
	t.Helper()
	archive, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	if len(archive.File) != 1 {
		t.Fatalf("%d files in the archive, want 1", len(archive.File))
	}
	if f := archive.File[0]; f.Name != "bootstrap" || f.Mode()&0o111 == 0 {
		t.Errorf("the archive has %s, %s", f.Name, f.Mode())
	}
}
