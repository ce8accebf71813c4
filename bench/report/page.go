package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/minlambda/minlambda/bench/internal/results"
)

// A chapter of the page of results.
type chapter struct{ section, title, about string }

// chapters are in the order of the page. A section that is not among them comes at the end, under
// its own name.
var chapters = []chapter{
	{"sparse", "Sparse events, on two CPUs",
		"One event, a rest, one event: the case is the rest. Time is from the event's sending " +
			"until its response has arrived, the mean, and p50 its median. CPU and context " +
			"switches are those of all threads, in the rest too. System calls were counted " +
			"afterwards."},
	{"sparse-pinned", "Sparse events, everything on one CPU", "The same on one processor."},
	{"sparse-typed", "Sparse events, typed handlers", "The same on two processors, with typed " +
		"handlers, and events of 14 bytes of JSON: `{\"name\":\"Ada\"}`."},
	{"frozen", "Frozen between events, on two CPUs",
		"The process is stopped 2 ms after its response, for 20 ms. Either it goes on, and the " +
			"event is sent then, or the event is there already, and time counts from the thaw; " +
			"with SIGSTOP and SIGCONT where the freezer of control groups is not to be had. CPU " +
			"has the stopping and the thawing of its threads in it."},
	{"frozen-pinned", "Frozen between events, everything on one CPU", "The same on one processor."},
	{"quota", "With a part of a CPU",
		"The process has a fourteenth of a processor, as a function of 128 MB, or a seventh, in " +
			"periods of 20 ms; the case is that and the rest."},
	{"quota-load", "With a part of a CPU, under load",
		"One event after the other without a rest, for half a second: when the process has used " +
			"its part, it waits for the next period. Time is per invocation, with all waits, so " +
			"a second divided by it is the invocations a second."},
	{"quota-first", "First event, with a part of a CPU",
		"As the first event, with a quota from the request for it on."},
	{"first", "First event, on two CPUs",
		"The process is started, asks for its first event, and gets it 20 ms later. Start is " +
			"until it has asked, time from the event to its response."},
	{"first-pinned", "First event, everything on one CPU", "The same on one processor."},
	{"echo-pinned", "Echo, everything on one CPU",
		"One invocation at a time, the next event being there when the runtime asks for it. " +
			"Server and runtime share one processor, as a small function shares one with " +
			"Lambda's " +
			"own agent."},
	{"echo", "Echo, on all CPUs",
		"The same, with server and runtime wherever the system puts them. Waking another " +
			"processor takes time, more so in a virtual machine."},
	{"echo-pinned-joined", "Echo, everything on one CPU, 202 and event joined",
		"The server answers both requests, if they came together, with one write. A runtime in " +
			"sequence cannot gain from that."},
	{"echo-joined", "Echo, on all CPUs, 202 and event joined", "The same on all processors."},
	{
		"handlers",
		"Handlers that read JSON",
		"The event is a JSON document, and the answer is made from it.",
	},
	{
		"headers",
		"Headers",
		"Events of 128 bytes with more and more headers beside those that Lambda sends; the case " +
			"is their number.",
	},
	{
		"streams",
		"Streamed responses",
		"The response is as long as the case says, and sent while it is made, in writes of 64 " +
			"KiB or, of aws-lambda-go, from an io.Reader that gives as many. The first byte is " +
			"that of the response; the time for 64 KiB is that of the whole by its length. " +
			"One of 40 MiB is alone in its turn, so that its first byte comes after a rest.",
	},
	{
		"loops",
		"Invocations at a time",
		"The case is how many run at the same time, each with a server of its own. Time is per " +
			"invocation, all together.",
	},
	{
		"concurrent",
		"Invocations at a time in one process",
		"The case is how many loops the process has; all share one server, as on Lambda Managed " +
			"Instances, and get as many events at the same time. Time is per invocation, all " +
			"together, and most of it is the server's. Memory at rest is before the first event.",
	},
	{
		"coldstart",
		"Cold start",
		"From just before the process is started until its first request for an event has " +
			"arrived; of the empty program, until it has ended.",
	},
	{
		"init",
		"Initialisation of packages",
		"As `GODEBUG=inittrace=1` says it. Packages that take less than " + results.Format(
			"init-ns",
			shortInit,
		) + " everywhere are only in the total.",
	},
	{"head", "Parser: the head of an answer", ""},
	{"chunked", "Parser: a chunked body", ""},
	{"json", "JSON: from event to answer", ""},
	{"log", "A line of log",
		"JSON, written to the null device, with the request ID but for slog's own handler."},
}

// shortInit is how much is not worth a line, in nanoseconds.
const shortInit = 10_000

// pageOf returns results/README.md: everything that was measured.
func pageOf(r *results.Results) string {
	var b strings.Builder
	b.WriteString(
		"<!-- Made from data.json by `go run -C bench ./report -render`. Do not edit. -->\n\n# " +
			"What was measured\n\n",
	)
	b.WriteString(circumstances(r) + "\n\n")
	b.WriteString(facts(r))
	b.WriteString(`
A figure is the median of the rounds, and a ratio the median of the ratios within each round, with
the least and the most of them in parentheses (of single starts: the middle half). In a round the
peers take turns, so that whatever else the machine does hits all of them. **Time includes the
server's share and the kernel's**, which makes ratios of time smaller than the runtimes' own
difference; CPU is the runtime's process alone. 1 kB is 1000 bytes, 1 MB 1,000,000; sizes of events
in KiB and MiB are powers of two.

The **floor** is a loop of the fewest system calls that can do it, without a check of anything. It
shows what this machine asks of any runtime, and is no bound: it reads the answer to its response
and the next event one after the other, where minlambda waits for both and is woken once. So
minlambda can be below it.

[The benchmarks' own page](../README.md)
says what each peer and each column is. All values of all rounds are in [data.json](data.json).
`)
	pictures := pictures(r)
	for _, p := range pictures {
		if p.onTop() {
			fmt.Fprintf(&b, "\n%s\n", p.Markdown(""))
		}
	}
	for _, one := range chaptersOf(r) {
		fmt.Fprintf(&b, "\n## %s\n", one.title)
		if one.about != "" {
			fmt.Fprintf(&b, "\n%s\n", one.about)
		}
		for _, p := range pictures {
			if p.section == one.section && !p.onTop() {
				fmt.Fprintf(&b, "\n%s\n", p.Markdown(""))
			}
		}
		if one.section == "init" {
			b.WriteString(transposed(r, one.section, "init-ns", shortInit))
			continue
		}
		b.WriteString(costs(r, one.section))
		b.WriteString(ratios(r, one.section))
		b.WriteString(calls(r, one.section))
	}
	return b.String()
}

// circumstances says in a sentence when and on what it was measured.
func circumstances(r *results.Results) string {
	day, _, _ := strings.Cut(r.Date, "T")
	s := "Measured on " + cmp.Or(day, "an unknown day") + " on one machine"
	if cpu := r.Machine["processor"]; cpu != "" {
		s += ": " + cpu
		if n := r.Machine["processors"]; n != "" {
			s += ", " + n + " CPUs"
		}
	}
	if v := r.Machine["virtual"]; v != "" && v != "none" {
		s += ", a virtual machine (" + v + ")"
	}
	return s + ". Yours will differ."
}

// facts returns the machine and the versions.
func facts(r *results.Results) string {
	var rows [][]string
	for _, key := range slices.Sorted(maps.Keys(r.Machine)) {
		rows = append(rows, []string{key, r.Machine[key]})
	}
	stamps := map[string][]string{}
	for _, key := range slices.Sorted(maps.Keys(r.Versions)) {
		if section, ok := strings.CutPrefix(key, results.Stamp); ok {
			stamps[r.Versions[key]] = append(stamps[r.Versions[key]], section)
			continue
		}
		rows = append(rows, []string{key, r.Versions[key]})
	}
	if len(stamps) > 1 { // of several revisions
		for _, stamp := range slices.Sorted(maps.Keys(stamps)) {
			rows = append(rows, []string{strings.Join(stamps[stamp], ", "), "measured at " + stamp})
		}
	}
	if len(rows) == 0 {
		return ""
	}
	return table([]string{"", "machine and versions"}, rows)
}

// chaptersOf returns the chapters that there are rows for.
func chaptersOf(r *results.Results) (there []chapter) {
	for _, one := range chapters {
		if r.Has(one.section) {
			there = append(there, one)
		}
	}
	for _, row := range r.Rows {
		if !slices.ContainsFunc(
			there,
			func(one chapter) bool { return one.section == row.Section },
		) {
			there = append(there, chapter{section: row.Section, title: row.Section})
		}
	}
	return there
}

// costs returns a table of all figures of a section's peers, case by case.
func costs(r *results.Results, section string) string {
	units := unitsOf(r, section)
	head := []string{"", "peer"}
	for _, unit := range units {
		head = append(head, heading(unit))
	}
	var rows [][]string
	for _, which := range results.CasesOf(r, section) {
		name := results.CaseName(which)
		for _, peer := range results.PeersOf(r, section, which) {
			cells := []string{name, results.PeerName(peer)}
			name = ""
			for _, unit := range units {
				cells = append(cells, cell(unit, r.Find(section, which, peer).Figures[unit]))
			}
			rows = append(rows, cells)
		}
	}
	return "\n" + table(head, rows)
}

func cell(unit string, f results.Figure) string {
	if len(f) == 0 {
		return ""
	}
	return results.Format(unit, f.Median())
}

// unitsOf returns the figures of a section, in the order of headings. System calls by name have a
// table of their own.
func unitsOf(r *results.Results, section string) (units []string) {
	found := map[string]bool{}
	for _, row := range r.Rows {
		for unit := range row.Figures {
			if row.Section == section && !strings.HasPrefix(unit, callPrefix) {
				found[unit] = true
			}
		}
	}
	for _, h := range headings {
		if found[h.unit] {
			units = append(units, h.unit)
			delete(found, h.unit)
		}
	}
	return append(units, slices.Sorted(maps.Keys(found))...)
}

// transposed returns a table of one figure: cases downwards, peers across. A case that has less
// than least everywhere is left out; the total is the last.
func transposed(r *results.Results, section, unit string, least float64) string {
	var peers []string
	for _, row := range r.Rows {
		if row.Section == section && !slices.Contains(peers, row.Peer) {
			peers = append(peers, row.Peer)
		}
	}
	head := []string{""}
	for _, peer := range peers {
		head = append(head, results.PeerName(peer))
	}
	var rows [][]string
	cases := results.CasesOf(r, section)
	if i := slices.Index(cases, "total"); i >= 0 {
		cases = append(slices.Delete(cases, i, i+1), "total")
	}
	for _, which := range cases {
		cells, most := []string{which}, 0.0
		for _, peer := range peers {
			var f results.Figure
			if row := r.Find(section, which, peer); row != nil {
				f = row.Figures[unit]
			}
			cells = append(cells, cell(unit, f))
			most = max(most, f.Median())
		}
		if most >= least {
			rows = append(rows, cells)
		}
	}
	return "\n" + table(head, rows)
}

// callPrefix begins the figures that count system calls by name.
const callPrefix = "syscalls-"

// calls returns a table of the system calls by name, for the usual event or rest.
func calls(r *results.Results, section string) string {
	found := map[string]bool{}
	usual := results.Usual
	if !slices.Contains(results.CasesOf(r, section), usual) {
		usual = results.UsualRest
	}
	peers := results.PeersOf(r, section, usual)
	for _, peer := range peers {
		for unit := range r.Find(section, usual, peer).Figures {
			found[unit] = strings.HasPrefix(unit, callPrefix)
		}
	}
	maps.DeleteFunc(found, func(_ string, call bool) bool { return !call })
	if len(found) == 0 {
		return ""
	}
	head := []string{"system calls, " + results.CaseName(usual)}
	for _, peer := range peers {
		head = append(head, results.PeerName(peer))
	}
	var rows [][]string
	for _, unit := range slices.Sorted(maps.Keys(found)) {
		cells := []string{
			"`" + strings.TrimSuffix(strings.TrimPrefix(unit, callPrefix), "/op") + "`",
		}
		for _, peer := range peers {
			cells = append(cells, cell(unit, r.Find(section, usual, peer).Figures[unit]))
		}
		rows = append(rows, cells)
	}
	return "\n" + table(head, rows)
}

// table returns a Markdown table. Its first column and the column peer are aligned to the left,
// numbers to the right.
func table(head []string, rows [][]string) string {
	var b strings.Builder
	write := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	write(head)
	for i, h := range head {
		if i == 0 || h == "peer" || h == "machine and versions" {
			b.WriteString("|---")
		} else {
			b.WriteString("|--:")
		}
	}
	b.WriteString("|\n")
	for _, cells := range rows {
		write(cells)
	}
	return b.String()
}

// headings has the names of figures at the head of a column, in the order of the columns. Other
// figures follow under their own name.
var headings = []struct{ unit, name string }{
	{"start-ns", "start"},
	{"ns/op", "time"},
	{"cpu-ns/op", "CPU"},
	{"first-byte-ns", "first byte"},
	{"64KiB-ns", "per 64 KiB"},
	{"p50-ns", "p50"},
	{"p99-ns", "p99"},
	{"p99.9-ns", "p99.9"},
	{"MB/s", "rate"},
	{"allocs/op", "allocations"},
	{"B/op", "allocated"},
	{"syscalls/op", "system calls"},
	{"switches/op", "context switches"},
	{"idle-rss-bytes", "memory at rest"},
	{"rss-bytes", "memory"},
	{"peak-rss-bytes", "peak memory"},
	{"threads", "threads"},
	{"binary-bytes", "program"},
	{"gzip-bytes", "gzipped"},
	{"file-pages", "file pages"},
	{"file-pages-in-all", "of"},
	{"minor-faults", "minor faults"},
	{"major-faults", "major faults"},
}

// heading returns the name of a figure.
func heading(unit string) string {
	for _, h := range headings {
		if h.unit == unit {
			return h.name
		}
	}
	return unit
}
