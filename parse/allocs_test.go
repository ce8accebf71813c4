//go:build !race

// The race detector allocates memory of its own, which would be counted.

package parse

import (
	"strings"
	"testing"
)

func TestAllocs(t *testing.T) {
	heads := benchHeads(t)
	head := heads["next"]
	one := []byte("1000\r\n" + strings.Repeat("x", 4096) + "\r\n0\r\n\r\n")
	many := []byte(strings.Repeat("40\r\n"+strings.Repeat("x", 64)+"\r\n", 64) + "0\r\n\r\n")
	buf := make([]byte, len(many)) // decoding changes buf, so each run needs a fresh copy
	bad := []byte("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n")
	var h Head
	var c Chunks
	decode := func(body []byte) {
		c.Reset(0, 32<<20)
		if n, err := c.Decode(body); n != len(body) || err != nil || c.Body.Len() != 4096 {
			t.Fatal(n, err, c.Body)
		}
	}
	for _, test := range []struct {
		name string
		run  func()
	}{
		{"Head.Parse", func() { parseHead(t, &h, head) }},
		{"Head.Parse of 16 KB", func() { parseHead(t, &h, heads["context16K"]) }},
		{"Head.Parse in pieces", func() {
			h.Reset(1 << 20)
			for end := range head {
				if n, err := h.Parse(head[:end]); n != 0 || err != nil {
					t.Fatal(n, err)
				}
			}
		}},
		{"Head.Parse, refused", func() {
			h.Reset(1 << 20)
			if _, err := h.Parse(bad); err != ErrLength {
				t.Fatal(err)
			}
		}},
		{"Chunks.Decode of one", func() { decode(one) }},
		{"Chunks.Decode of many", func() { decode(buf[:copy(buf, many)]) }},
		{"Field", func() { lookUp(t, head) }},
	} {
		// AllocsPerRun divides as integers: one allocation in a hundred runs would count as zero.
		allocs := testing.AllocsPerRun(10, func() {
			for range 100 {
				test.run()
			}
		})
		if allocs != 0 {
			t.Errorf("%s: %v allocations in 100 runs", test.name, allocs)
		}
	}
}
