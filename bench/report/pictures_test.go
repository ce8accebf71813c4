package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/bench/internal/results"
)

// svgTexts draws a picture, and returns the texts in it.
func svgTexts(t *testing.T, p *picture) (file []byte, texts []string) {
	t.Helper()
	file = p.SVG()
	for d, in := xml.NewDecoder(bytes.NewReader(file)), false; ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return file, texts
		}
		if err != nil {
			t.Fatalf("%s: %v", p.Name, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			in = token.Name.Local == "text"
		case xml.EndElement:
			in = false
		case xml.CharData:
			if in {
				texts = append(texts, string(token))
			}
		}
	}
}

func TestPictures(t *testing.T) {
	want := map[string][]string{
		"sparse": {
			"60.0 µs", "270 µs", "75.0 µs", "91.0 µs", "120 µs", "10", "C", "bare Go loop",
		},
		"sparse-typed": {
			"80.0 µs", "330 µs", "minlambda, typed", "minlambda, package lambda",
			"aws-lambda-go, typed",
		},
		"rests":       {"0.5 ms", "50 ms", "minlambda, package net"},
		"overview":    {"8.06 µs", "136", "8.30 MB", "6.30 MB", "minlambda", "aws-lambda-go"},
		"time":        {"10 µs", "1 ms", "64 KiB", "6 MiB", "aws-lambda-go"},
		"cpu":         {"6 MiB"},
		"coldstart":   {"1.20 ms", "20.5 ms"},
		"memory":      {"minlambda, package net", "11.0 MB"},
		"allocations": {"136", "11.2 kB"},
		"headers":     {"80 µs", "0", "128"},
		"loops":       {"aws-lambda-go, processes", "100 MB", "64"},
		"handlers":    {"minlambda, typed", "aws-lambda-go, typed", "20.0 µs"},
		"streams":     {"40 MiB", "60.0 µs", "Time for 64 KiB, the server's share included"},
		"concurrent":  {"256", "Threads", "aws-lambda-go"},
		"log":         {"aws-lambda-go", "800 ns"},
		"head":        {"net/http", "3.60 µs", "context"},
		"reading":     {"net/http", "3.60 µs", "Head of a message with an event"},
	}
	for _, p := range pictures(sample()) {
		_, texts := svgTexts(t, p)
		for _, text := range append(append(want[p.Name], p.Title), p.notes()...) {
			if !slices.Contains(texts, text) {
				t.Errorf("%s: no %q among %q", p.Name, text, texts)
			}
		}
		if slices.Contains(inReadme, p.Name) && slices.Contains(texts, "floor") {
			t.Errorf("%s: a floor, which the README does not explain", p.Name)
		}
		delete(want, p.Name)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}

func TestPicturesAreTheSameAgain(t *testing.T) {
	first, second := pictures(sample()), pictures(sample())
	for i := range first {
		a, _ := svgTexts(t, first[i])
		b, _ := svgTexts(t, second[i])
		if !bytes.Equal(a, b) {
			t.Errorf("%s differs from itself", first[i].Name)
		}
	}
	for _, page := range []func() string{
		func() string { return pageOf(sample()) },
		func() string { return gains(sample(), "x") },
	} {
		if a, b := page(), page(); a != b {
			t.Errorf("a page differs from itself:\n%s\n%s", a, b)
		}
	}
}

func TestProcessorTimeIsPreferred(t *testing.T) {
	r := &results.Results{Rows: []results.Row{
		{
			Section: "head",
			Case:    "next",
			Peer:    "minlambda",
			Figures: map[string]results.Figure{"ns/op": {250}, "cpu-ns/op": {100}},
		},
	}}
	all := pictures(r)
	if len(all) != 2 { // reading, too
		t.Fatalf("%d pictures", len(all))
	}
	if _, texts := svgTexts(t, all[1]); !slices.Contains(texts, "100 ns") ||
		!strings.HasPrefix(all[1].Note, "Processor time") {
		t.Errorf("%q", texts)
	}
}

// Bars begin at zero: the ratios of their lengths are those of their values.
func TestBarsBeginAtZero(t *testing.T) {
	r := &results.Results{Rows: []results.Row{
		{
			Section: "s",
			Case:    "c",
			Peer:    "minlambda",
			Figures: map[string]results.Figure{"ns/op": {250}},
		},
		{
			Section: "s",
			Case:    "c",
			Peer:    "other",
			Figures: map[string]results.Figure{"ns/op": {1000}},
		},
		{
			Section: "s",
			Case:    "c",
			Peer:    "without",
			Figures: map[string]results.Figure{"cpu-ns/op": {1}},
		},
	}}
	b := barsOf(r, "s", "c", "ns/op", "title")
	p := &picture{Name: "bars", across: 1, panels: []panel{b}}
	file, texts := svgTexts(t, p)
	lengths := map[role]float64{}
	for _, class := range []role{ours, others} {
		_, tag, ok := bytes.Cut(file, []byte(`<rect class="`+class+`" `))
		if !ok {
			t.Fatalf("no bar of class %s in\n%s", class, file)
		}
		var x, y, length float64
		const form = `x="%g" y="%g" width="%g"`
		if _, err := fmt.Sscanf(string(tag), form, &x, &y, &length); err != nil {
			t.Fatalf("%.60q: %v", tag, err)
		}
		lengths[class] = length
	}
	if got := lengths[others] / lengths[ours]; got < 3.99 || got > 4.01 {
		t.Errorf("the bar of 1000 is %.3f times as long as that of 250", got)
	}
	if slices.Contains(texts, "without") {
		t.Error("a bar for a peer without the figure")
	}
}

// A logarithmic axis has no zero.
func TestLogarithmicLinesLeaveOutZero(t *testing.T) {
	l := linesOf(sample(), "echo", "ns/op", "", "", true, "minlambda", "nobody")
	if len(l.lines) != 1 || len(l.lines[0].points) != 6 || l.lines[0].points[0].x != 128 {
		t.Errorf("%+v", l.lines)
	}
	if l = linesOf(sample(), "headers", "ns/op", "", "", false); len(l.lines) != 3 ||
		l.lines[0].points[0].x != 0 {
		t.Errorf("%+v", l.lines)
	}
}

func TestMarks(t *testing.T) {
	labels := func(marks []mark) string {
		var all []string
		for _, m := range marks {
			if m.label != "" {
				all = append(all, m.label)
			}
		}
		return strings.Join(all, " ")
	}
	log, linear := &lines{unit: "ns/op", log: true}, &lines{unit: "ns/op"}
	for _, c := range []struct{ got, want string }{
		{labels(log.yMarks(5e3, 5e6)), "10 µs 100 µs 1 ms"},
		{labels(log.yMarks(5e3, 5e4)), "5 µs 10 µs 20 µs 50 µs"},
		{labels(linear.yMarks(0, 83e3)), "0 20 µs 40 µs 60 µs 80 µs"},
		{labels(linear.yMarks(0, 9)), "0 2 ns 4 ns 6 ns 8 ns"},
	} {
		if c.got != c.want {
			t.Errorf("labels %q, want %q", c.got, c.want)
		}
	}
}

func TestTick(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 20e3: "20 µs", 2.5e3: "2.5 µs", 100: "100 ns", 1e6: "1 ms", 200e3: "200 µs",
	} {
		if got := tick("ns/op", v); got != want {
			t.Errorf("%v: %q, want %q", v, got, want)
		}
	}
}
