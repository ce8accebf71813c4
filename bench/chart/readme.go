package chart

import (
	"fmt"
	"slices"
	"strings"

	"github.com/minlambda/minlambda/bench/internal/results"
)

// Gains is the block of the root's README: what a user gains over
// aws-lambda-go, with the pictures below dir.
func Gains(r *results.Results, dir string) string {
	echo, where := echoSection(r)
	var rows [][]string
	for _, g := range []struct {
		name, section, which, unit string
	}{
		{"event to response, after a rest of 50 ms", "sparse", usualRest, "p50-ns"},
		{"slowest in a hundred of these (p99)", "sparse", usualRest, "p99-ns"},
		{"processor time of these, the rest included", "sparse", usualRest, "cpu-ns/op"},
		{"event to response, after 20 ms frozen", "frozen", usualThaw(r), "p50-ns"},
		{"first event to response", "first", "first", "ns/op"},
		{"time, server included", echo, usual, "ns/op"},
		{"slowest in a hundred (p99)", echo, usual, "p99-ns"},
		{"processor time", echo, usual, "cpu-ns/op"},
		{"allocations", echo, usual, "allocs/op"},
		{"bytes allocated", echo, usual, "B/op"},
		{"system calls", echo, usual, "syscalls/op"},
		{"resident memory", echo, usual, "rss-bytes"},
		{"time, event of 6 MiB", echo, largest, "ns/op"},
		{"peak memory, event of 6 MiB", echo, largest, "peak-rss-bytes"},
		{"start to first request", "coldstart", "warm", "ns/op"},
		{"size of the program", "coldstart", "warm", "binary-bytes"},
	} {
		ours, theirs := r.Find(g.section, g.which, "minlambda"), r.Find(g.section, g.which, "awslambdago")
		if ours == nil || theirs == nil || len(ours.Figures[g.unit]) == 0 || len(theirs.Figures[g.unit]) == 0 {
			continue
		}
		f, other := ours.Figures[g.unit], theirs.Figures[g.unit]
		rows = append(rows, []string{g.name, Format(g.unit, f.Median()), Format(g.unit, other.Median()), spread(other.Ratio(f))})
	}
	var b strings.Builder
	fmt.Fprintf(&b, "## What you gain\n\n%s\n\n", wrap(gainsHead(r, where), 80))
	if len(rows) > 0 {
		b.WriteString(table([]string{"", "minlambda", "aws-lambda-go", "aws-lambda-go / minlambda"}, rows) + "\n")
	}
	for _, p := range Pictures(r) {
		if slices.Contains([]string{"sparse", "overview", "time", "coldstart"}, p.Name) {
			fmt.Fprintf(&b, "%s\n\n", p.Markdown(dir+"/"))
		}
	}
	fmt.Fprintf(&b, "%s\n\n    go run -C bench ./report\n", wrap("All figures, with the machine and the versions, are in ["+dir+"]("+dir+"). This command measures them anew, and writes them and this part of the page:", 80))
	return b.String()
}

func gainsHead(r *results.Results, where string) string {
	s := Circumstances(r) + " Each runtime is a process of its own that echoes an event of 128 bytes, unless the line says otherwise, " + where + ". Figures are medians of rounds in which the runtimes take turns;"
	s += " ratios are taken within a round, with the least and the most of them behind (of single starts, the middle half). Time includes the server's share and the kernel's, the same for both, so that its ratio is smaller than the runtimes' own difference; processor time is the runtime's alone."
	if r.Has("sparse") {
		s += " The lines about a rest, about frozen processes and about the first event are of" +
			" two CPUs: one event, a rest, one event, as most functions live. All others are of" +
			" one event after the other, without a rest."
	}
	if v := r.Versions["aws-lambda-go"]; v != "" {
		s += " aws-lambda-go is " + v + " with its `Handler` interface over bytes, its fastest way."
	}
	return s
}

// wrap breaks text into lines of at most n bytes, where words allow it.
func wrap(text string, n int) string {
	var b strings.Builder
	used := 0
	for _, word := range strings.Fields(text) {
		switch {
		case used == 0:
		case used+1+len(word) > n:
			b.WriteByte('\n')
			used = 0
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used += len(word)
	}
	return b.String()
}
