package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// A progress says what is going on: with a bar on a terminal, and everywhere with a line for each
// section that has ended.
type progress struct {
	log      io.Writer
	terminal bool
	began    time.Time // the first section

	name  string // of the section, with its number
	notes []string
	bar   *progressbar.ProgressBar // on a terminal
}

func newProgress(log io.Writer) *progress {
	f, ok := log.(*os.File)
	return &progress{
		log: log, terminal: ok && term.IsTerminal(int(f.Fd())), began: time.Now(),
	}
}

// steps are those of a bar.
const steps = 1000

// begin begins the section with number i of n.
func (p *progress) begin(i, n int, section string) {
	p.name, p.notes = fmt.Sprintf("[%d/%d] %s", i, n, section), nil
	if p.terminal {
		p.bar = progressbar.NewOptions(steps,
			progressbar.OptionSetWriter(p.log),
			progressbar.OptionSetDescription(p.name),
			progressbar.OptionSetWidth(20),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(),
		)
	}
}

// at says that a fraction of the section is done, and what is being done. What is left out is said
// when the section has ended.
func (p *progress) at(done float64, what string) {
	if strings.Contains(what, "left out") {
		p.notes = append(p.notes, what)
	}
	if p.bar != nil {
		p.bar.Describe(p.name + ", " + what)
		_ = p.bar.Set(int(steps * done)) // a bar that cannot be drawn is no reason to stop
	}
}

// end ends the section.
func (p *progress) end(how string) {
	if p.bar != nil {
		_ = p.bar.Clear()
		p.bar = nil
	}
	took := time.Since(p.began).Round(time.Second)
	fmt.Fprintf(p.log, "%-26s %-14s %7s\n", p.name, how, took)
	for _, note := range p.notes {
		fmt.Fprintf(p.log, "%26s %s\n", "", note)
	}
}
