package main

import (
	"strings"
	"testing"
)

// tell tells a progress of two sections; in the second something is left out.
func tell(p *progress) {
	p.begin(1, 2, "echo")
	for i := range 10 {
		p.at(float64(i)/10, "128B")
	}
	p.end("done")
	p.begin(2, 2, "coldstart")
	p.at(0.5, "left out: no page cache")
	p.end("done")
}

// TestProgressElsewhere: a file gets a line for each section, and what was left out; nothing that
// only a terminal understands.
func TestProgressElsewhere(t *testing.T) {
	var w strings.Builder
	tell(newProgress(&w))
	got := w.String()
	if strings.ContainsAny(got, "\r\x1b") || strings.Count(got, "\n") != 3 {
		t.Errorf("not three plain lines: %q", got)
	}
	checkLines(t, got)
}

// TestProgressOnTerminal: the same lines, and a bar that is gone at the end.
func TestProgressOnTerminal(t *testing.T) {
	var w strings.Builder
	p := newProgress(&w)
	p.terminal = true
	tell(p)
	got := w.String()
	if !strings.Contains(got, "[1/2] echo, 128B") || !strings.Contains(got, "|") {
		t.Errorf("no bar in %q", got)
	}
	checkLines(t, got)
}

func checkLines(t *testing.T, got string) {
	t.Helper()
	for _, want := range []string{
		"[1/2] echo ", "done", "[2/2] coldstart ", "left out: no page cache\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
}
