package minlambda_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda/internal/program"
	"github.com/minlambda/minlambda/lambdatest"
)

// built is a program that the arguments to go build make, as a process that is not yet started.
func built(t *testing.T, args ...string) *process {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program.exe")
	if out, err := program.Go(append([]string{"build", "-o", file},
		args...)...).CombinedOutput(); err != nil {
		if slices.Contains(args, "-race") {
			t.Skipf("no race detector: %v, %s", err, out)
		}
		t.Fatalf("go build %q: %v, %s", args, err, out)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	p := &process{t: t, api: lambdatest.NewServer(), cmd: program.CommandContext(ctx, file), ctx: ctx}
	p.cmd.Env = append(os.Environ(), "AWS_LAMBDA_RUNTIME_API="+p.api.Addr())
	p.cmd.Stderr = &p.output
	t.Cleanup(func() {
		if p.cmd.Process != nil {
			p.cmd.Process.Kill()
			p.cmd.Wait()
		}
		cancel()
		p.api.Close()
	})
	return p
}

// A program built with -cover writes its counters when a failure ends it. This goes through an
// inside of the Go runtime: if it fails with a new version of Go, and passes with an old one, see
// internal/osexit/hooks.go.
func TestCoverage(t *testing.T) {
	t.Parallel()
	p := built(t, "-cover", "./examples/faults")
	dir := t.TempDir()
	p.cmd.Env = append(p.cmd.Env, "GOCOVERDIR="+dir)
	p.start()
	p.api.Queue(lambdatest.Event{Payload: []byte(`{"panic":"text"}`)})
	p.exits(1)
	if counters, err := filepath.Glob(filepath.Join(dir, "covcounters.*")); err != nil ||
		len(counters) != 1 {
		t.Fatalf("counters %q, %v", counters, err)
	}
	if out, err := program.Go("tool", "covdata", "percent",
		"-i="+dir).CombinedOutput(); err != nil ||
		!strings.Contains(string(out), "examples/faults") {
		t.Errorf("covdata says %s, %v", out, err)
	}
}

// source writes a program, in a directory of its own, and returns its file.
func source(t *testing.T, dir, text string) string {
	t.Helper()
	dir = filepath.Join(t.TempDir(), dir)
	file := filepath.Join(dir, "file.go")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Where the race detector has found something, a process that a failure ends has its status, 66;
// else 1.
func TestRaceStatus(t *testing.T) {
	if testing.Short() {
		t.Skip("builds with the race detector")
	}
	t.Parallel()
	p := built(t, "-race", source(t, "racy", `package main

import "github.com/minlambda/minlambda"

func main() {
	n := 0
	minlambda.RunOK(func(dst, event []byte) []byte {
		if string(event) == "race" {
			done := make(chan bool)
			go func() { n++; done <- true }()
			n++
			<-done
			return dst
		}
		panic("boom")
	})
}
`))
	file := p.cmd.Path
	for _, c := range []struct {
		event, options string
		status         int
	}{{"none", "", 1}, {"race", "", 66}, {"race", "exitcode=7", 7}} {
		q := &process{t: t, api: p.api, cmd: program.CommandContext(p.ctx, file), ctx: p.ctx}
		q.cmd.Env = append(p.cmd.Env, "GORACE="+c.options)
		q.cmd.Stderr = &q.output
		q.start()
		if c.event == "race" {
			q.invoke(c.event)
		}
		q.invoke("panic")
		if out := q.exits(c.status); strings.Contains(out, "DATA RACE") != (c.event == "race") ||
			!strings.Contains(out, "minlambda: handler: panic: \"boom\"\n") {
			t.Errorf("%s: printed %s", c.event, out)
		}
	}
}

// Of a program that is built without -trimpath, whose directories have other names than its
// packages, neither report nor log shows any directory.
func TestNoDirectoryOfTheBuild(t *testing.T) {
	t.Parallel()
	p := built(t, source(t, "a-secret-place", `package main

import "github.com/minlambda/minlambda"

type T struct{}

func (*T) method() { panic("boom") }

func main() {
	minlambda.RunOK(func(dst, event []byte) []byte { new(T).method(); return dst })
}
`)).start()
	r, err := p.api.Queue(lambdatest.Event{}).Wait(p.ctx)
	if err != nil || r.Err == nil {
		t.Fatalf("ended with %+v, %v", r, err)
	}
	absolute := regexp.MustCompile(`(?m)(^|[\s"(])(/|[A-Z]:)[^\s"]+`)
	for name, text := range map[string]string{"report": string(r.Err.Raw), "log": p.exits(1)} {
		if directory := absolute.FindString(text); directory != "" || strings.Contains(text,
			"a-secret-place") {
			t.Errorf("the %s shows %q: %s", name, directory, text)
		}
		for _, want := range []string{"main/file.go", "(*T).method",
			"github.com/minlambda/minlambda/loop.go"} {
			if !strings.Contains(text, want) {
				t.Errorf("the %s lacks %s: %s", name, want, text)
			}
		}
	}
}
