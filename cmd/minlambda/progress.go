package main

import (
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress is a bar on a terminal, and does nothing elsewhere.
type progress struct {
	bar *progressbar.ProgressBar
}

// newProgress shows a bar for n steps, unless it would mix with the lines of a log.
func newProgress(log *os.File, n int, logging bool) progress {
	if logging || !term.IsTerminal(int(log.Fd())) {
		return progress{}
	}
	return progress{progressbar.NewOptions(n,
		progressbar.OptionSetWriter(log),
		progressbar.OptionSetDescription("invoking"),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)}
}

func (p progress) step() {
	if p.bar != nil {
		p.bar.Add(1) // a bar that cannot be drawn is no reason to stop
	}
}

func (p progress) finish() {
	if p.bar != nil {
		p.bar.Clear()
	}
}
