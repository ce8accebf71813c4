package chart

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/minlambda/minlambda/bench/internal/results"
)

// Format is a value with its unit, in three digits: nanoseconds become µs, ms
// or s, and bytes kB or MB, where 1 kB is 1000 bytes. The unit is as in
// package testing.
func Format(unit string, v float64) string {
	switch kindOf(unit) {
	case duration:
		return scaled(v, 1000, "ns", "µs", "ms", "s")
	case amount:
		return scaled(v, 1000, "B", "kB", "MB", "GB")
	case rate:
		return digits(v) + " MB/s"
	default:
		return digits(v)
	}
}

type kind int

const (
	count kind = iota
	duration
	amount
	rate
)

func kindOf(unit string) kind {
	switch what := strings.TrimSuffix(unit, "/op"); {
	case what == "ns" || strings.HasSuffix(what, "-ns"):
		return duration
	case what == "B" || what == "bytes" || strings.HasSuffix(what, "-bytes"):
		return amount
	case what == "MB/s":
		return rate
	default:
		return count
	}
}

// scaled divides by step until the number has at most three digits before
// its point. It rounds first: 999.9 ns is 1.00 µs.
func scaled(v, step float64, units ...string) string {
	i := 0
	for ; i < len(units)-1 && math.Abs(round(v)) >= step; i++ {
		v /= step
	}
	if i == 0 {
		return digits(v) + " " + units[i]
	}
	return ratio(v) + " " + units[i]
}

// tick is a value at an axis, with no more digits than it needs.
func tick(unit string, v float64) string {
	if v == 0 {
		return "0"
	}
	number, name, _ := strings.Cut(Format(unit, v), " ")
	if strings.Contains(number, ".") {
		number = strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}
	return strings.TrimSpace(number + " " + name)
}

// digits writes three significant digits, or a whole number as it is.
func digits(v float64) string {
	switch r := round(v); {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "–"
	case v == math.Trunc(v) && math.Abs(v) < 1e6:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case math.Abs(r) >= 100:
		return strconv.FormatFloat(r, 'f', 0, 64)
	case math.Abs(r) >= 10:
		return strconv.FormatFloat(r, 'f', 1, 64)
	case math.Abs(r) >= 0.01:
		return strconv.FormatFloat(r, 'f', 2, 64)
	default:
		return strconv.FormatFloat(r, 'f', -1, 64)
	}
}

// round keeps three significant digits.
func round(v float64) float64 {
	r, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
	return r
}

// headings are what a figure is called at the head of a column, in the order
// of the columns. Others follow by their own name.
var headings = []struct{ unit, name string }{
	{"start-ns", "start"},
	{"ns/op", "time"},
	{"cpu-ns/op", "CPU"},
	{"p50-ns", "p50"},
	{"p99-ns", "p99"},
	{"p99.9-ns", "p99.9"},
	{"MB/s", "rate"},
	{"allocs/op", "allocations"},
	{"B/op", "allocated"},
	{"syscalls/op", "system calls"},
	{"switches/op", "context switches"},
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

// heading is the name of a figure.
func heading(unit string) string {
	for _, h := range headings {
		if h.unit == unit {
			return h.name
		}
	}
	return unit
}

// names are peers as people know them.
var names = map[string]string{
	"insequence":             "minlambda, in sequence",
	"net":                    "minlambda, package net",
	"awslambdago":            "aws-lambda-go",
	"awslambdago-typed":      "aws-lambda-go, typed",
	"awslambdago, processes": "aws-lambda-go, processes",
	"minlambda-json":         "minlambda, JSON",
	"bare":                   "bare Go loop",
	"c":                      "C",
	"c-insequence":           "C, in sequence",
	"nethttp":                "net/http",
	"byteloop":               "byte loop",
	"empty":                  "empty program",
	"encoding-json":          "encoding/json",
	"encoding-json-v2":       "encoding/json/v2",
}

func peerName(peer string) string {
	if name, ok := names[peer]; ok {
		return name
	}
	return peer
}

// caseName puts a space between a number and its unit: 128B is 128 B.
func caseName(which string) string {
	i := strings.IndexFunc(which, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if i <= 0 {
		return which
	}
	switch which[i:] {
	case "B", "KiB", "MiB", "ms":
		return which[:i] + " " + which[i:]
	}
	return which
}

// extent is from the least to the most, or the middle half where there are
// many: single starts vary by what else the machine does, and the longest of
// sixty says nothing of the program.
func extent(f results.Figure) (lo, hi float64) {
	s := slices.Sorted(slices.Values(f))
	last := len(s) - 1
	if len(s) < many {
		return s[0], s[last]
	}
	return s[last/4], s[last-last/4]
}

const many = 20
