package chart

import (
	"cmp"
	"slices"

	"github.com/minlambda/minlambda/bench/internal/results"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

// The case that stands for a usual event, and the largest one.
const (
	usual   = "128B"
	largest = "6MiB"
)

// usualRest stands for a usual one.
const usualRest = "50ms"

// usualThaw is what a frozen process wakes up to: the first case, whose name
// says what has thawed it.
func usualThaw(r *results.Results) string {
	if cases := casesOf(r, "frozen"); len(cases) > 0 {
		return cases[0]
	}
	return ""
}

// onTop reports whether the picture comes before all tables.
func (p *Picture) onTop() bool { return p.Name == "sparse" || p.Name == "overview" }

// Pictures are all those that there is data for.
func Pictures(r *results.Results) (all []*Picture) {
	echo, where := echoSection(r)
	main := []string{"minlambda", "awslambdago", "floor"}
	whole := []string{"minlambda", "net", "awslambdago", "floor"}
	add := func(p *Picture) {
		p.panels = slices.DeleteFunc(p.panels, func(one panel) bool {
			switch one := one.(type) {
			case *bars:
				return len(one.bars) == 0
			case *lines:
				return len(one.lines) == 0
			}
			return false
		})
		if len(p.panels) > 0 {
			p.height = p.tallest()
			all = append(all, p)
		}
	}
	bysize := func(unit, title string) panel {
		return linesOf(r, echo, unit, title, "size of the event, logarithmic", true, main...)
	}

	for _, p := range restPictures(r) {
		add(p)
	}
	add(&Picture{Name: "overview", section: echo, across: 2, Title: "What an invocation and a start cost", Note: "an echo of 128 bytes, " + where + "; medians; lines: least to most round (starts: middle half)",
		panels: []panel{
			barsOf(r, echo, usual, "ns/op", "Time per invocation, server included", main...),
			barsOf(r, echo, usual, "cpu-ns/op", "Processor time per invocation", main...),
			barsOf(r, echo, usual, "allocs/op", "Allocations per invocation", main...),
			barsOf(r, echo, usual, "rss-bytes", "Resident memory after the run", main...),
			barsOf(r, "coldstart", "warm", "ns/op", "Start to first request", main...),
			barsOf(r, "coldstart", "warm", "binary-bytes", "Size of the program", main...),
		}})
	add(&Picture{Name: "time", section: echo, across: 1, Title: "Time per invocation, by size of the event", Note: "one at a time, " + where + ", server's time included; medians, and from the least round to the most",
		panels: []panel{bysize("ns/op", "Time, logarithmic")}})
	add(&Picture{Name: "cpu", section: echo, across: 1, Title: "Processor time per invocation, by size of the event", Note: "of the runtime's process alone, " + where + "; medians, and from the least round to the most",
		panels: []panel{bysize("cpu-ns/op", "Processor time, logarithmic")}})
	add(&Picture{Name: "coldstart", section: "coldstart", across: 1, Title: "Cold start", Note: "from before exec to the first request for an event (empty program: to its end); medians, and the middle half of the starts",
		panels: starts(r)})
	add(&Picture{Name: "memory", section: echo, across: 2, Title: "Memory of the runtime's process", Note: where + ", raw echo; 1 MB is 1,000,000 bytes; medians",
		panels: []panel{
			barsOf(r, echo, usual, "rss-bytes", "Resident after events of 128 B", whole...),
			barsOf(r, echo, largest, "rss-bytes", "Resident after events of 6 MiB", whole...),
			barsOf(r, echo, usual, "peak-rss-bytes", "Peak with events of 128 B", whole...),
			barsOf(r, echo, largest, "peak-rss-bytes", "Peak with events of 6 MiB", whole...),
		}})
	add(&Picture{Name: "allocations", section: echo, across: 2, Title: "Allocations per invocation, in the runtime's process", Note: where + ", raw echo; medians",
		panels: []panel{
			barsOf(r, echo, usual, "allocs/op", "Number, events of 128 B", whole...),
			barsOf(r, echo, largest, "allocs/op", "Number, events of 6 MiB", whole...),
			barsOf(r, echo, usual, "B/op", "Bytes, events of 128 B", whole...),
			barsOf(r, echo, largest, "B/op", "Bytes, events of 6 MiB", whole...),
		}})
	add(&Picture{Name: "headers", section: "headers", across: 2, Title: "Cost growth: headers", Note: "event of 128 bytes with more and more headers beside Lambda's own; medians",
		panels: []panel{
			linesOf(r, "headers", "ns/op", "Time per invocation", "further headers", false, main...),
			linesOf(r, "headers", "cpu-ns/op", "Processor time", "further headers", false, main...),
		}})
	add(&Picture{Name: "loops", section: "loops", across: 1, Title: "Cost growth: invocations at a time", Note: "events of 128 bytes; loops of one process beside processes with a loop each; medians",
		panels: []panel{
			linesOf(r, "loops", "ns/op", "Time per invocation, all together, logarithmic", "invocations at a time, logarithmic", true),
			linesOf(r, "loops", "rss-bytes", "Resident memory of all processes, logarithmic", "invocations at a time, logarithmic", true),
		}})
	for _, m := range []struct{ section, title string }{
		{"head", "Parser: the head of an answer"},
		{"chunked", "Parser: a chunked body"},
		{"json", "JSON: from event to answer"},
	} {
		unit, what := "ns/op", "time"
		if slices.Contains(unitsOf(r, m.section), "cpu-ns/op") { // what others do on the machine is not in it
			unit, what = "cpu-ns/op", "processor time"
		}
		p := &Picture{Name: m.section, section: m.section, across: 1, Title: m.title, Note: what + " per operation; medians, and from the least round to the most"}
		for _, which := range casesOf(r, m.section) {
			p.panels = append(p.panels, barsOf(r, m.section, which, unit, caseName(which)))
		}
		add(p)
	}
	return all
}

// restPictures are those of functions that rest between two events.
func restPictures(r *results.Results) []*Picture {
	return []*Picture{
		{Name: "sparse", section: "sparse", across: 2,
			Title: "What an event costs a function that rests",
			Note: "event of 128 bytes, on two CPUs; medians; " +
				"lines: least to most round (first event: middle half)",
			panels: sparsePanels(r)},
		restsOf(r, "rests", "sparse", "on two CPUs"),
		restsOf(r, "rests-pinned", "sparse-pinned", "everything on one CPU"),
	}
}

func sparsePanels(r *results.Results) (panels []panel) {
	for _, one := range []struct{ section, which, unit, title string }{
		{"sparse", usualRest, "p50-ns", "Event to response, rest of 50 ms"},
		{"sparse", usualRest, "cpu-ns/op", "Processor time of it, rest included"},
		{"frozen", usualThaw(r), "p50-ns", "Event to response, after 20 ms frozen"},
		{"sparse", usualRest, "switches/op", "Context switches, rest of 50 ms"},
		{"first", "first", "ns/op", "First event to response"},
		{"quota", "1/14, 5 ms", "ns/op", "A 14th of a CPU, rest of 5 ms (mean)"},
	} {
		panels = append(panels, barsOf(r, one.section, one.which, one.unit, one.title,
			"minlambda", "awslambdago", "bare", "c"))
	}
	return panels
}

// restsOf is a picture of what longer rests cost.
func restsOf(r *results.Results, name, section, where string) *Picture {
	p := &Picture{Name: name, section: section, across: 1,
		Title: "Cost of an event, by the rest before it",
		Note:  "event of 128 bytes, " + where + "; medians, and from the least round to the most"}
	for _, one := range []struct{ unit, title string }{
		{"p50-ns", "From event to response, logarithmic"},
		{"cpu-ns/op", "Processor time, the rest included, logarithmic"},
	} {
		p.panels = append(p.panels, linesOf(r, section, one.unit, one.title,
			"rest, logarithmic", true, "minlambda", "net", "awslambdago", "bare", "c"))
	}
	return p
}

// tallest is the height of the panels.
func (p *Picture) tallest() (h vg.Length) {
	for _, one := range p.panels {
		switch one := one.(type) {
		case *bars:
			h = max(h, barsHeight(len(one.bars)))
		case *lines:
			h = max(h, linesHeight)
		}
	}
	return h
}

// echoSection is where the echo was measured: pinned, unless that was
// impossible.
func echoSection(r *results.Results) (section, where string) {
	if r.Has("echo-pinned") || !r.Has("echo") {
		return "echo-pinned", "everything on one CPU"
	}
	return "echo", "on all CPUs"
}

// barsOf is a bar for each of the peers, or for all that are there if none is
// named.
func barsOf(r *results.Results, section, which, unit, title string, peers ...string) *bars {
	b := &bars{title: title, unit: unit}
	if peers == nil {
		peers = peersOf(r, section, which)
	}
	for _, peer := range peers {
		row := r.Find(section, which, peer)
		if row == nil || len(row.Figures[unit]) == 0 {
			continue
		}
		f := row.Figures[unit]
		lo, hi := extent(f)
		b.bars = append(b.bars, bar{peerName(peer), colour(peer), f.Median(), lo, hi})
	}
	return b
}

// starts are the panels of the cold start.
func starts(r *results.Results) (panels []panel) {
	for _, which := range casesOf(r, "coldstart") {
		title := "Program in the page cache"
		if which != "warm" {
			title = "Program not in the page cache"
		}
		panels = append(panels, barsOf(r, "coldstart", which, "ns/op", title))
	}
	return append(panels, barsOf(r, "coldstart", "warm", "binary-bytes", "Size of the program, stripped"))
}

// linesOf is a line for each of the peers, or for all if none is named.
func linesOf(r *results.Results, section, unit, title, xAxis string, log bool, peers ...string) *lines {
	l := &lines{title: title, xAxis: xAxis, unit: unit, log: log}
	if peers == nil {
		for _, which := range casesOf(r, section) {
			for _, peer := range peersOf(r, section, which) {
				if !slices.Contains(peers, peer) {
					peers = append(peers, peer)
				}
			}
		}
	}
	for _, peer := range peers {
		s := series{name: peerName(peer), color: colour(peer)}
		for _, row := range r.Rows {
			f := row.Figures[unit]
			if row.Section != section || row.Peer != peer || len(f) == 0 || log && (row.X <= 0 || f.Median() <= 0) {
				continue
			}
			lo, hi := extent(f)
			s.points = append(s.points, point{row.X, f.Median(), lo, hi})
			if !slices.ContainsFunc(l.ticks, func(t plot.Tick) bool { return t.Value == row.X }) {
				l.ticks = append(l.ticks, plot.Tick{Value: row.X, Label: caseName(row.Case)})
			}
		}
		slices.SortFunc(s.points, func(a, b point) int { return cmp.Compare(a.x, b.x) })
		if len(s.points) > 0 {
			l.lines = append(l.lines, s)
		}
	}
	l.ticks = thinned(l.ticks, log)
	return l
}

// thinned leaves out the labels of ticks that lie on another's.
func thinned(ticks []plot.Tick, log bool) []plot.Tick {
	slices.SortFunc(ticks, func(a, b plot.Tick) int { return cmp.Compare(a.Value, b.Value) })
	if len(ticks) == 0 {
		return ticks
	}
	last, most := ticks[0].Value, ticks[len(ticks)-1].Value
	for i := range ticks[1:] {
		t := &ticks[i+1]
		if log && t.Value < 1.5*last || !log && t.Value-last < most/20 {
			t.Label = ""
			continue
		}
		last = t.Value
	}
	return ticks
}

// casesOf are a section's cases in their order.
func casesOf(r *results.Results, section string) (cases []string) {
	for _, row := range r.Rows {
		if row.Section == section && !slices.Contains(cases, row.Case) {
			cases = append(cases, row.Case)
		}
	}
	return cases
}

// peersOf are the peers of one case in their order.
func peersOf(r *results.Results, section, which string) (peers []string) {
	for _, row := range r.Rows {
		if row.Section == section && row.Case == which {
			peers = append(peers, row.Peer)
		}
	}
	return peers
}
