package main

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/internal/race"
	"github.com/minlambda/minlambda/lambdatest"
)

func TestMain(m *testing.M) {
	serveIfChild()
	os.Exit(m.Run())
}

func TestShortRun(t *testing.T) {
	n := 6000
	if testing.Short() || race.Enabled {
		n = 1500
	}
	var report strings.Builder
	// Under the race detector memory means nothing.
	c := config{invocations: n, seed: 1, faults: 20, panics: n / 10, measure: !race.Enabled, progress: io.Discard, report: &report}
	if err := run(c); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s", report.String())
	if !strings.Contains(report.String(), "no mismatch") {
		t.Error("no word about mismatches")
	}
}

// Sixteen loops in one process, each event its own answer.
func TestShortRunOfSeveral(t *testing.T) {
	n := 6000
	if testing.Short() || race.Enabled {
		n = 1500
	}
	var report strings.Builder
	c := config{invocations: n, seed: 2, faults: 10, panics: n / 4, loops: 16,
		measure: !race.Enabled, progress: io.Discard, report: &report}
	if err := run(c); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s", report.String())
	if !strings.Contains(report.String(), "no mismatch") {
		t.Error("no word about mismatches")
	}
}

// A judge that finds nothing is no use.
func TestMismatch(t *testing.T) {
	g := newGenerator(1)
	answers := func(event []byte) lambdatest.Result {
		var r lambdatest.Result
		body, err := new(function).handle(nil, event)
		if err != nil {
			r.Err = &lambdatest.FunctionError{Type: "errorString", Message: err.Error()}
		}
		r.Body = bytes.Clone(body)
		return r
	}
	for _, verb := range []byte{echoes, returns, cuts, reverses, triples, fails, collects, streams, tires} {
		event, other := g.payload(verb, 1000), g.payload(verb, 1000)
		right, wrong := answers(event), answers(other)
		if got := mismatch(event, &right); got != "" {
			t.Errorf("%c: the right answer is %s", verb, got)
		}
		if mismatch(event, &wrong) == "" {
			t.Errorf("%c: the answer to another event passes", verb)
		}
		if right.Err == nil {
			right.Body[len(right.Body)-1] ^= 1
			if mismatch(event, &right) == "" {
				t.Errorf("%c: a wrong byte passes", verb)
			}
		}
	}
	for _, verb := range []byte{panics, oversizes} {
		if mismatch(g.payload(verb, 10), &lambdatest.Result{}) == "" {
			t.Errorf("%c: a response passes for an error", verb)
		}
	}
}

func TestGrowth(t *testing.T) {
	pid := os.Getpid()
	if _, ok, err := measure(pid); !ok || err != nil {
		t.Skip("not measured on this system: ", err)
	}
	for name, less := range map[string]usage{"memory": {memory: 1 << 30}, "descriptors": {descriptors: 1}, "threads": {threads: 1000}} {
		var u usages
		u.newProcess()
		if err := u.sample(pid); err != nil {
			t.Fatal(err)
		}
		u.first.memory -= less.memory
		u.first.descriptors -= less.descriptors
		u.first.threads -= less.threads
		if err := u.sample(pid); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s have grown, and sample says %v", name, err)
		}
	}
}
