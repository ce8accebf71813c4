package main

import (
	"fmt"
	"io"
	"os"
	"time"
)

// A progress is one line that says what is going on. On a terminal it is
// written over; elsewhere a new one comes now and then.
type progress struct {
	w        io.Writer
	terminal bool
	now      func() time.Time

	began   time.Time // the first section
	printed time.Time // the newest line
	name    string    // of the section, with its number
}

const (
	everyOnTerminal = 100 * time.Millisecond
	everyElsewhere  = 20 * time.Second
)

func newProgress(w io.Writer) *progress {
	f, ok := w.(*os.File)
	if ok {
		info, err := f.Stat()
		ok = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return &progress{w: w, terminal: ok, now: time.Now}
}

// begin begins the section with number i of n.
func (p *progress) begin(i, n int, section string) {
	if p.began.IsZero() {
		p.began = p.now()
	}
	p.name = fmt.Sprintf("[%d/%d] %s", i, n, section)
	p.printed = time.Time{}
}

// at says that a fraction of the section is done, and what is being done.
func (p *progress) at(done float64, what string) {
	every := everyElsewhere
	if p.terminal {
		every = everyOnTerminal
	}
	if p.now().Sub(p.printed) < every {
		return
	}
	p.printed = p.now()
	p.print(fmt.Sprintf("%3.0f %%  %s", 100*done, what))
	if !p.terminal {
		fmt.Fprintln(p.w)
	}
}

// end ends the section; its line stays.
func (p *progress) end(how string) {
	p.print(how)
	fmt.Fprintln(p.w)
}

func (p *progress) print(what string) {
	start, clear := "", ""
	if p.terminal {
		start, clear = "\r", "\x1b[K"
	}
	fmt.Fprintf(p.w, "%s%-26s %-40s %s%s", start, p.name, what, p.now().Sub(p.began).Round(time.Second), clear)
}
