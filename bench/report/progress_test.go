package main

import (
	"strings"
	"testing"
	"time"
)

// watched is a progress line with a clock that only the test moves.
func watched(terminal bool) (*progress, *strings.Builder, *time.Time) {
	w, now := &strings.Builder{}, time.Unix(1000, 0)
	return &progress{w: w, terminal: terminal, now: func() time.Time { return now }}, w, &now
}

func TestProgressOnTerminal(t *testing.T) {
	p, w, now := watched(true)
	p.begin(2, 7, "echo")
	for i := range 10 {
		p.at(float64(i)/10, "128B")
		*now = now.Add(everyOnTerminal / 2)
	}
	p.end("done")
	got := w.String()
	if n := strings.Count(got, "\r"); n != 6 { // every second one, and the end
		t.Errorf("written over %d times: %q", n, got)
	}
	if strings.Count(got, "\n") != 1 || !strings.HasSuffix(got, "\n") {
		t.Errorf("not one line: %q", got)
	}
	for _, s := range []string{"[2/7] echo ", " 80 %  128B", "done", "\x1b[K"} {
		if !strings.Contains(got, s) {
			t.Errorf("no %q in %q", s, got)
		}
	}
}

func TestProgressElsewhere(t *testing.T) {
	p, w, now := watched(false)
	p.begin(1, 2, "echo")
	for range 100 {
		p.at(0.25, "1MiB")
		*now = now.Add(time.Second)
	}
	p.end("done")
	p.begin(2, 2, "coldstart")
	p.at(0, "warm")
	got := w.String()
	if strings.ContainsAny(got, "\r\x1b") {
		t.Errorf("control characters: %q", got)
	}
	lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
	if len(lines) != 7 { // at 0, 20, 40, 60 and 80 s, the end, and the next one's beginning
		t.Fatalf("%d lines:\n%s", len(lines), got)
	}
	for i, want := range map[int]string{1: "25 %  1MiB", 5: "1m40s", 6: "[2/2] coldstart"} {
		if !strings.Contains(lines[i], want) {
			t.Errorf("line %d: %q, want %q in it", i, lines[i], want)
		}
	}
}
