//go:build linux

package conformance

import (
	"fmt"
	"strings"
	"testing"
)

// sizes are of events and of responses: none, one byte, both sides of the size
// from which on an event comes in chunks (2,048 bytes), of a chunk in managed
// mode (32 KiB), of our buffers and of a socket's, and the limit.
var sizes = []int{
	0, 1, 2, 127, 2047, 2048, 2049, 4096, 32<<10 - 1, 32 << 10, 32<<10 + 1, 65536, 100_000, 1 << 20,
	2_621_440, 6 << 20, limit - 1, limit,
}

// Events and responses of every size up to the limit come and go whole, in the
// same process.
func TestSizes(t *testing.T) {
	t.Parallel()
	for _, m := range modes {
		for _, r := range runtimes {
			t.Run(fmt.Sprint(m, "/", r), func(t *testing.T) {
				t.Parallel()
				e := start(t, setup{mode: m, program: r.program()})
				before := e.who()
				for _, n := range sizes {
					event := payload(n, n)
					if got := e.ask(event); got.status != 200 || got.body != event {
						t.Errorf("an event of %d bytes comes back as %s", n, got)
					}
					got := e.ask(fmt.Sprintf(`{"do":"reply","n":%d}`, n))
					if got.status != 200 || got.body != strings.Repeat("x", n) {
						t.Errorf("a response of %d bytes arrives as %s", n, got)
					}
				}
				now := e.who()
				if now.PID != before.PID || now.Served != before.Served+2*len(sizes)+1 {
					t.Errorf("the last event meets %+v; it was %+v before", now, before)
				}
			})
		}
	}
}

// payload is an event of n bytes that says which one it is, as far as it has room.
func payload(which, n int) string {
	text := fmt.Sprintf("event %d of %d bytes, ", which, n)
	return strings.Repeat(text, n/len(text)+1)[:n]
}
