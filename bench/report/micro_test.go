package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/bench/internal/results"
)

const printed = `goos: linux
goarch: amd64
pkg: github.com/minlambda/minlambda/bench/micro
BenchmarkHead/head=next/parser=ours-2 1000 120.5 ns/op 812.5 MB/s 0 B/op 0 allocs/op
BenchmarkHead/head=next/parser=nethttp-2 1000 3600 ns/op 20.5 MB/s 1024 B/op 30 allocs/op
BenchmarkJSON/event=api/kind=v2/lib=ours 1000 42 ns/op
BenchmarkHead/head=next/parser=ours-2 1000 121.5 ns/op 810.5 MB/s 0 B/op 0 allocs/op
PASS
ok  	github.com/minlambda/minlambda/bench/micro	1.000s
`

func TestReadBenchmarks(t *testing.T) {
	r := &results.Results{}
	var names []string
	each := func(name string) { names = append(names, name) }
	if err := readBenchmarks(strings.NewReader(printed), r, each); err != nil {
		t.Fatal(err)
	}
	if len(r.Rows) != 3 || len(names) != 4 || names[1] != "head next, nethttp" {
		t.Fatalf("%d rows, names %q: %+v", len(r.Rows), names, r.Rows)
	}
	for _, c := range []struct {
		section, which, peer, unit string
		want                       results.Figure
	}{
		{"head", "next", "ours", "ns/op", results.Figure{120.5, 121.5}},
		{"head", "next", "ours", "MB/s", results.Figure{812.5, 810.5}},
		{"head", "next", "nethttp", "B/op", results.Figure{1024}},
		{"head", "next", "nethttp", "allocs/op", results.Figure{30}},
		{"json", "api, v2", "ours", "ns/op", results.Figure{42}},
	} {
		row := r.Find(c.section, c.which, c.peer)
		if row == nil || !slices.Equal(row.Figures[c.unit], c.want) {
			t.Errorf("%s %s %s %s: %+v, want %v", c.section, c.which, c.peer, c.unit, row, c.want)
		}
	}
}

func TestReadBenchmarksRefuses(t *testing.T) {
	for _, line := range []string{
		"BenchmarkHead 100 5 ns/op\n",
		"BenchmarkHead/next/ours 100 5 ns/op\n",
		"BenchmarkHead/parser=ours-8 100 5 ns/op\n",
		"BenchmarkHead/head=next/parser=ours 100 five ns/op\n",
	} {
		to := &results.Results{}
		if err := readBenchmarks(strings.NewReader(line), to, func(string) {}); err == nil {
			t.Errorf("accepted %q", line)
		}
	}
}
