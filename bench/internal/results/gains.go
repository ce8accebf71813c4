package results

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The cases that stand for a usual event, the largest one, and a usual rest.
const (
	Usual     = "128B"
	Largest   = "6MiB"
	UsualRest = "50ms"
)

// UsualThaw returns what a frozen process wakes up to: the first case, whose name says what has
// thawed the process.
func UsualThaw(r *Results) string {
	if cases := CasesOf(r, "frozen"); len(cases) > 0 {
		return cases[0]
	}
	return ""
}

// EchoSection returns where the echo was measured: on one processor, unless that was impossible.
func EchoSection(r *Results) (section, where string) {
	if r.Has("echo-pinned") || !r.Has("echo") {
		return "echo-pinned", "everything on one processor"
	}
	return "echo", "on all processors"
}

// CasesOf returns a section's cases in their order.
func CasesOf(r *Results, section string) (cases []string) {
	seen := map[string]bool{}
	for _, row := range r.Rows {
		if row.Section == section && !seen[row.Case] {
			seen[row.Case] = true
			cases = append(cases, row.Case)
		}
	}
	return cases
}

// PeersOf returns the peers of one case in their order.
func PeersOf(r *Results, section, which string) (peers []string) {
	for _, row := range r.Rows {
		if row.Section == section && row.Case == which {
			peers = append(peers, row.Peer)
		}
	}
	return peers
}

// A Gain is one of our figures beside another peer's.
type Gain struct {
	Name         string
	Unit         string
	Ours, Theirs Figure
	Other        string // the peer, as people know it
}

// Ratio returns how many times theirs is ours, with its extent; "" if it would divide by zero.
func (g *Gain) Ratio() string { return Spread(g.Theirs.Ratio(g.Ours)) }

// A Group is a set of gains under the same conditions.
type Group struct {
	Name  string
	Gains []Gain
}

// A line says where a gain's figures are.
type line struct{ name, section, which, unit, peer string }

// lines are a group of gains of the same peer of ours.
type lines struct {
	name, ours string
	lines      []line
}

// The peers that users come from, and come to.
const (
	aws  = "awslambdago"
	ours = "minlambda"
)

// Gains returns what a user gains over aws-lambda-go, as far as it was measured.
func Gains(r *Results) (groups []Group) {
	for _, some := range [][]lines{events(r), handlers, others} {
		for _, g := range some {
			if gains := find(r, g.ours, g.lines); len(gains) > 0 {
				groups = append(groups, Group{g.name, gains})
			}
		}
	}
	return groups
}

// events returns gains of handlers that return the event.
func events(r *Results) []lines {
	echo, where := EchoSection(r)
	thaw := UsualThaw(r)
	return []lines{
		{"an event of 128 bytes, a rest of 50 ms, an event; two processors", ours, []line{
			{"event to response", "sparse", UsualRest, "p50-ns", aws},
			{"slowest in a hundred (p99)", "sparse", UsualRest, "p99-ns", aws},
			{"processor time, the rest included", "sparse", UsualRest, "cpu-ns/op", aws},
			{"thread switches, the rest included", "sparse", UsualRest, "switches/op", aws},
			{"system calls, the rest included", "sparse", UsualRest, "syscalls/op", aws},
			{"event to response, after 20 ms frozen", "frozen", thaw, "p50-ns", aws},
		}},
		{"one event of 128 bytes after the other; " + where, ours, []line{
			{"time, the server's share included", echo, Usual, "ns/op", aws},
			{"slowest in a hundred (p99)", echo, Usual, "p99-ns", aws},
			{"processor time", echo, Usual, "cpu-ns/op", aws},
			{"allocations", echo, Usual, "allocs/op", aws},
			{"bytes allocated", echo, Usual, "B/op", aws},
			{"system calls", echo, Usual, "syscalls/op", aws},
			{"memory in use", echo, Usual, "rss-bytes", aws},
		}},
		{"the same, events of 6 MiB", ours, []line{
			{"time, the server's share included", echo, Largest, "ns/op", aws},
			{"processor time", echo, Largest, "cpu-ns/op", aws},
			{"memory at its peak", echo, Largest, "peak-rss-bytes", aws},
		}},
	}
}

// handlers are gains of handlers that do something.
var handlers = []lines{
	{"typed handlers, a rest of 50 ms before each event; two processors", ours + "-typed", []line{
		{"event to response", "sparse-typed", UsualRest, "p50-ns", aws + "-typed"},
		{"processor time, the rest included", "sparse-typed", UsualRest, "cpu-ns/op",
			aws + "-typed"},
	}},
	{"a JSON handler, on all processors; aws-lambda-go's is typed", ours, []line{
		{"time, the server's share included", "handlers", "json", "ns/op", aws + "-typed"},
		{"processor time", "handlers", "json", "cpu-ns/op", aws + "-typed"},
		{"allocations", "handlers", "json", "allocs/op", aws + "-typed"},
	}},
	{"the same, both typed", ours + "-typed", []line{
		{"time, the server's share included", "handlers", "json", "ns/op", aws + "-typed"},
		{"processor time", "handlers", "json", "cpu-ns/op", aws + "-typed"},
		{"allocations", "handlers", "json", "allocs/op", aws + "-typed"},
	}},
	{"both typed, an API Gateway request", ours + "-typed", []line{
		{"processor time", "handlers", "typed", "cpu-ns/op", aws + "-typed"},
		{"allocations", "handlers", "typed", "allocs/op", aws + "-typed"},
	}},
	{"a response of 1 MiB, streamed, on all processors", ours, []line{
		{"event to first byte", "streams", "1MiB", "first-byte-ns", aws},
		{"time, the server's share included", "streams", "1MiB", "ns/op", aws},
		{"processor time", "streams", "1MiB", "cpu-ns/op", aws},
		{"system calls", "streams", "1MiB", "syscalls/op", aws},
	}},
	{"the same, 40 MiB", ours, []line{
		{"time for 64 KiB, the server's share included", "streams", "40MiB", "64KiB-ns", aws},
		{"processor time", "streams", "40MiB", "cpu-ns/op", aws},
		{"memory at its peak", "streams", "40MiB", "peak-rss-bytes", aws},
	}},
}

// others are gains of processes, and of a line of log.
var others = []lines{
	{"64 events at a time, in one process", ours, []line{
		{"time for an event, all together", "concurrent", "64", "ns/op", aws},
		{"processor time for an event", "concurrent", "64", "cpu-ns/op", aws},
		{"memory in use", "concurrent", "64", "rss-bytes", aws},
		{"memory before the first event", "concurrent", "64", "idle-rss-bytes", aws},
		{"threads", "concurrent", "64", "threads", aws},
	}},
	{"a line of log as JSON, with four attributes", ours, []line{
		{"processor time for a line", "log", "attributes", "cpu-ns/op", aws},
		{"allocations for a line", "log", "attributes", "allocs/op", aws},
	}},
	{"the start", ours, []line{
		{"start to first request for an event", "coldstart", "warm", "ns/op", aws},
		{"first event to response", "first", "first", "ns/op", aws},
		{"size of the program, built by default", "coldstart", "warm", "binary-bytes",
			aws + "-rpc"},
		{"size of the program, tag lambda.norpc", "coldstart", "warm", "binary-bytes", aws},
	}},
}

// Front returns the gains that say most in three lines, as far as they were measured.
func Front(r *Results) []Gain {
	echo, _ := EchoSection(r)
	return find(r, ours, []line{
		{"allocations for an event", echo, Usual, "allocs/op", aws},
		{"processor time for an event after a rest of 50 ms",
			"sparse", UsualRest, "cpu-ns/op", aws},
		{"size of the program", "coldstart", "warm", "binary-bytes", aws + "-rpc"},
	})
}

// find returns the gains that have figures on both sides.
func find(r *Results, ours string, lines []line) (gains []Gain) {
	for _, l := range lines {
		mine, theirs := r.Find(l.section, l.which, ours), r.Find(l.section, l.which, l.peer)
		if mine == nil || theirs == nil {
			continue
		}
		f, other := mine.Figures[l.unit], theirs.Figures[l.unit]
		if len(f) > 0 && len(other) > 0 {
			gains = append(gains, Gain{l.name, l.unit, f, other, PeerName(l.peer)})
		}
	}
	return gains
}

// A Parser is a case of package micro that a page shows, and its peers.
type Parser struct {
	Section, Case string
	Name          string
	Others        []string
}

// Parsers has cases that are won and cases that are lost.
var Parsers = []Parser{
	{"head", "next", "Head of a message with an event", []string{"nethttp", "fasthttp"}},
	{"chunked", "2KiB-in-1", "Body of 2 KiB in one chunk", []string{"nethttp"}},
	{"chunked", "64KiB-in-200", "Body of 64 KiB in 200 chunks", []string{"nethttp"}},
	{"chunked", "6MiB-in-200", "Body of 6 MiB in 200 chunks", []string{"nethttp"}},
	{"json", "greeting", "JSON, 14 bytes", []string{"encoding-json", "go-json"}},
	{"json", "apigateway-v2", "JSON, an API Gateway request", []string{"encoding-json", "go-json"}},
}

// ParserGains returns our parsers' figures beside those of other parsers.
func ParserGains(r *Results) (gains []Gain) {
	for _, p := range Parsers {
		for _, other := range p.Others {
			for _, unit := range []string{"cpu-ns/op", "ns/op"} {
				found := find(r, ours, []line{{p.Name, p.Section, p.Case, unit, other}})
				if len(found) > 0 {
					gains = append(gains, found...)
					break
				}
			}
		}
	}
	return gains
}

// Text returns the gains as a table for a terminal, at most 100 columns wide; "" if nothing can be
// compared.
func Text(r *Results) string {
	groups := Gains(r)
	if gains := ParserGains(r); len(gains) > 0 {
		groups = append(groups, Group{"parsers, processor time for one", gains})
	}
	var b strings.Builder
	for i, g := range groups {
		if i == 0 {
			row(&b, "", "minlambda", "aws-lambda-go", "  ratio")
		}
		b.WriteString(g.Name + "\n")
		for _, one := range g.Gains {
			name := "  " + one.Name
			if !strings.HasPrefix(one.Other, "aws-lambda-go") {
				name += ", " + one.Other
			}
			row(
				&b,
				name,
				Format(one.Unit, one.Ours.Median()),
				Format(one.Unit, one.Theirs.Median()),
				one.Ratio(),
			)
		}
	}
	if b.Len() > 0 {
		b.WriteString("Medians of rounds in which the peers take turns; ratios are taken within a" +
			" round: median, and in\nparentheses the least and the most (of starts: the middle" +
			" half).\n")
	}
	return b.String()
}

// row writes a line: the first cell to the left, numbers to the right.
func row(b *strings.Builder, name, ours, theirs, ratio string) {
	space := strings.Repeat(" ", max(0, 46-utf8.RuneCountInString(name)))
	value, spread, _ := strings.Cut(ratio, " ")
	s := fmt.Sprintf("%s%s%11s%15s%9s %s", name, space, ours, theirs, value, spread)
	b.WriteString(strings.TrimRight(s, " ") + "\n")
}
