package main

import (
	"cmp"
	"slices"

	"github.com/minlambda/minlambda/bench/internal/results"
)

// What the pictures' notes say again and again.
const (
	spans  = "Medians; thin lines: from the lowest round to the highest."
	starts = "Medians; thin lines: the middle half of the starts."
	tag    = "aws-lambda-go is built with the tag lambda.norpc; by default there is no tag."
	floor  = "The floor is a loop of the fewest system calls, without a check."
	floors = floor + " It is not the least possible: minlambda can be below it, since it" +
		" waits for the answer to its response and for the next event together."
)

// pictures returns all pictures that there is data for.
func pictures(r *results.Results) (all []*picture) {
	for _, some := range [][]*picture{
		restPictures(r), {overview(r)}, echoPictures(r), {coldStart(r)}, memoryPictures(r),
		growthPictures(r), workPictures(r), {reading(r)}, microPictures(r),
	} {
		all = append(all, some...)
	}
	for _, p := range all {
		p.panels = slices.DeleteFunc(p.panels, panel.empty)
	}
	return slices.DeleteFunc(all, func(p *picture) bool { return len(p.panels) == 0 })
}

// onTop reports whether the picture comes before all tables.
func (p *picture) onTop() bool { return p.Name == "sparse" || p.Name == "overview" }

// inReadme lists the pictures of the root's README.
var inReadme = []string{"sparse", "overview", "time", "coldstart", "reading"}

// restPictures returns those of functions that rest between two events.
func restPictures(r *results.Results) []*picture {
	p := &picture{
		Name: "sparse", section: "sparse", across: 2,
		Title: "What an event costs a function that rests before it",
		Note: "Events of 128 bytes, two processors. " + spans + " C and the bare Go loop check" +
			" nothing: they show what the system and Go allow.",
	}
	for _, one := range []struct{ section, which, unit, title string }{
		{"sparse", results.UsualRest, "p50-ns", "Event to response, after a rest of 50 ms"},
		{"sparse", results.UsualRest, "cpu-ns/op", "Processor time of it and of the rest"},
		{"frozen", results.UsualThaw(r), "p50-ns", "Event to response, after 20 ms frozen"},
		{"sparse", results.UsualRest, "switches/op", "Thread switches, with a rest of 50 ms"},
		{"first", "first", "ns/op", "First event after the start"},
		{"quota", "1/14, 5 ms", "ns/op", "Event to response, 1/14 of a processor"},
	} {
		p.panels = append(p.panels, barsOf(r, one.section, one.which, one.unit, one.title,
			"minlambda", "awslambdago", "bare", "c"))
	}
	typed := &picture{
		Name: "sparse-typed", section: "sparse-typed", across: 2,
		Title: "What an event costs a typed handler that rests before it",
		Note:  "Events of 14 bytes of JSON, a rest of 50 ms, two processors. " + spans,
		panels: []panel{
			barsOf(r, "sparse-typed", results.UsualRest, "p50-ns", "Event to response"),
			barsOf(r, "sparse-typed", results.UsualRest, "cpu-ns/op",
				"Processor time of it and of the rest"),
		},
	}
	return []*picture{
		p,
		typed,
		restsOf(r, "rests", "sparse", "two processors"),
		restsOf(r, "rests-pinned", "sparse-pinned", "everything on one processor"),
	}
}

// restsOf returns a picture of what longer rests cost.
func restsOf(r *results.Results, name, section, where string) *picture {
	p := &picture{
		Name: name, section: section, across: 1,
		Title: "What an event costs, by the rest before it",
		Note:  "Events of 128 bytes, " + where + "; axes are logarithmic. " + spans,
	}
	for _, one := range []struct{ unit, title string }{
		{"p50-ns", "From event to response"},
		{"cpu-ns/op", "Processor time, that of the rest included"},
	} {
		p.panels = append(
			p.panels,
			linesOf(r, section, one.unit, one.title, "rest before the event",
				true, "minlambda", "net", "awslambdago", "bare", "c"),
		)
	}
	return p
}

// overview has no floor: a user cannot choose it.
func overview(r *results.Results) *picture {
	echo, where := results.EchoSection(r)
	return &picture{
		Name: "overview", section: echo, across: 2,
		Title: "What an event costs a busy function, and what a start costs",
		Note: "Handlers that return the event, one event of 128 bytes after the other, " + where +
			". " + spans + " " + tag,
		panels: []panel{
			barsOf(
				r,
				echo,
				results.Usual,
				"ns/op",
				"Time for an event, server's share included",
				pair...),
			barsOf(r, echo, results.Usual, "cpu-ns/op", "Processor time for an event", pair...),
			barsOf(r, echo, results.Usual, "allocs/op", "Memory allocations for an event", pair...),
			barsOf(r, echo, results.Usual, "rss-bytes", "Memory in use, at the end", pair...),
			barsOf(r, "coldstart", "warm", "ns/op", "Start to first request for an event", pair...),
			barsOf(r, "coldstart", "warm", "binary-bytes", "Size of the program",
				"minlambda", "awslambdago-rpc", "awslambdago"),
		},
	}
}

// The peers that a user can choose, and the same with the floor.
var (
	pair     = []string{"minlambda", "awslambdago"}
	starters = []string{"minlambda", "minlambda-json", "awslambdago-rpc", "awslambdago", "empty"}

	withFloor = []string{"minlambda", "awslambdago", "floor"}
	whole     = []string{"minlambda", "net", "awslambdago", "floor"}
)

// echoPictures returns pictures with a line for each peer, by the size of the event.
func echoPictures(r *results.Results) []*picture {
	echo, where := results.EchoSection(r)
	one := func(name, title, unit, panelTitle, note string, peers []string) *picture {
		return &picture{
			Name: name, section: echo, across: 1, Title: title,
			Note: "One event after the other, " + where + "; axes are logarithmic. " + note + spans,
			panels: []panel{
				linesOf(r, echo, unit, panelTitle, "size of the event", true, peers...),
			},
		}
	}
	return []*picture{
		one("time", "Time for an event, by its size", "ns/op",
			"Time, the server's share included", "", pair),
		one("cpu", "Processor time for an event, by its size", "cpu-ns/op",
			"Processor time of the runtime's process", floors+" ", withFloor),
	}
}

// coldStart has one panel for each kind of start.
func coldStart(r *results.Results) *picture {
	p := &picture{
		Name: "coldstart", section: "coldstart", across: 1,
		Title: "From start to the first request for an event",
		Note: "From just before the process is started; of the empty program, until it has ended." +
			" " + starts + " " + tag,
	}
	for _, which := range results.CasesOf(r, "coldstart") {
		title := "The program's file is in memory already"
		if which != "warm" {
			title = "The program has to be read from disk"
		}
		p.panels = append(p.panels, barsOf(r, "coldstart", which, "ns/op", title, starters...))
	}
	p.panels = append(
		p.panels,
		barsOf(
			r,
			"coldstart",
			"warm",
			"binary-bytes",
			"Size of the program, without debug information",
			starters...),
	)
	return p
}

func memoryPictures(r *results.Results) []*picture {
	echo, where := results.EchoSection(r)
	inTwo := func(name, title string, about ...string) *picture {
		p := &picture{
			Name: name, section: echo, across: 2, Title: title,
			Note: "Handlers that return the event, " + where +
				". 1 MB is 1,000,000 bytes. Medians. " + floor,
		}
		for i := 0; i < len(about); i += 2 {
			for _, size := range []struct{ which, name string }{
				{results.Usual, ", 128 bytes"}, {results.Largest, ", 6 MiB"},
			} {
				p.panels = append(p.panels,
					barsOf(r, echo, size.which, about[i], about[i+1]+size.name, whole...))
			}
		}
		return p
	}
	return []*picture{
		inTwo("memory", "Memory of the runtime's process",
			"rss-bytes", "In use after events", "peak-rss-bytes", "At its peak, with events"),
		inTwo("allocations", "What is allocated for an event",
			"allocs/op", "Allocations, events", "B/op", "Bytes, events"),
	}
}

// growthPictures returns pictures of what more of something costs.
func growthPictures(r *results.Results) []*picture {
	return []*picture{
		{
			Name: "headers", section: "headers", across: 1, Title: "What more headers cost",
			Note: "Events of 128 bytes with headers beside those that Lambda sends. Medians. " +
				floors,
			panels: []panel{
				linesOf(
					r,
					"headers",
					"ns/op",
					"Time for an event",
					"further headers",
					false,
					withFloor...),
				linesOf(
					r,
					"headers",
					"cpu-ns/op",
					"Processor time",
					"further headers",
					false,
					withFloor...),
			},
		},
		{
			Name: "loops", section: "loops", across: 1,
			Title: "What several invocations at a time cost",
			Note: "Events of 128 bytes; loops of one process beside processes with a loop each;" +
				" axes are logarithmic. Medians.",
			panels: []panel{
				linesOf(r, "loops", "ns/op", "Time for an event, all together",
					"invocations at a time", true),
				linesOf(r, "loops", "rss-bytes", "Memory of all processes",
					"invocations at a time", true),
			},
		},
	}
}

// workPictures returns pictures of handlers that do something, and of several at a time.
func workPictures(r *results.Results) []*picture {
	handlers := &picture{
		Name: "handlers", section: "handlers", across: 2, Title: "Handlers that read JSON",
		Note: "What one event costs; events of 14 bytes, over fastjson or typed, and API Gateway" +
			" requests, over bytes with encoding/json inside or typed. " + spans,
	}
	for _, one := range []struct{ which, name string }{
		{"json", ", 14 bytes"}, {"typed", ", API Gateway request"},
	} {
		handlers.panels = append(handlers.panels,
			barsOf(r, "handlers", one.which, "cpu-ns/op", "Processor time"+one.name),
			barsOf(r, "handlers", one.which, "allocs/op", "Allocations"+one.name))
	}
	return []*picture{
		handlers,
		{
			Name: "streams", section: "streams", across: 1, Title: "What a streamed response costs",
			Note: "Responses that are sent while they are made; axes are logarithmic. " + spans,
			panels: []panel{
				barsOf(r, "streams", "64KiB", "first-byte-ns",
					"Event to the response's first byte, 64 KiB", pair...),
				linesOf(r, "streams", "64KiB-ns", "Time for 64 KiB, the server's share included",
					"size of the response", true, pair...),
				linesOf(r, "streams", "cpu-ns/op", "Processor time for a response",
					"size of the response", true, pair...),
			},
		},
		{
			Name: "concurrent", section: "concurrent", across: 1,
			Title: "What several events at a time cost in one process",
			Note:  "Events of 128 bytes over one server; axes are logarithmic. " + spans,
			panels: []panel{
				linesOf(r, "concurrent", "cpu-ns/op", "Processor time for an event",
					"events at a time", true, pair...),
				linesOf(r, "concurrent", "rss-bytes", "Memory of the process",
					"events at a time", true, pair...),
				linesOf(r, "concurrent", "threads", "Threads",
					"events at a time", true, pair...),
			},
		},
	}
}

// microSections are what an event's bytes go through.
var microSections = []struct{ section, title string }{
	{"head", "Reading the head of a message"},
	{"chunked", "Reading a chunked body"},
	{"json", "JSON: from event to response"},
	{"log", "A line of log, as JSON"},
}

// microUnit returns processor time if there is some: it leaves out what others do on the machine.
func microUnit(r *results.Results, section string) (unit, name string) {
	if slices.Contains(unitsOf(r, section), "cpu-ns/op") {
		return "cpu-ns/op", "Processor time"
	}
	return "ns/op", "Time"
}

func microPictures(r *results.Results) (all []*picture) {
	for _, m := range microSections {
		unit, name := microUnit(r, m.section)
		p := &picture{
			Name: m.section, section: m.section, across: 1, Title: m.title,
			Note: name + " for one. " + spans,
		}
		for _, which := range results.CasesOf(r, m.section) {
			p.panels = append(p.panels, barsOf(r, m.section, which, unit, results.CaseName(which)))
		}
		all = append(all, p)
	}
	return all
}

// reading returns the README's choice of these, with the two cases that are lost.
func reading(r *results.Results) *picture {
	unit, name := microUnit(r, "head")
	p := &picture{
		Name: "reading", section: "head", across: 2,
		Title: "What reading an event costs, beside other parsers",
		Note: name + " for one. A large body in many chunks is net/http's strength, and larger" +
			" JSON that of go-json, which fills structs. " + spans,
	}
	for _, one := range results.Parsers {
		p.panels = append(
			p.panels,
			barsOf(
				r,
				one.Section,
				one.Case,
				unit,
				one.Name,
				append([]string{"minlambda"}, one.Others...)...),
		)
	}
	return p
}

// barsOf returns a bar for each of the peers, or for all that there are if none is named.
func barsOf(r *results.Results, section, which, unit, title string, peers ...string) *bars {
	b := &bars{title: title, unit: unit}
	if peers == nil {
		peers = results.PeersOf(r, section, which)
	}
	for _, peer := range peers {
		row := r.Find(section, which, peer)
		if row == nil || len(row.Figures[unit]) == 0 {
			continue
		}
		f := row.Figures[unit]
		lo, hi := results.Extent(f)
		b.bars = append(b.bars, bar{results.PeerName(peer), roleOf(peer), f.Median(), lo, hi})
	}
	return b
}

// linesOf returns a line for each of the peers, or for all if none is named.
func linesOf(
	r *results.Results, section, unit, title, xAxis string, log bool, peers ...string,
) *lines {
	l := &lines{title: title, xAxis: xAxis, unit: unit, log: log}
	if peers == nil {
		for _, row := range r.Rows {
			if row.Section == section && !slices.Contains(peers, row.Peer) {
				peers = append(peers, row.Peer)
			}
		}
	}
	for _, peer := range peers {
		s := series{name: results.PeerName(peer), role: roleOf(peer)}
		for _, row := range r.Rows {
			f := row.Figures[unit]
			if row.Section != section || row.Peer != peer || len(f) == 0 ||
				log && (row.X <= 0 || f.Median() <= 0) {
				continue
			}
			lo, hi := results.Extent(f)
			s.points = append(s.points, point{row.X, f.Median(), lo, hi})
			one := mark{row.X, results.CaseName(row.Case)}
			if !slices.Contains(l.marks, one) {
				l.marks = append(l.marks, one)
			}
		}
		slices.SortFunc(s.points, func(a, b point) int { return cmp.Compare(a.x, b.x) })
		if len(s.points) > 0 {
			l.lines = append(l.lines, s)
		}
	}
	slices.SortFunc(l.marks, func(a, b mark) int { return cmp.Compare(a.value, b.value) })
	return l
}
