package pool

import (
	"bytes"
	"testing"
)

func TestGetIsLargeEnough(t *testing.T) {
	// The last size comes after a larger buffer was put back.
	for _, size := range []int{0, 1, 8 << 10, 6 << 20, 100} {
		buf := Get(size)
		if len(buf.B) < size {
			t.Errorf("Get(%d) lends %d bytes", size, len(buf.B))
		}
		Put(buf)
	}
}

// Grow keeps what it is asked to keep, and leaves the old memory as it was: a handler's response
// may still lie there.
func TestGrow(t *testing.T) {
	buf := &Buffer{B: []byte("event|response")}
	old := buf.B
	Grow(buf, 5, len(old))
	if &buf.B[0] != &old[0] {
		t.Error("grown although large enough")
	}
	Grow(buf, 5, len(old)+1)
	if len(buf.B) < 2*len(old) {
		t.Errorf("grown to %d bytes only: many small steps would copy too often", len(buf.B))
	}
	if !bytes.Equal(buf.B[:5], []byte("event")) {
		t.Errorf("kept %q", buf.B[:5])
	}
	Poison(buf.B)
	if string(old) != "event|response" {
		t.Errorf("old memory has become %q", old)
	}
}

func TestPoison(t *testing.T) {
	b := []byte("secret")
	Poison(b)
	if !bytes.Equal(b, bytes.Repeat([]byte{0xdb}, len(b))) {
		t.Errorf("left %q", b)
	}
}
