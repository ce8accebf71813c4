package main

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/bench/internal/measure"
	"github.com/minlambda/minlambda/bench/internal/results"
)

// A lab has two sections, and counts how often each was measured.
type lab struct {
	t        *testing.T
	file     string
	measured map[string]int
	fail     error // of the second section
}

func newLab(t *testing.T) *lab {
	return &lab{t: t, file: filepath.Join(t.TempDir(), "data.json"), measured: map[string]int{}}
}

func (l *lab) sections() []measure.Section {
	section := func(name string, rows ...string) measure.Section {
		return measure.Section{
			Name: name,
			Run: func(
				_ context.Context, quick bool, progress func(float64, string),
			) (found []results.Row, err error) {
				progress(0.5, "halfway")
				if name == "second" && l.fail != nil {
					return nil, l.fail
				}
				l.measured[name]++
				for _, row := range rows {
					found = append(
						found,
						results.Row{
							Section: row,
							Case:    "c",
							Peer:    "p",
							Figures: map[string]results.Figure{"n": {float64(l.measured[name])}},
						},
					)
				}
				return found, nil
			},
		}
	}
	return []measure.Section{section("first", "first"), section("second", "head", "json", "head")}
}

// campaign returns a campaign that starts from what is in the file.
func (l *lab) campaign() *campaign {
	l.t.Helper()
	r, err := results.Read(l.file)
	if err != nil {
		l.t.Fatal(err)
	}
	return &campaign{
		results: r, file: l.file, sections: l.sections(), progress: newProgress(&bytes.Buffer{}),
		machine: map[string]string{
			"processor": "P",
		}, versions: map[string]string{"go": "go1"}, stamp: "abc, go1", repeats: true,
	}
}

func (l *lab) run(c *campaign, want map[string]int) {
	l.t.Helper()
	if err := c.run(context.Background()); err != nil {
		l.t.Fatal(err)
	}
	if !maps.Equal(l.measured, want) {
		l.t.Errorf("measured %v times, want %v", l.measured, want)
	}
}

func TestResume(t *testing.T) {
	l := newLab(t)
	l.fail = errors.New("no such luck")
	if err := l.campaign().run(context.Background()); !errors.Is(err, l.fail) ||
		!strings.Contains(err.Error(), "second") {
		t.Fatal(err)
	}
	// What was measured before is kept, and not measured again.
	l.fail = nil
	l.run(l.campaign(), map[string]int{"first": 1, "second": 1})
	l.run(l.campaign(), map[string]int{"first": 1, "second": 1})

	c := l.campaign()
	c.again = true
	l.run(c, map[string]int{"first": 2, "second": 2})
	if rows := l.campaign().results.Rows; len(rows) != 4 {
		t.Errorf("%d rows, want 4: old ones are replaced", len(rows))
	}
	for _, name := range []string{"first", "head", "json"} {
		if row := l.campaign().results.Find(name, "c", "p"); row == nil ||
			row.Figures["n"].Median() != 2 {
			t.Errorf("section %s: %+v", name, row)
		}
	}
}

func TestAnotherRevision(t *testing.T) {
	l := newLab(t)
	l.run(l.campaign(), map[string]int{"first": 1, "second": 1})
	c := l.campaign()
	c.stamp, c.versions = "def, go1", map[string]string{"go": "go1", "minlambda": "def"}
	c.sections = c.sections[:1]
	l.run(c, map[string]int{"first": 2, "second": 1})
	got := l.campaign().results.Versions
	want := map[string]string{
		"go":             "go1",
		"minlambda":      "def",
		"section first":  "def, go1",
		"section second": "abc, go1",
	}
	if !maps.Equal(got, want) {
		t.Errorf("versions %v, want %v", got, want)
	}
}

// If a tree has changes, nobody knows whether it is the tree that was measured.
func TestChangedTree(t *testing.T) {
	l := newLab(t)
	for range 2 {
		c := l.campaign()
		c.repeats = false
		if err := c.run(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if l.measured["first"] != 2 {
		t.Errorf("measured %v", l.measured)
	}
	for revision, want := range map[string]bool{
		"abc": true, "abc" + changed: false, "unknown": false,
	} {
		if committed(revision) != want {
			t.Errorf("committed(%q) = %v", revision, !want)
		}
	}
}

func TestAnotherMachine(t *testing.T) {
	l := newLab(t)
	l.run(l.campaign(), map[string]int{"first": 1, "second": 1})
	elsewhere := func() *campaign {
		c := l.campaign()
		c.machine = map[string]string{"processor": "Q"}
		return c
	}
	c := elsewhere()
	c.part, c.sections = true, c.sections[:1]
	if err := c.run(context.Background()); err == nil ||
		!strings.Contains(err.Error(), "another machine") {
		t.Fatalf("figures of two machines: %v", err)
	}
	l.run(elsewhere(), map[string]int{"first": 2, "second": 2})
	if r := l.campaign().results; len(r.Rows) != 4 || r.Machine["processor"] != "Q" {
		t.Errorf("%+v", r)
	}
}

func TestInterrupted(t *testing.T) {
	l := newLab(t)
	c := l.campaign()
	ctx, cancel := context.WithCancel(context.Background())
	first := c.sections[0].Run
	c.sections[0].Run = func(
		ctx context.Context, quick bool, progress func(float64, string),
	) ([]results.Row, error) {
		defer cancel()
		return first(ctx, quick, progress)
	}
	if err := c.run(ctx); err == nil || !strings.Contains(err.Error(), "goes on with first") {
		t.Errorf("%v", err)
	}
	if rows := l.campaign().results.Rows; len(rows) > 0 {
		t.Errorf("kept what was interrupted: %+v", rows)
	}
}

func TestChoose(t *testing.T) {
	for only, want := range map[string][]string{
		"": {"first", "second"}, "second": {"second"}, "second,first": {"first", "second"},
		"f*": {"first"}, "*": {"first", "second"},
	} {
		chosen, err := choose(newLab(t).sections(), only)
		var got []string
		for _, s := range chosen {
			got = append(got, s.Name)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v, want %v", only, got, err, want)
		}
	}
	if _, err := choose(newLab(t).sections(), "first,frist"); err == nil ||
		!strings.Contains(err.Error(), `"frist"; there are first, second`) {
		t.Errorf("%v", err)
	}
	if _, err := choose(newLab(t).sections(), "[first"); err == nil {
		t.Error("no error for half a pattern")
	}
}
