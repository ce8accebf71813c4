package main

import (
	"fmt"
	"strings"

	"github.com/minlambda/minlambda/bench/internal/results"
)

// A comparison is a column of ratios: every peer with one, or one with every peer.
type comparison struct {
	head  string
	unit  string
	peer  string
	above bool // the peer is the dividend
}

// comparisons returns those of a section.
func comparisons(section string) []comparison {
	switch section {
	case "head", "chunked", "json", "log":
		return []comparison{
			{"time / minlambda's", "ns/op", "minlambda", false},
			{"CPU / minlambda's", "cpu-ns/op", "minlambda", false},
		}
	case "sparse-typed":
		return []comparison{
			{"typed aws-lambda-go's p50 / its own", "p50-ns", "awslambdago-typed", true},
			{"typed aws-lambda-go's CPU / its own", "cpu-ns/op", "awslambdago-typed", true},
		}
	case "sparse", "sparse-pinned", "frozen", "frozen-pinned", "quota":
		return rested("p50-ns")
	case "first", "first-pinned", "quota-load", "quota-first":
		return rested("ns/op")
	case "loops":
		return []comparison{
			{"aws-lambda-go's time / its own", "ns/op", "awslambdago, processes", true},
			{"aws-lambda-go's memory / its own", "rss-bytes", "awslambdago, processes", true},
		}
	case "concurrent":
		return []comparison{
			{"aws-lambda-go's time / its own", "ns/op", "awslambdago", true},
			{"aws-lambda-go's CPU / its own", "cpu-ns/op", "awslambdago", true},
			{"aws-lambda-go's memory / its own", "rss-bytes", "awslambdago", true},
		}
	case "handlers":
		return []comparison{
			{"typed aws-lambda-go's time / its own", "ns/op", "awslambdago-typed", true},
			{"typed aws-lambda-go's CPU / its own", "cpu-ns/op", "awslambdago-typed", true},
		}
	case "streams":
		return []comparison{
			{"aws-lambda-go's first byte / its own", "first-byte-ns", "awslambdago", true},
			{"aws-lambda-go's time / its own", "ns/op", "awslambdago", true},
			{"aws-lambda-go's CPU / its own", "cpu-ns/op", "awslambdago", true},
		}
	default:
		return []comparison{
			{"aws-lambda-go's time / its own", "ns/op", "awslambdago", true},
			{"aws-lambda-go's CPU / its own", "cpu-ns/op", "awslambdago", true},
			{"time / floor's", "ns/op", "floor", false},
			{"CPU / floor's", "cpu-ns/op", "floor", false},
		}
	}
}

// rested returns those of peers that rest between two events.
func rested(unit string) []comparison {
	return []comparison{
		{"aws-lambda-go's " + heading(unit) + " / its own", unit, "awslambdago", true},
		{"aws-lambda-go's CPU / its own", "cpu-ns/op", "awslambdago", true},
		{heading(unit) + " / bare loop's", unit, "bare", false},
		{"CPU / bare loop's", "cpu-ns/op", "bare", false},
		{heading(unit) + " / C's", unit, "c", false},
		{"CPU / C's", "cpu-ns/op", "c", false},
	}
}

// ratios returns a table that compares the peers' costs, case by case; "" if there is nothing to
// compare with.
func ratios(r *results.Results, section string) string {
	all := comparisons(section)
	head := []string{"", "peer"}
	for _, c := range all {
		head = append(head, c.head)
	}
	var rows [][]string
	for _, which := range results.CasesOf(r, section) {
		name := results.CaseName(which)
		for _, peer := range results.PeersOf(r, section, which) {
			cells, some := []string{name, results.PeerName(peer)}, false
			for _, c := range all {
				s := c.of(r, section, which, peer)
				some = some || s != ""
				cells = append(cells, s)
			}
			if some {
				rows = append(rows, cells)
				name = ""
			}
		}
	}
	if len(rows) == 0 {
		return ""
	}
	return "\n" + table(head, rows)
}

// of returns the ratio for one peer.
func (c comparison) of(r *results.Results, section, which, peer string) string {
	other := r.Find(section, which, c.peer)
	if other == nil || peer == c.peer {
		return ""
	}
	f, g := r.Find(section, which, peer).Figures[c.unit], other.Figures[c.unit]
	if c.above {
		f, g = g, f
	}
	return results.Spread(f.Ratio(g))
}

// sectionText returns a section's first two comparisons for a terminal, with what they compare: at
// most 100 columns. It is "" if nothing can be compared.
func sectionText(r *results.Results, section string) string {
	all := comparisons(section)[:2]
	var b strings.Builder
	for _, which := range results.CasesOf(r, section) {
		var lines strings.Builder
		for _, peer := range results.PeersOf(r, section, which) {
			cells := []any{results.PeerName(peer)}
			for _, c := range all {
				cells = append(cells, cell(c.unit, r.Find(section, which, peer).Figures[c.unit]))
			}
			for _, c := range all {
				cells = append(cells, c.of(r, section, which, peer))
			}
			if cells[1] != "" {
				line := fmt.Sprintf("    %-26s%10s%10s   %-24s%-s", cells...)
				lines.WriteString(strings.TrimRight(line, " ") + "\n")
			}
		}
		if lines.Len() > 0 {
			b.WriteString("  " + results.CaseName(which) + "\n" + lines.String())
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return fmt.Sprintf(
		"%s: %s, %s; %s; %s\n%s",
		section,
		heading(all[0].unit),
		heading(all[1].unit),
		all[0].head,
		all[1].head,
		b.String(),
	)
}
