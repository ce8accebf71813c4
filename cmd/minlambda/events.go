package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// event is a payload for the function, and where it comes from.
type event struct {
	name    string
	payload []byte
}

// events reads the events of all flags, in the order of the command line.
func (i *invoke) events(ctx context.Context, in io.Reader) ([]event, error) {
	var all []event
	var err error
	read := make(chan struct{})
	// A terminal or a pipe can keep a reader waiting for ever, and Ctrl-C must end that.
	go func() {
		defer close(read)
		all, err = (&eventReader{in: in}).readAll(i)
	}()
	select {
	case <-read:
		return all, err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// eventReader reads events from files and from standard input.
type eventReader struct {
	in   io.Reader
	used bool // standard input has been read
}

func (r *eventReader) readAll(i *invoke) (all []event, err error) {
	type part struct {
		source
		read func(text string) ([]event, error)
	}
	var parts []part
	for _, s := range i.Data {
		parts = append(parts, part{s, r.data})
	}
	for _, s := range i.Event {
		parts = append(parts, part{s, r.file})
	}
	for _, s := range i.Events {
		parts = append(parts, part{s, r.lines})
	}
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.place, b.place) })
	for _, p := range parts {
		some, err := p.read(p.text)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// data returns the event given with -d: its text, or a file in the notation of curl (@) or of the
// AWS CLI (file:// and fileb://).
func (r *eventReader) data(text string) ([]event, error) {
	for _, prefix := range []string{"@", "file://", "fileb://"} {
		if name, ok := strings.CutPrefix(text, prefix); ok {
			return r.file(name)
		}
	}
	return []event{{"-d", []byte(text)}}, nil
}

// file returns the event that a whole file is.
func (r *eventReader) file(name string) ([]event, error) {
	payload, err := r.open(name)
	if err != nil {
		return nil, err
	}
	return []event{{name, payload}}, nil
}

// lines returns the events of a file with one event a line. Without its check a formatted JSON
// document would become as many broken events as it has lines.
func (r *eventReader) lines(name string) (all []event, err error) {
	text, err := r.open(name)
	if err != nil {
		return nil, err
	}
	number := 0
	for line := range bytes.Lines(text) {
		number++
		if line = bytes.Trim(line, " \t\r\n"); len(line) == 0 {
			continue
		}
		at := fmt.Sprintf("%s:%d", name, number)
		if !json.Valid(line) {
			return nil, misusef("event: %s: the line is not JSON (--events takes one event "+
				"a line; -e sends a whole file as one)", at)
		}
		all = append(all, event{at, line})
	}
	if len(all) == 0 {
		return nil, misusef("event: %s: no event in it", name)
	}
	return all, nil
}

// open reads a file, or standard input if its name is -.
func (r *eventReader) open(name string) (text []byte, err error) {
	switch {
	case name == "":
		return nil, misusef("event: the name of its file is empty")
	case name != "-":
		text, err = os.ReadFile(name)
	case r.used:
		return nil, misusef("event: standard input can be read only once")
	default:
		r.used = true
		text, err = io.ReadAll(r.in)
	}
	if err != nil {
		return nil, misusef("event: %w", err)
	}
	return text, nil
}
