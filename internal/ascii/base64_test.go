package ascii

import (
	"encoding/base64"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

// Base64 is what encoding/base64 makes of every length, after what was there.
func TestBase64(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 300 {
		src := make([]byte, n)
		for i := range src {
			src[i] = byte(r.Uint32())
		}
		want := "before" + base64.StdEncoding.EncodeToString(src)
		if got := string(AppendBase64([]byte("before"), src)); got != want {
			t.Fatalf("%x is %s; want %s", src, got, want)
		}
	}
}

// Hexadecimal numbers are what strconv makes of them.
func TestAppendHex(t *testing.T) {
	for _, n := range []uint64{0, 1, 9, 10, 15, 16, 255, 256, 32 << 10, 1<<32 - 1, math.MaxUint64} {
		want := "n=" + strconv.FormatUint(n, 16)
		if got := string(AppendHex([]byte("n="), n)); got != want {
			t.Errorf("%d is %s; want %s", n, got, want)
		}
	}
}
