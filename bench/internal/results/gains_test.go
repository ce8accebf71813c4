package results

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// everything returns a run that has each figure that a gain needs, with long numbers in it.
func everything() *Results {
	r := &Results{}
	add := func(section, which, peer string, scale float64) {
		row := Row{Section: section, Case: which, Peer: peer, Figures: map[string]Figure{}}
		for _, unit := range []string{
			"ns/op", "cpu-ns/op", "p50-ns", "p99-ns", "first-byte-ns", "64KiB-ns", "switches/op",
			"syscalls/op", "B/op", "rss-bytes", "peak-rss-bytes", "idle-rss-bytes", "threads",
			"binary-bytes",
		} {
			row.Figures[unit] = Figure{111 * scale, 222 * scale, 999 * scale}
			if scale > 1 { // no two ratios are the same
				slices.Reverse(row.Figures[unit])
			}
		}
		row.Figures["allocs/op"] = Figure{scale - 1, scale - 1, scale - 1}
		r.Rows = append(r.Rows, row)
	}
	for peer, scale := range map[string]float64{
		"minlambda": 1, "minlambda-typed": 1, "awslambdago": 1234,
		"awslambdago-rpc": 1500, "awslambdago-typed": 2000,
	} {
		for _, at := range [][2]string{
			{"sparse", UsualRest}, {"sparse-typed", UsualRest},
			{"frozen", "SIGCONT, then event"}, {"echo-pinned", Usual},
			{"echo-pinned", Largest}, {"handlers", "json"}, {"coldstart", "warm"},
			{"first", "first"}, {"streams", "1MiB"}, {"streams", "40MiB"}, {"handlers", "typed"},
			{"concurrent", "64"}, {"log", "attributes"},
		} {
			add(at[0], at[1], peer, scale)
		}
	}
	for _, p := range Parsers {
		add(p.Section, p.Case, "minlambda", 1)
		for i, other := range p.Others {
			add(p.Section, p.Case, other, 1000/float64(i+1))
		}
	}
	return r
}

// TestText: the table has a line for each gain, and fits a terminal of 100 columns.
func TestText(t *testing.T) {
	r := everything()
	text := Text(r)
	for line := range strings.Lines(text) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 100 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	gains := ParserGains(r)
	for _, g := range Gains(r) {
		gains = append(gains, g.Gains...)
	}
	if len(gains) != 44+9 {
		t.Errorf("%d gains:\n%s", len(gains), text)
	}
	for _, g := range gains {
		if !strings.Contains(text, g.Name) {
			t.Errorf("no line about %s:\n%s", g.Name, text)
		}
	}
	words := strings.Join(strings.Fields(text), " ")
	for _, line := range []string{
		"event to response 222 ns 274 µs 1234 (137–11106)",
		"size of the program, built by default 222 B 333 kB 1500 (167–13500)",
		"allocations 0 1233 bytes allocated", // zero is not divided by zero
	} {
		if !strings.Contains(words, line) {
			t.Errorf("no line %q in\n%s", line, text)
		}
	}
}

// TestTextOfPart: figures that were not measured are left out, and a run of one peer compares
// nothing.
func TestTextOfPart(t *testing.T) {
	r := everything()
	for _, section := range []string{
		"frozen", "handlers", "sparse-typed", "head", "chunked", "json", "first", "log",
		"concurrent",
	} {
		r.Replace(section, nil)
	}
	text := Text(r)
	for _, word := range []string{"frozen", "typed", "JSON", "parser", "first event"} {
		if strings.Contains(text, word) {
			t.Errorf("%q was not measured:\n%s", word, text)
		}
	}
	if text = Text(&Results{Rows: everything().Rows[:1]}); text != "" {
		t.Errorf("a table of one peer:\n%s", text)
	}
}
