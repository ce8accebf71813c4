package parse

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

// slowEnds does what lineEnd does, byte by byte.
func slowEnds(b []byte, i int) int {
	for ; i < len(b); i++ {
		if b[i] < ' ' && b[i] != '\t' || b[i] == 0x7f {
			return i
		}
	}
	return i
}

// Every byte at every place of a block, alone and before each byte that its borrow or carry could
// reach.
func TestEnds(t *testing.T) {
	for size := range 40 {
		b := bytes.Repeat([]byte{'a'}, size)
		for at := range size {
			for c := range 256 {
				b[at] = byte(c)
				if got, want := lineEnd(b, 0), slowEnds(b, 0); got != want {
					t.Fatalf("%q: got %d, want %d", b, got, want)
				}
				if at+1 < size && (size == 8 || size == 17 || size == 18) {
					for next := range 256 {
						b[at+1] = byte(next)
						if got, want := lineEnd(b, 0), slowEnds(b, 0); got != want {
							t.Fatalf("%q: got %d, want %d", b, got, want)
						}
					}
					b[at+1] = 'a'
				}
				b[at] = 'a'
			}
		}
	}
}

// Random bytes, most of them of the kinds that matter, searched from every offset.
func TestEndsRandom(t *testing.T) {
	const kinds = "\t\t\t\x1f !~\x7f\x80\x9f\xa0\xfe\xff\xff\r\x00aaaaaaaaaa"
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, 70)
	for range 5000 {
		for i := range b {
			b[i] = kinds[r.IntN(len(kinds))]
		}
		if k := r.IntN(len(b)); r.IntN(2) == 0 {
			// A long way to the first control character.
			copy(b, bytes.Repeat([]byte{"\t\xff~"[r.IntN(3)]}, k))
		}
		for i := range len(b) + 1 {
			if got, want := lineEnd(b, i), slowEnds(b, i); got != want {
				t.Fatalf("%q from %d: got %d, want %d", b, i, got, want)
			}
		}
	}
}

func TestSafeID(t *testing.T) {
	safe := func(c byte) bool {
		return c > ' ' && c < 0x7f && !strings.ContainsRune("/?#%", rune(c))
	}
	for size := range 20 {
		id := bytes.Repeat([]byte{'a'}, size)
		if !safeID(id) {
			t.Fatalf("%q is refused", id)
		}
		for at := range size {
			for c := range 256 {
				id[at] = byte(c)
				if safeID(id) != safe(byte(c)) {
					t.Fatalf("%q: got %v", id, safeID(id))
				}
				// Next to a byte that nearly borrows, or nearly carries.
				if at+1 < size {
					for _, next := range []byte{'!', '~', '"', '$', '&', '.', '0', '@', '>'} {
						id[at+1] = next
						if safeID(id) != safe(byte(c)) {
							t.Fatalf("%q: got %v", id, safeID(id))
						}
					}
					id[at+1] = 'a'
				}
			}
			id[at] = 'a'
		}
	}
}

// Every byte at every place of a value.
func TestASCII(t *testing.T) {
	for size := range 20 {
		value := bytes.Repeat([]byte{'~'}, size)
		if !isASCII(value) {
			t.Fatalf("%q is refused", value)
		}
		for at := range size {
			for c := range 256 {
				value[at] = byte(c)
				if isASCII(value) != (c < 0x80) {
					t.Fatalf("%q: got %v", value, isASCII(value))
				}
			}
			value[at] = '~'
		}
	}
}

func TestName(t *testing.T) {
	const mark = "!#$%&'*+-.^_`|~" // RFC 9110 section 5.6.2
	for c := range 256 {
		b := byte(c)
		good := strings.IndexByte(mark, b) >= 0 || '0' <= b && b <= '9' ||
			'a' <= b|0x20 && b|0x20 <= 'z' && b < 0x80
		if got := fieldName([]byte{'x', b, ':'}) == 2; got != good && b != ':' {
			t.Errorf("%q in a name: got %v, want %v", b, got, good)
		}
	}
	for in, want := range map[string]int{"": 0, ":": 0, "x": 0, "x:": 1, "xy:z": 2, "x :": 0,
		" x:": 0, "x::": 1} {
		t.Run(in, func(t *testing.T) {
			if got := fieldName([]byte(in)); got != want {
				t.Errorf("%q: got %d, want %d", in, got, want)
			}
		})
	}
}

// What knownField recognises at a glance must be what the long way finds.
func TestKnown(t *testing.T) {
	for _, name := range []string{"Connection", "Content-Length", "Content-Type", "Date",
		"Transfer-Encoding", "Lambda-Runtime-Aws-Request-Id",
		"Lambda-Runtime-Client-Context", "Lambda-Runtime-Cognito-Identity",
		"Lambda-Runtime-Deadline-Ms", "Lambda-Runtime-Invocation-Id",
		"Lambda-Runtime-Invoked-Function-Arn", "Lambda-Runtime-Trace-Id"} {
		line := []byte(name + ": a value of some length")
		for end := range len(line) + 1 {
			which, size := knownField(line[:end:end])
			if size == 0 {
				continue
			}
			if size != len(name) || end <= size || which != fieldByLength(line[:size]) {
				t.Errorf("%q: got header %d, %d bytes; want %d, %d", line[:end], which, size,
					fieldByLength([]byte(name)), len(name))
			}
		}
		which, size := knownField(line)
		// It is not worth a case: a server sends it once, with its last answer.
		if name != "Connection" && size == 0 {
			t.Errorf("%q isn't recognised", name)
		}
		for i := range name {
			other := append([]byte(nil), line...)
			other[i] ^= 1
			if which2, size := knownField(other); size != 0 {
				t.Errorf("%q is taken for header %d, as %q is for %d", other, which2, line, which)
			}
		}
	}
}

// The only value that knownField recognises together with its name.
func TestKnownContentType(t *testing.T) {
	const line = "Content-Type: application/json"
	for i := range len(line) {
		b := []byte(line + "\r\nDate:")
		if which, size := knownField(b); which != unknown || size != len(line) {
			t.Fatalf("got %d, %d bytes", which, size)
		}
		b[i] ^= 1
		if which, size := knownField(b); which != unknown || size > len("Content-Type") ||
			i <= len("Content-Type") && size != 0 {
			t.Errorf("%q: got %d, %d bytes", b, which, size)
		}
	}
}
