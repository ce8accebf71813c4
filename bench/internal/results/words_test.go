package results

import (
	"math"
	"testing"
)

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		unit string
		v    float64
		want string
	}{
		{"ns/op", 0, "0 ns"},
		{"ns/op", 8.123, "8.12 ns"},
		{"ns/op", 120, "120 ns"},
		{"ns/op", 999.4, "999 ns"},
		{"ns/op", 999.6, "1.00 µs"}, // it rounds before it chooses the unit
		{"cpu-ns/op", 12345, "12.3 µs"},
		{"p99.9-ns", 40000, "40.0 µs"},
		{"p50-ns", 2.5e6, "2.50 ms"},
		{"init-ns", 3e9, "3.00 s"},
		{"B/op", 11, "11 B"},
		{"B/op", 1023, "1.02 kB"}, // a kB is 1000 bytes
		{"rss-bytes", 2_621_440, "2.62 MB"},
		{"binary-bytes", 1_499_999, "1.50 MB"},
		{"allocs/op", 0, "0"},
		{"allocs/op", 136, "136"},
		{"allocs/op", 136.02, "136"},
		{"allocs/op", 0.5, "0.50"},
		{"allocs/op", 0.00123456, "0.00123"},
		{"syscalls/op", 2.25, "2.25"},
		{"threads", 1234, "1234"},
		{"MB/s", 812.4, "812 MB/s"},
	} {
		if got := Format(c.unit, c.v); got != c.want {
			t.Errorf("Format(%q, %v) = %q, want %q", c.unit, c.v, got, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	for which, want := range map[string]string{
		"0.5ms": "0.5 ms", "1/14, 5 ms": "1/14, 5 ms", "128B": "128 B",
		"64KiB": "64 KiB", "64": "64", "warm": "file in memory",
		"6MiB-in-1": "6 MiB in one chunk", "64KiB-in-200": "64 KiB in 200 chunks", "": "",
		"thaw, then event": "thaw, then event",
	} {
		if got := CaseName(which); got != want {
			t.Errorf("case %q: %q, want %q", which, got, want)
		}
	}
	for peer, want := range map[string]string{
		"awslambdago": "aws-lambda-go", "somebody": "somebody",
	} {
		if got := PeerName(peer); got != want {
			t.Errorf("peer %q: %q, want %q", peer, got, want)
		}
	}
}

func TestExtent(t *testing.T) {
	few, lots := Figure{3, 1, 2}, make(Figure, 61)
	for i := range lots {
		lots[i] = float64((i * 7) % 61)
	}
	for _, c := range []struct {
		f      Figure
		lo, hi float64
	}{{few, 1, 3}, {Figure{5}, 5, 5}, {lots, 15, 45}} {
		if lo, hi := Extent(c.f); lo != c.lo || hi != c.hi {
			t.Errorf("%v: from %v to %v, want %v and %v", c.f, lo, hi, c.lo, c.hi)
		}
	}
}

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		f    Figure
		want string
	}{
		{nil, ""},
		{Figure{5}, "5.00"},
		{Figure{4.9, 5.12, 5}, "5.00 (4.90–5.12)"},
		{Figure{4, 5, 6, 7}, "5.50 (4.00–7.00)"},
		{Figure{123.4, 99.96}, "112 (100–123)"},
		{Figure{1, math.Inf(1)}, ""},
		{Figure{math.NaN()}, ""},
	} {
		if got := Spread(c.f); got != c.want {
			t.Errorf("%v: %q, want %q", c.f, got, c.want)
		}
	}
}

// Ratios are taken round by round: here each round has a ratio of 4 or 5, and the ratio of the
// medians would be 10.
