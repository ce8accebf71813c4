package results

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Format returns a value with its unit, in three digits: nanoseconds become µs, ms or s, and bytes
// kB or MB, where 1 kB is 1000 bytes. The unit is as in package testing.
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

// scaled divides by step until the number has at most three digits before its point. It rounds
// first: 999.9 ns is 1.00 µs.
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

// names has the peers' names as people know them.
var names = map[string]string{
	"insequence":             "minlambda, in sequence",
	"after":                  "minlambda, with After",
	"shutdown":               "minlambda, with shutdown",
	"net":                    "minlambda, package net",
	"awslambdago":            "aws-lambda-go",
	"awslambdago-rpc":        "aws-lambda-go, by default",
	"awslambdago-typed":      "aws-lambda-go, typed",
	"awslambdago, processes": "aws-lambda-go, processes",
	"minlambda-json":         "minlambda, JSON",
	"minlambda-typed":        "minlambda, typed",
	"minlambda-lambda":       "minlambda, package lambda",
	"bare":                   "bare Go loop",
	"c":                      "C",
	"c-insequence":           "C, in sequence",
	"nethttp":                "net/http",
	"byteloop":               "byte loop",
	"pass":                   "one look at each byte",
	"pass-lines":             "the same, by lines",
	"copy":                   "copying alone",
	"empty":                  "empty program",
	"encoding-json":          "encoding/json",
	"encoding-json-v2":       "encoding/json/v2",
}

// PeerName returns what people call a peer.
func PeerName(peer string) string {
	if name, ok := names[peer]; ok {
		return name
	}
	return peer
}

// cases has names for the cases whose own names say too little.
var cases = map[string]string{
	"warm":          "file in memory",
	"cold":          "file on disk",
	"next":          "event",
	"next-chunked":  "event, chunked",
	"context16K":    "event with 16 KiB of client context",
	"accepted":      "the answer 202",
	"greeting":      "14 bytes",
	"apigateway-v2": "API Gateway request",
	"function-url":  "function URL's request",
	"s3":            "notification by S3",
	"sqs":           "two messages by SQS",
}

var (
	inChunks = regexp.MustCompile(`^([0-9.]+)(KiB|MiB)-in-([0-9]+)$`)
	quantity = regexp.MustCompile(`^([0-9.]+)(B|KiB|MiB|ms)$`)
)

// CaseName returns what people call a case: 128B is 128 B.
func CaseName(which string) string {
	if name, ok := cases[which]; ok {
		return name
	}
	if m := inChunks.FindStringSubmatch(which); m != nil {
		if m[3] == "1" {
			return m[1] + " " + m[2] + " in one chunk"
		}
		return m[1] + " " + m[2] + " in " + m[3] + " chunks"
	}
	return quantity.ReplaceAllString(which, "$1 $2")
}

// Extent returns the least and the greatest value, or the middle half where there are many: single
// starts vary with what else the machine does, and the longest of sixty says nothing about the
// program.
func Extent(f Figure) (lo, hi float64) {
	s := slices.Sorted(slices.Values(f))
	last := len(s) - 1
	if len(s) < many {
		return s[0], s[last]
	}
	return s[last/4], s[last-last/4]
}

const many = 20

// Spread returns the median of ratios, and their extent; "" if there are none, or if something was
// divided by zero.
func Spread(f Figure) string {
	if len(f) == 0 ||
		slices.ContainsFunc(f, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }) {
		return ""
	}
	s := ratio(f.Median())
	lo, hi := Extent(f)
	if ratio(lo) == ratio(hi) {
		return s
	}
	return s + " (" + ratio(lo) + "–" + ratio(hi) + ")"
}

// ratio always writes three digits: 5.00, not 5.
func ratio(v float64) string {
	s := digits(v)
	switch r := math.Abs(round(v)); {
	case strings.Contains(s, ".") || r >= 100:
		return s
	case r >= 10:
		return s + ".0"
	default:
		return s + ".00"
	}
}
