package osexit_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/internal/program"
	"github.com/minlambda/minlambda/lambdatest"
)

// A program built with -cover writes its counters when a failure ends it. This goes through an
// inside of the Go runtime: if it fails with a new version of Go, and passes with an old one, see
// hooks.go.
func TestCoverage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := looptest.Launch(t, program.Command(looptest.Build(t, "-cover",
		looptest.Examples+"faults")), "GOCOVERDIR="+dir)
	p.API.Queue(lambdatest.Event{Payload: []byte(`{"panic":"text"}`)})
	p.Exits(1)
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

func TestMain(m *testing.M) { looptest.Main(m, nil) }

// Where the race detector has found something, a process that a failure ends has its status, 66;
// else 1.
func TestRaceStatus(t *testing.T) {
	if testing.Short() {
		t.Skip("builds with the race detector")
	}
	t.Parallel()
	source := filepath.Join(t.TempDir(), "racy.go")
	if err := os.WriteFile(source, []byte(racy), 0o600); err != nil {
		t.Fatal(err)
	}
	file := looptest.Build(t, "-race", source)
	for name, c := range map[string]struct {
		event, options string
		status         int
	}{
		"no race":              {"none", "", 1},
		"a race":               {"race", "", 66},
		"a race, and exitcode": {"race", "exitcode=7", 7},
	} {
		t.Run(name, func(t *testing.T) {
			p := looptest.Launch(t, program.Command(file), "GORACE="+c.options)
			if c.event == "race" {
				p.Invoke(c.event)
			}
			p.Invoke("panic")
			if out := p.Exits(c.status); strings.Contains(out,
				"DATA RACE") != (c.event == "race") ||
				!strings.Contains(out, "minlambda: handler: panic: \"boom\"\n") {
				t.Errorf("printed %s", out)
			}
		})
	}
}

const racy = `package main

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
`
