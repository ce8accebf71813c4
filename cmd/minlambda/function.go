package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// function is a program to run, and where it comes from.
type function struct {
	name    string // the name that Lambda would use
	binary  string
	root    string // the working directory, LAMBDA_TASK_ROOT
	scratch string // a directory to remove afterwards; empty if there is none
}

func (f *function) remove() {
	if f.scratch != "" {
		os.RemoveAll(f.scratch)
	}
}

// open finds the function that the command line names, and builds it if it is a package. A path in
// the file system comes before an import path. The compiler writes to log.
func open(ctx context.Context, given string, log *os.File) (*function, error) {
	path, err := filepath.Abs(given)
	if err != nil {
		return nil, misusef("%w", err)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && strings.HasSuffix(given, "..."):
		return nil, misusef("%s stands for several packages: give one", given)
	case errors.Is(err, fs.ErrNotExist) && importable(given):
		return openImport(ctx, given, log)
	case err != nil:
		return nil, misusef("%w", err)
	case info.IsDir():
		p := goPackage{given: given, dir: path, pattern: ".", root: path}
		return p.build(ctx, filepath.Base(path), log)
	case strings.HasSuffix(path, ".go"):
		dir, file := filepath.Split(path)
		p := goPackage{given: given, dir: dir, pattern: "./" + file, root: filepath.Clean(dir)}
		return p.build(ctx, strings.TrimSuffix(file, ".go"), log)
	default:
		return openProgram(given, path, info)
	}
}

// openProgram takes a file that can be run as it is.
func openProgram(given, path string, info os.FileInfo) (*function, error) {
	switch {
	case !info.Mode().IsRegular():
		return nil, misusef("%s is not a regular file", given)
	case runtime.GOOS != "windows" && info.Mode()&0o111 == 0:
		reason := flaw(path)
		if reason == "" {
			reason = "chmod +x lets it be"
		}
		return nil, misusef("%s is not executable: %s", given, reason)
	}
	return &function{name: filepath.Base(path), binary: path, root: filepath.Dir(path)}, nil
}
