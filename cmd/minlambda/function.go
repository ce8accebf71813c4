package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// function is a program to run, and where it comes from.
type function struct {
	name    string // what Lambda would call it
	binary  string
	root    string // the working directory, LAMBDA_TASK_ROOT
	scratch string // a directory to remove afterwards; empty if there is none
}

func (f *function) remove() {
	if f.scratch != "" {
		os.RemoveAll(f.scratch)
	}
}

// open finds the function at path, and builds it if that is a directory. The compiler speaks on log.
func open(ctx context.Context, path string, log *os.File) (*function, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, misusef("%w", err)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, misusef("%w", err)
	case info.IsDir():
		return build(ctx, path, log)
	case strings.HasSuffix(path, ".go"):
		return nil, misusef("%s is a Go file: give the directory of its package", path)
	case runtime.GOOS != "windows" && info.Mode()&0o111 == 0:
		return nil, misusef("%s is not executable", path)
	default:
		return &function{name: filepath.Base(path), binary: path, root: filepath.Dir(path)}, nil
	}
}

// build compiles the main package in dir for this machine.
func build(ctx context.Context, dir string, log *os.File) (*function, error) {
	scratch, err := os.MkdirTemp("", "minlambda-")
	if err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	f := &function{name: filepath.Base(dir), root: dir, scratch: scratch}
	if f.binary, err = compile(ctx, dir, scratch, log); err != nil {
		f.remove()
		return nil, fmt.Errorf("build %s: %w", dir, err)
	}
	return f, nil
}

func compile(ctx context.Context, dir, scratch string, log *os.File) (binary string, err error) {
	// With a directory as its output, go build refuses a package that is no program, and says so.
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", scratch+string(filepath.Separator), ".")
	command.Dir = dir
	// Whoever builds for Lambda has these set for Lambda.
	command.Env = append(command.Environ(), "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	command.Stdout, command.Stderr = log, log
	if err := command.Run(); err != nil {
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
