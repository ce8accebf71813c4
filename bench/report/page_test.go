package main

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/minlambda/minlambda/bench/internal/results"
)

// has fails the test for each line that the text does not have.
func has(t *testing.T, text string, lines ...string) {
	t.Helper()
	all := strings.Split(text, "\n")
	for _, line := range lines {
		if !slices.Contains(all, line) {
			t.Errorf("no line %q in:\n%s", line, text)
		}
	}
}

func TestRatiosAreOfRounds(t *testing.T) {
	r := &results.Results{Rows: []results.Row{
		{
			Section: "echo",
			Case:    "128B",
			Peer:    "minlambda",
			Figures: map[string]results.Figure{"ns/op": {1, 2, 100}},
		},
		{
			Section: "echo",
			Case:    "128B",
			Peer:    "awslambdago",
			Figures: map[string]results.Figure{"ns/op": {5, 8, 500}},
		},
		{
			Section: "echo",
			Case:    "128B",
			Peer:    "floor",
			Figures: map[string]results.Figure{"ns/op": {1, 1, 50}},
		},
	}}
	has(t, ratios(r, "echo"),
		"| 128 B | minlambda | 5.00 (4.00–5.00) |  | 2.00 (1.00–2.00) |  |",
		"|  | aws-lambda-go |  |  | 8.00 (5.00–10.0) |  |",
		"|  | floor | 8.00 (5.00–10.0) |  |  |  |")
	has(t, costs(r, "echo"),
		"|  | peer | time |",
		"|---|---|--:|",
		"| 128 B | minlambda | 2 ns |")
}

// A missing peer or figure leaves its cells empty.
func TestMissing(t *testing.T) {
	r := &results.Results{Rows: []results.Row{
		{
			Section: "echo",
			Case:    "0B",
			Peer:    "minlambda",
			Figures: map[string]results.Figure{"ns/op": {10}, "something": {7}},
		},
		{
			Section: "echo",
			Case:    "0B",
			Peer:    "net",
			Figures: map[string]results.Figure{"cpu-ns/op": {5}},
		},
	}}
	has(t, costs(r, "echo"),
		"|  | peer | time | CPU | something |",
		"| 0 B | minlambda | 10 ns |  | 7 |",
		"|  | minlambda, package net |  | 5 ns |  |")
	if got := ratios(r, "echo"); got != "" {
		t.Errorf("ratios to nobody:\n%s", got)
	}
	if got := gains(r, "results"); strings.Contains(got, "| time") ||
		!strings.Contains(got, "go run -C bench ./report") {
		t.Errorf("a gain over nobody:\n%s", got)
	}
}

func TestNothing(t *testing.T) {
	r := &results.Results{}
	if got := pictures(r); len(got) > 0 {
		t.Errorf("%d pictures of nothing", len(got))
	}
	if page := pageOf(r); strings.Contains(page, "##") || strings.Contains(page, "| peer") {
		t.Errorf("tables of nothing:\n%s", page)
	}
}

func TestPage(t *testing.T) {
	r := sample()
	r.Rows = append(
		r.Rows,
		results.Row{
			Section: "init",
			Case:    "os",
			Peer:    "minlambda",
			Figures: map[string]results.Figure{"init-ns": {30000}, "init-B": {1}},
		},
		results.Row{
			Section: "init",
			Case:    "total",
			Peer:    "minlambda",
			Figures: map[string]results.Figure{"init-ns": {13000}},
		},
		results.Row{
			Section: "init",
			Case:    "short",
			Peer:    "minlambda",
			Figures: map[string]results.Figure{"init-ns": {9999}},
		},
		results.Row{
			Section: "init",
			Case:    "net",
			Peer:    "awslambdago",
			Figures: map[string]results.Figure{"init-ns": {90000}},
		},
		results.Row{
			Section: "new",
			Case:    "x",
			Peer:    "y",
			Figures: map[string]results.Figure{"z": {1}},
		},
	)
	r.Find("echo", "128B", "minlambda").Figures["syscalls-recvfrom/op"] = results.Figure{2}
	page := pageOf(r)
	has(
		t,
		page,
		"Measured on 2001-02-03 on one machine: Imaginary 3000, 2 CPUs. Yours will differ.",
		"## Sparse events, on two CPUs",
		"| 0.5 ms | minlambda | 70.0 µs | 90.0 µs | 60.0 µs | 3 | 2 |",
		"|  | C | 0.60 | 0.60 | 1.25 | 1.25 |  |  |",
		"| `read` | 1 | 2 | 3 | 4 | 5 |",
		"|  | bare Go loop | 5.20 ms | 480 µs |",
		"## Echo, everything on one CPU",
		"| 128 B | minlambda | 8.06 µs | 4.06 µs | 8.00 µs | 16.0 µs | 0 | 0 B |"+
			" 2.50 MB | 2.50 MB |",
		"|  | minlambda | aws-lambda-go |", // of init
		"| os | 30.0 µs |  |",
		"| net |  | 90.0 µs |",
		"| `recvfrom` | 2 |  |  |  |",
		"## new",
		"| 64 | minlambda | 50.0 µs | 20.0 µs | 2.00 MB | 5.20 MB | 68 |",
		"| 40 MiB | minlambda | 41.9 ms | 41.9 ms | 60.0 µs | 33.0 µs |",
		"| x | y | 1 |",
	)
	if !strings.Contains(page, "| net |  | 90.0 µs |\n| total | 13.0 µs |  |\n") {
		t.Error("the total is not the last line")
	}
	if strings.Contains(page, "| short |") {
		t.Error("a line for what takes no time")
	}
	if strings.Contains(page, "measured at") {
		t.Error("the revision is said section by section, and is the same")
	}
	r.Versions["section loops"] = "def go1.99"
	has(t, pageOf(r), "| loops | measured at def go1.99 |", "| echo | measured at abc go1.99 |")
}

// Typed handlers are compared with aws-lambda-go's typed one.
func TestPageOfTypedRests(t *testing.T) {
	has(t, pageOf(sample()),
		"## Sparse events, typed handlers",
		"| 50 ms | minlambda, typed | 3.00 | 3.00 |",
		"|  | minlambda, package lambda | 1.50 | 1.50 |")
}

func TestCircumstances(t *testing.T) {
	r := &results.Results{
		Date:    "2001-02-03T04:05:06Z",
		Machine: map[string]string{"processor": "P", "virtual": "Q"},
	}
	const want = "Measured on 2001-02-03 on one machine: P, a virtual machine (Q)." +
		" Yours will differ."
	if got := circumstances(r); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	r.Machine["virtual"] = "none"
	if got := circumstances(r); strings.Contains(got, "virtual") {
		t.Errorf("%q", got)
	}
}

func TestGains(t *testing.T) {
	r := sample()
	// Nothing is divided by zero, and a round of ours without an allocation has no ratio.
	r.Find("echo-pinned", "128B", "minlambda").Figures["ns/op"] = results.Figure{10e3, 8e3, 9e3}
	r.Find("echo-pinned", "128B", "awslambdago").Figures["ns/op"] = results.Figure{40e3, 40e3, 45e3}
	got := gains(r, "some/results")
	has(t, got,
		"## What you gain",
		"| time, the server's share included | 9.00 µs | 40.0 µs | 5.00 (4.00–5.00) |",
		"| allocations | 0 | 136 |  |",
		"| size of the program, built by default | 1.50 MB | 8.30 MB | 5.53 |",
		"| processor time for a line | 400 ns | 800 ns | 2.00 |",
		"| time for 64 KiB, the server's share included | 33.0 µs | 66.0 µs | 2.00 |",
		"| memory before the first event | 2.00 MB | 4.00 MB | 2.00 |",
		"| size of the program, tag lambda.norpc | 1.50 MB | 6.30 MB | 4.20 |",
		"    go run -C bench ./report")
	has(t, got,
		"| event to response, after 20 ms frozen | 75.0 µs | 225 µs | 3.00 |",
		"| first event to response | 120 µs | 360 µs | 3.00 |")
	sparse, flood := strings.Index(got, "sparse.svg"), strings.Index(got, "overview.svg")
	if sparse > flood || !strings.Contains(got, "a rest") {
		t.Errorf("sparse life does not come first:\n%s", got)
	}
	for _, picture := range []string{
		"(some/results/sparse.svg)", "(some/results/overview.svg)", "(some/results/time.svg)",
		"(some/results/coldstart.svg)", "one processor", "server's share",
		"(some/results/reading.svg)",
		"| Head of a message with an event | fasthttp | 120 ns | 700 ns | 5.83 |",
	} {
		if !strings.Contains(got, picture) {
			t.Errorf("no %s", picture)
		}
	}
	r.Replace("echo-pinned", nil)
	if got = gains(r, "x"); !strings.Contains(got, "on all processors") ||
		!strings.Contains(got, "| time, the server's share included | 8.06 µs | 40.3 µs | 4.99 |") {
		t.Errorf("without the pinned echo:\n%s", got)
	}
}

// TestSectionText: what -only prints has its peers and ratios, and fits a terminal of 100 columns.
func TestSectionText(t *testing.T) {
	r := sample()
	for _, one := range []struct{ section, words string }{
		{"sparse", "50 ms minlambda 60.0 µs 90.0 µs 3.00 3.00"},
		{"echo-pinned", "128 B minlambda 8.06 µs 4.06 µs 4.99 4.98"},
		{"concurrent", "8 minlambda 50.0 µs 20.0 µs 2.00 2.00"},
		{"coldstart", "file in memory minlambda 1.20 ms 3.42"},
		{"head", "event minlambda 120 ns net/http 3.60 µs 30.0"},
	} {
		got := sectionText(r, one.section)
		if !strings.Contains(strings.Join(strings.Fields(got), " "), one.words) {
			t.Errorf("%s: no %q in\n%s", one.section, one.words, got)
		}
		for line := range strings.Lines(got) {
			if utf8.RuneCountInString(line) > 101 {
				t.Errorf("%s: longer than 100 columns: %s", one.section, line)
			}
		}
	}
	if got := sectionText(r, "init"); got != "" {
		t.Errorf("init was not measured:\n%s", got)
	}
}
