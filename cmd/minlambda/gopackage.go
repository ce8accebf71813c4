package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// goPackage is a main package to build.
type goPackage struct {
	given   string // the user's name for it
	dir     string // where the go command runs, which decides about the module
	pattern string // the package, as the go command there names it
	root    string // the directory of the package's files
}

// importable reports whether given, which is not in the file system, can be an import path.
func importable(given string) bool {
	return given != "" && !filepath.IsAbs(given) && !strings.HasPrefix(given, ".") &&
		!strings.Contains(given, `\`)
}

// openImport builds the package with an import path, in the module of the user's working directory.
func openImport(ctx context.Context, given string, log *os.File) (*function, error) {
	here, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	p := goPackage{given: given, dir: here, pattern: given}
	list := p.command(ctx, "list", "-f", "{{.Dir}}", "--", given)
	var complaint strings.Builder
	list.Stderr = &complaint
	out, err := list.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, misusef("%s: no such file or directory, and no go command that could "+
			"find a package", given)
	}
	if err != nil {
		return nil, misusef("%s: no such file or directory, and not a package either: %s",
			given, strings.Join(strings.Fields(complaint.String()), " "))
	}
	p.root = strings.TrimSpace(string(out))
	return p.build(ctx, "", log)
}

// build compiles the package for this machine. Without a name the function gets the program's name.
func (p *goPackage) build(ctx context.Context, name string, log *os.File) (*function, error) {
	scratch, err := os.MkdirTemp("", "minlambda-")
	if err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	f := &function{name: name, root: p.root, scratch: scratch}
	if f.binary, err = p.compile(ctx, scratch, log); err != nil {
		f.remove()
		return nil, fmt.Errorf("build %s: %w%s", p.given, err, p.hint())
	}
	if name == "" {
		f.name = strings.TrimSuffix(filepath.Base(f.binary), ".exe")
	}
	return f, nil
}

// hint helps those who have named one file of several, since go run wants all of them.
func (p *goPackage) hint() string {
	if !strings.HasSuffix(p.pattern, ".go") {
		return ""
	}
	files, _ := filepath.Glob(filepath.Join(p.root, "*.go")) // the pattern is valid
	if len(files) < 2 {
		return ""
	}
	return fmt.Sprintf(" (only this file was built; %s is its whole package)",
		filepath.Dir(p.given))
}

func (p *goPackage) compile(ctx context.Context, scratch string, log *os.File) (string, error) {
	// If the output is a directory, go build refuses a package that is not a program, and says so.
	output := scratch + string(filepath.Separator)
	build := p.command(ctx, "build", "-trimpath", "-ldflags", "-s -w", "-o", output,
		"--", p.pattern)
	messages := &placer{to: log, dir: p.dir}
	build.Stdout, build.Stderr = messages, messages
	err := build.Run()
	messages.flush()
	if err != nil {
		return "", err
	}
	built, err := os.ReadDir(scratch)
	if err != nil {
		return "", err
	}
	if len(built) != 1 {
		return "", fmt.Errorf("go build made %d files, want 1", len(built))
	}
	return filepath.Join(scratch, built[0].Name()), nil
}

// command returns the go command for a program that is to run here.
func (p *goPackage) command(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, "go", args...)
	command.Dir = p.dir
	// Users who build for Lambda have these set for Lambda.
	command.Env = append(command.Environ(), "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	command.WaitDelay = time.Second // a compiler left behind holds the pipe
	return command
}

// placer passes on the output of the go command, line by line. File names relative to the directory
// in which that runs become relative to the user's working directory.
type placer struct {
	to   io.Writer
	dir  string
	rest []byte // a line that has no end yet
}

// A message begins with its place: FILE:LINE, perhaps indented.
var place = regexp.MustCompile(`^(\s*)([^\s:][^:]*)(:\d+)`)

func (p *placer) Write(text []byte) (int, error) {
	p.rest = append(p.rest, text...)
	for {
		line, rest, ok := strings.Cut(string(p.rest), "\n")
		if !ok {
			return len(text), nil
		}
		p.rest = []byte(rest)
		if _, err := io.WriteString(p.to, p.move(line)+"\n"); err != nil {
			return 0, err
		}
	}
}

// flush passes on the last line, if it has no end.
func (p *placer) flush() {
	if len(p.rest) > 0 {
		io.WriteString(p.to, p.move(string(p.rest))) // a message that cannot be written is lost
		p.rest = nil
	}
}

func (p *placer) move(line string) string {
	m := place.FindStringSubmatch(line)
	if m == nil || filepath.IsAbs(m[2]) {
		return line
	}
	here, err := os.Getwd()
	if err != nil {
		return line
	}
	file := filepath.Join(p.dir, m[2])
	if _, err := os.Stat(file); err != nil {
		return line
	}
	moved, err := filepath.Rel(here, file)
	if err != nil {
		moved = file
	}
	if !strings.ContainsRune(moved, filepath.Separator) {
		moved = "." + string(filepath.Separator) + moved // as the go command does
	}
	return m[1] + moved + line[len(m[1])+len(m[2]):]
}
