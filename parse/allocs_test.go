//go:build !race

// The race detector allocates behind the scenes, which would be counted.

package parse

import (
	"bytes"
	"testing"
)

func TestAllocs(t *testing.T) {
	heads := benchHeads(t)
	head := heads["next"]
	one := chunkedBody(1, 4096)
	many, buf := chunkedBody(40, 4096), make([]byte, 5000)
	bad := []byte("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n")
	var h Head
	var c Chunks
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
		{"Chunks.Decode of one", func() { decodeChunks(t, &c, one) }},
		{"Chunks.Decode of many", func() { decodeChunks(t, &c, buf[:copy(buf, many)]) }},
		{"Field", func() { lookUp(t, head) }},
	} {
		// AllocsPerRun divides as integers: one allocation in a hundred runs
		// would be none.
		allocs := testing.AllocsPerRun(10, func() {
			for range 100 {
				test.run()
			}
		})
		if allocs != 0 {
			t.Errorf("%s: %v allocations in 100 runs", test.name, allocs)
		}
	}
	if bytes.Equal(buf, make([]byte, len(buf))) {
		t.Error("nothing was decoded")
	}
}
