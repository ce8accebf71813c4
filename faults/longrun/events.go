package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/minlambda/minlambda/lambdatest"
)

// generator makes events. What it makes follows from the seed alone.
type generator struct {
	*rand.Rand
	made int
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 0x6d696e6c616d6264))}
}

// one is true once in n times.
func (g *generator) one(n int) bool { return n > 0 && g.IntN(n) == 0 }

// size is mostly that of a small event, and at times that of the largest.
func (g *generator) size() int {
	switch p := g.IntN(1000); {
	case p < 600:
		return g.IntN(512)
	case p < 850:
		return g.IntN(4 << 10)
	case p < 970:
		return g.IntN(64 << 10)
	case p < 999:
		return g.IntN(512 << 10)
	default:
		return g.IntN(6<<20 + 1)
	}
}

// payload is an event for the verb, of n bytes or a few more: no two are alike.
func (g *generator) payload(verb byte, n int) []byte {
	g.made++
	b := fmt.Appendf(make([]byte, 0, n+32), "%c%d ", verb, g.made)
	letters := verb == fails || verb == panics || verb == tires // which come back in JSON
	x := g.Uint64() | 1
	for len(b) < n {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		if letters {
			b = append(b, 'A'+byte(x%26))
			continue
		}
		b = append(b, byte(x), byte(x>>8), byte(x>>16), byte(x>>24), byte(x>>32), byte(x>>40), byte(x>>48), byte(x>>56))
	}
	return b
}

// event is an event of any kind but a panic.
func (g *generator) event() []byte {
	n := g.size()
	switch p := g.IntN(100); {
	case p == 0 && n < 100:
		return nil
	case p < 30:
		return g.payload(echoes, n)
	case p < 50:
		return g.payload(returns, n)
	case p < 65:
		return g.payload(cuts, n)
	case p < 75:
		return g.payload(reverses, n)
	case p < 85:
		return g.payload(streams, n)
	case p < 87:
		return g.payload(tires, min(n, 2000))
	case p < 95:
		return g.payload(triples, min(n, 2<<20-100))
	case p == 99 && g.one(20):
		return g.payload(oversizes, n)
	default:
		return g.payload(fails, min(n, 2000))
	}
}

// framing is one of those that lambdatest has: mostly what Lambda does.
func (g *generator) framing() int {
	switch g.IntN(4) {
	case 0:
		return -1
	case 1:
		return 1 + g.IntN(200)
	default:
		return 0
	}
}

// mismatch says what is wrong with the answer to an event; "" if nothing is.
func mismatch(event []byte, r *lambdatest.Result) string {
	want, wantError, wantType := event, "", ""
	if len(event) > 0 {
		switch event[0] {
		case cuts:
			from, to := part(len(event))
			want = event[from:to]
		case reverses:
			want = make([]byte, len(event))
			for i, c := range event {
				want[len(event)-1-i] = c
			}
		case triples:
			want = bytes.Repeat(event, 3)
		case fails, tires:
			wantError, wantType = string(event), "errorString"
		case panics:
			wantError, wantType = string(event), "string"
		case oversizes:
			wantError, wantType = "Response payload size", "Function.ResponseSizeTooLarge"
		}
	}
	if wantError == "" {
		switch {
		case r.Err != nil:
			return "error " + r.Err.Error()
		case !bytes.Equal(r.Body, want):
			return fmt.Sprintf("%d bytes, want %d, which differ from byte %d on", len(r.Body), len(want), common(r.Body, want))
		}
		return ""
	}
	switch {
	case r.Streaming && !bytes.Equal(r.Body, event):
		return fmt.Sprintf("%d bytes before an error, want %d", len(r.Body), len(event))
	case r.Err == nil:
		return fmt.Sprintf("%d bytes in place of an error", len(r.Body))
	case r.Err.Type != wantType || r.Err.Message != wantError && !(wantType == "Function.ResponseSizeTooLarge" && strings.HasPrefix(r.Err.Message, wantError)):
		return fmt.Sprintf("error %.200s, want %.200s", r.Err, wantError)
	}
	return ""
}

// common is how many bytes at the beginning of a and b are the same.
func common(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}
