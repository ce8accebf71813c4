package parse

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
)

// goodBodies are complete where the input ends. RFC 9112 section 7.1 has the grammar.
var goodBodies = []struct {
	name string
	in   string
	want string
}{
	{"no data", "0\r\n\r\n", ""},
	{"no data, many zeros", "000\r\n\r\n", ""},
	{"one chunk", "5\r\nhello\r\n0\r\n\r\n", "hello"},
	{"several chunks", "5\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\n\r\n", "hello world"},
	{"size in lower case", "1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n",
		"abcdefghijklmnopqrstuvwxyz"},
	{"size in upper case", "1A\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n",
		"abcdefghijklmnopqrstuvwxyz"},
	{"every hex digit", "f\r\n0123456789abcde\r\nF\r\n0123456789ABCDE\r\nb\r\n0123456789a\r\n" +
		"B\r\n0123456789A\r\n0\r\n\r\n", "0123456789abcde0123456789ABCDE0123456789a0123456789A"},
	{"leading zeros", "0005\r\nhello\r\n0\r\n\r\n", "hello"},
	{"size of 16 digits", "0000000000000005\r\nhello\r\n0000000000000000\r\n\r\n", "hello"},
	{"exactly the limit", "3e8\r\n" + strings.Repeat("x", 1000) + "\r\n0\r\n\r\n",
		strings.Repeat("x", 1000)},
	{"exactly the limit in two", "3e7\r\n" + strings.Repeat("x", 999) + "\r\n1\r\ny\r\n0\r\n\r\n",
		strings.Repeat("x", 999) + "y"},
	{"data that looks like framing", "7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n", "\r\n0\r\n\r\n"},
	{"data of NULs", "3\r\n\x00\x00\x00\r\n0\r\n\r\n", "\x00\x00\x00"},
	{"a byte a chunk", strings.Repeat("1\r\nx\r\n", 1000) + "0\r\n\r\n", strings.Repeat("x", 1000)},

	{"extension", "5;x\r\nhello\r\n0\r\n\r\n", "hello"},
	{"extension with a value", "5;x=y\r\nhello\r\n0;z=1\r\n\r\n", "hello"},
	{"several extensions", "5;x=y;z;a=\"b\"\r\nhello\r\n0\r\n\r\n", "hello"},
	{"extension after white space", "5; x = y\r\nhello\r\n0\r\n\r\n", "hello"},
	{"empty extension", "5;\r\nhello\r\n0;\r\n\r\n", "hello"},
	{"quoted semicolon", "5;x=\"a;b\"\r\nhello\r\n0\r\n\r\n", "hello"},
	{"quoted quote", "5;x=\"a\\\";b\\\\\"\r\nhello\r\n0\r\n\r\n", "hello"},
	{"quoted tab and obs-text", "5;x=\"\t\xff\"\r\nhello\r\n0\r\n\r\n", "hello"},
	{"AWS signature", "5;chunk-signature=" +
		"ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" +
		"hello\r\n0\r\n\r\n", "hello"},
	{"longest extension", "1;" + strings.Repeat("x", 16398) + "\r\ny\r\n0\r\n\r\n", "y"},
	{"signature in each chunk",
		strings.Repeat("28;chunk-signature="+strings.Repeat("a", 64)+"\r\n"+strings.Repeat("x",
			40)+"\r\n", 25) + "0\r\n\r\n", strings.Repeat("x", 1000)},

	{"trailer", "0\r\nX: y\r\n\r\n", ""},
	{"trailers", "5\r\nhello\r\n0\r\nX: y\r\nLambda-Runtime-Function-Error-Type:z\r\n\r\n",
		"hello"},
	{"trailer with an empty value", "0\r\nX:\r\n\r\n", ""},
	{"trailer with a tab and obs-text", "0\r\nX: \t\xff\t\r\n\r\n", ""},
	{"trailer that looks like framing is none", "5\r\nhello\r\n0\r\nContent-Length: 9\r\n" +
		"Transfer-Encoding: gzip\r\n\r\n", "hello"},
	{"longest trailer", "0\r\nX: " + strings.Repeat("x", maxTrailer-7) + "\r\n\r\n", ""},
}

// badBodies end with the byte at fault.
var badBodies = []struct {
	name string
	in   string
	err  error
}{
	{"empty size", "\r", ErrChunkSize},
	{"empty size of a later chunk", "1\r\nx\r\n\r", ErrChunkSize},
	{"extension for a size", ";", ErrChunkSize},
	{"0x", "0x", ErrChunkSize},
	{"plus", "+", ErrChunkSize},
	{"minus", "-", ErrChunkSize},
	{"space first", " ", ErrChunkSize},
	{"space after the size (RFC 9112 7.1.1: bad white space)", "5 ", ErrChunkSize},
	{"tab after the size", "5\t", ErrChunkSize},
	{"underscore", "1_", ErrChunkSize},
	{"not a hex digit", "5g", ErrChunkSize},
	{"the byte before 0", "5/", ErrChunkSize},
	{"the byte after 9", "5:", ErrChunkSize},
	{"the byte before A", "5@", ErrChunkSize},
	{"the byte after F", "5G", ErrChunkSize},
	{"the byte before a", "5`", ErrChunkSize},
	{"NUL", "5\x00", ErrChunkSize},
	{"obs-text", "5\xc1", ErrChunkSize}, // 'A' except for its top bit
	{"quote", "5\"", ErrChunkSize},
	{"comma", "5,", ErrChunkSize},
	{"size of 17 digits", "00000000000000000", ErrChunkSize},
	{"one over the limit", "3e9", ErrTooLarge},
	{"one over the limit in two", "3e7\r\n" + strings.Repeat("x", 999) + "\r\n2", ErrTooLarge},
	{"over the limit by a digit", "1000", ErrTooLarge},

	{"bare LF after the size", "5\n", ErrChunkLine},
	{"bare LF after an extension", "5;x\n", ErrChunkLine},
	{"bare LF within quotes", "5;x=\"\n", ErrChunkLine},
	{"bare CR after the size", "5\rh", ErrChunkLine},
	{"CR CR after the size", "5\r\r", ErrChunkLine},
	{"bare CR in an extension", "5;x\ry", ErrChunkLine},
	{"NUL in an extension", "5;x\x00", ErrControl},
	{"DEL in an extension", "5;x\x7f", ErrControl},
	{"ESC in an extension", "5;\x1b", ErrControl},
	{"no CRLF after the data", "5\r\nhello0", ErrChunkEnd},
	{"data longer than its size", "4\r\nhello", ErrChunkEnd},
	{"bare LF after the data", "5\r\nhello\n", ErrChunkEnd},
	{"bare CR after the data", "5\r\nhello\r0", ErrChunkEnd},
	{"bare LF after the last chunk", "0\n", ErrChunkLine},
	{"bare LF at the end", "0\r\n\n", ErrChunkLine},
	{"bare CR at the end", "0\r\n\rx", ErrChunkLine},
	{"the next head for a trailer", "0\r\nHTTP/", ErrFieldName},

	{"one byte over the longest extension", "1;" + strings.Repeat("x", 16399) + "\r\n", ErrFrames},
	{"extension that never ends", "1;" + strings.Repeat("x", 16401), ErrFrames},
	{"data earns nothing for the next chunk's extension", "3e7\r\n" + strings.Repeat("x", 999) +
		"\r\n1;" + strings.Repeat("x", 16399), ErrFrames},
	{"last chunk's extension never ends", "0;" + strings.Repeat("x", 16399), ErrFrames},
	{"tiny chunks with big extensions", strings.Repeat("1;"+strings.Repeat("x", 1000)+"\r\ny\r\n",
		16) + "1;" + strings.Repeat("x", 593), ErrFrames},

	{"folded trailer", "0\r\nX: y\r\n ", ErrFolded},
	{"trailer folded with a tab", "0\r\n\t", ErrFolded},
	{"trailer without a colon", "0\r\nX\r", ErrFieldName},
	{"trailer without a name", "0\r\n:", ErrFieldName},
	{"space before a trailer's colon", "0\r\nX ", ErrFieldName},
	{"control character in a trailer", "0\r\nX: \x01", ErrControl},
	{"NUL in a trailer's name", "0\r\nX\x00", ErrFieldName},
	{"DEL in a trailer", "0\r\nX: y\x7f", ErrControl},
	{"bare LF after a trailer", "0\r\nX: y\n", ErrChunkLine},
	{"bare CR after a trailer", "0\r\nX: y\rx", ErrChunkLine},
	{"one byte over the longest trailer", "0\r\nX: " + strings.Repeat("x", maxTrailer-6) +
		"\r\n\r\n", ErrTrailer},
	{"trailers that never end", "0\r\n" + strings.Repeat("X: y\r\n", maxTrailer)[:maxTrailer+1],
		ErrTrailer},
}

// A decoded is what a caller sees of a decoded body. For a body that came in pieces, the offsets
// are offsets in the stream.
type decoded struct {
	body  string
	n     int
	err   error
	fault int
}

// before is what lies in the buffer before a body: a head.
const before = "HEAD"

// decodePieces decodes in cut at the given offsets, as Decode's comment says: what comes next is
// put right after the data so far.
func decodePieces(t *testing.T, in string, cuts ...int) decoded {
	t.Helper()
	var c Chunks
	c.Reset(len(before), maxTestBody)
	b := []byte(before)
	taken := 0
	for _, cut := range append(cuts, len(in)) {
		b = append(b[:c.Body.End], in[taken:cut]...)
		stream := taken - c.Body.End // from an offset in b to one in the stream
		n, err := c.Decode(b[:len(b):len(b)])
		if string(b[:len(before)]) != before {
			t.Fatalf("what lies before the body has changed: %q", b[:len(before)])
		}
		d := decoded{string(c.Body.Of(b)), n, err, 0}
		if err != nil {
			d.fault = c.Fault + stream
			return d
		}
		if n != 0 {
			d.n += stream
			return d
		}
		taken = cut
	}
	return decoded{string(c.Body.Of(b)), 0, nil, 0}
}

func TestGoodChunks(t *testing.T) {
	for _, test := range goodBodies {
		t.Run(test.name, func(t *testing.T) {
			want := decoded{body: test.want, n: len(test.in)}
			check := func(how, after string, cuts ...int) {
				t.Helper()
				if got := decodePieces(t, test.in+after, cuts...); got != want {
					t.Fatalf("%s: got %+v, want %+v", how, got, want)
				}
			}
			check("whole", "")
			check("with a response after it", "HTTP/1.1 200 OK\r\n\r\n")
			check("with a body's end after it", "\r\n0\r\n\r\n")
			check("byte by byte", "", everyByte(len(test.in))...)
			step := 1 + len(test.in)/1000*13 // the time grows with the square of the length
			for cut := 0; cut < len(test.in); cut += step {
				check("cut at "+strconv.Itoa(cut), "", cut)
				if got := decodePieces(t, test.in[:cut]); got.n != 0 || got.err != nil ||
					!strings.HasPrefix(test.want, got.body) {
					t.Fatalf("the first %d bytes: got %+v, want need more", cut, got)
				}
			}
		})
	}
}

func TestBadChunks(t *testing.T) {
	for _, test := range badBodies {
		t.Run(test.name, func(t *testing.T) {
			want := decodePieces(t, test.in)
			if want.err != test.err || want.n != 0 || want.fault != len(test.in)-1 {
				t.Fatalf("got %d, %v, fault at %d; want %v, fault at %d", want.n, want.err,
					want.fault, test.err, len(test.in)-1)
			}
			cuts := [][]int{everyByte(len(test.in)), {len(test.in)}}
			for cut := range min(len(test.in), 200) {
				cuts = append(cuts, []int{len(test.in) - 1 - cut})
			}
			for _, cuts := range cuts {
				if got := decodePieces(t, test.in+"\r\n0\r\n\r\n", cuts...); got != want {
					t.Fatalf("cuts %.99v: got %+v, want %+v", cuts, got, want)
				}
			}
		})
	}
}

// The limit on framing holds without an extension too: a size of 16 digits for a single byte takes
// more than the chunk earns.
func TestFramesOfZeros(t *testing.T) {
	const chunk = "0000000000000001\r\nx\r\n"
	const chunks = 10000
	var c Chunks
	c.Reset(0, chunks)
	_, err := c.Decode(bytes.Repeat([]byte(chunk), chunks))
	if err != ErrFrames {
		t.Fatalf("got %v after %d bytes of data, want %v", err, c.Body.Len(), ErrFrames)
	}
	// The arithmetic at maxExcess, and what the chunk at fault adds.
	if n := c.Body.Len(); c.Fault > 3*n+chunkEarns*n+maxExcess+len(chunk) {
		t.Errorf("%d bytes taken for a body of %d", c.Fault, n)
	}
}

// A limit as large as an int allows does not overflow.
func TestSizeOverflow(t *testing.T) {
	for _, test := range []struct {
		size string
		err  error
	}{
		{strconv.FormatInt(int64(maxInt), 16), nil},
		{strconv.FormatUint(uint64(maxInt)+1, 16), ErrTooLarge},
		{"ffffffffffffffff", ErrTooLarge},
		{"fffffffffffffffff", ErrTooLarge},
	} {
		var c Chunks
		c.Reset(0, maxInt)
		n, err := c.Decode([]byte(test.size + "\r\n"))
		if n != 0 || err != test.err {
			t.Errorf("%s: got %d, %v, want %v", test.size, n, err, test.err)
		}
		if err == nil && c.Left != maxInt {
			t.Errorf("%s: %d bytes left, want %d", test.size, c.Left, maxInt)
		}
	}
}

// What a chunk earns does not overflow either: the larger its size, the longer its extension may
// be, up to sizes that no int holds twice.
func TestFramesOfHugeChunks(t *testing.T) {
	extension := ";" + strings.Repeat("x", 3*maxExcess)
	for _, length := range []int{maxExcess * 2, 1 << 28, 1<<28 + 1, maxInt/4 + 1, maxInt/2 + 1,
		maxInt/2 + 20000, maxInt - 20000, maxInt} {
		for _, before := range []string{"", "1\r\nx\r\n"} {
			var c Chunks
			c.Reset(0, maxInt)
			left := length - len(before)/len("1\r\nx\r\n")
			in := []byte(before + strconv.FormatInt(int64(left), 16) + extension + "\r\n")
			if n, err := c.Decode(in); n != 0 || err != nil || c.Left != left {
				t.Errorf("%d: got %d, %v, %d left", length, n, err, c.Left)
			}
		}
	}
}

// The limit on framing covers all of it: CRLFs that arrive alone, when each piece ends with a
// chunk's data, count as they do when everything arrives at once. The bodies below use up what is
// left of the limit to the byte, and then one byte more.
func TestFramesAcrossPieces(t *testing.T) {
	for _, small := range []int{0, 1, 2, 7, 100} { // one-byte chunks before the last
		for _, size := range []string{"1", "001"} {
			// The first takes all of maxExcess; each small chunk gives some back.
			in := "1;" + strings.Repeat("x", 16398) + "\r\ny"
			cuts := []int{len(in)}
			spare := 0
			for range small {
				in += "\r\n"
				cuts = append(cuts, len(in))
				in += size + "\r\nz"
				cuts = append(cuts, len(in))
				spare += chunkEarns + byteEarns - len("\r\n"+size+"\r\n")
			}
			in += "\r\n"
			cuts = append(cuts, len(in))
			last := spare + chunkEarns + byteEarns - len("\r\n1;\r\n")
			good := in + "1;" + strings.Repeat("x", last) + "\r\nz\r\n0\r\n\r\n"
			bad := in + "1;" + strings.Repeat("x", last+1) + "\r\nz\r\n0\r\n\r\n"
			for how, cuts := range map[string][]int{"whole": nil, "at each CRLF": cuts,
				"byte by byte": everyByte(len(good))} {
				if got := decodePieces(t, good, cuts...); got.err != nil || got.n != len(good) {
					t.Errorf("%d of size %s, %s: got %d, %v", small, size, how, got.n, got.err)
				}
				if got := decodePieces(t, bad, cuts...); got.err != ErrFrames {
					t.Errorf("%d of size %s, %s, and a byte more: got %d, %v; want %v",
						small, size, how, got.n, got.err, ErrFrames)
				}
			}
		}
	}
}

// The framing of a chunk is forgotten with it: a body of any number of chunks stays under the limit
// if each takes no more than it earns.
func TestFramesAreReset(t *testing.T) {
	const chunks = 4000
	for name, chunk := range map[string]string{
		"plain":                "1\r\nx\r\n",
		"size of 7 digits":     "0000001\r\nx\r\n",
		"extension":            "1;abcdefghijkl\r\nx\r\n", // 18 bytes, as many as it earns
		"plain, and extension": "2\r\nxy\r\n1;abcdefghijkl\r\nx\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			in := strings.Repeat(chunk, chunks) + "0\r\n\r\n"
			for _, piece := range []int{len(in), 1, len(chunk), len(chunk) - 2} {
				var c Chunks
				c.Reset(0, len(in))
				b := make([]byte, 0, len(in))
				n, err := 0, error(nil)
				for taken := 0; taken < len(in) && n == 0 && err == nil; taken += piece {
					b = append(b[:c.Body.End], in[taken:min(taken+piece, len(in))]...)
					n, err = c.Decode(b)
				}
				if n == 0 || err != nil {
					t.Errorf("%s in pieces of %d: got %d, %v, %d bytes of data",
						name, piece, n, err, c.Body.Len())
				}
			}
			// A chunk does not inherit what earlier chunks have not used up.
			extension := ";" + strings.Repeat("x", maxExcess+chunkEarns)
			bad := strings.Repeat(chunk, chunks) + "1" + extension + "\r\n"
			var c Chunks
			c.Reset(0, len(bad))
			if _, err := c.Decode([]byte(bad)); err != ErrFrames {
				t.Errorf("then an extension over the limit: got %v, want %v", err, ErrFrames)
			}
		})
	}
}

// A body of one chunk stays where it is.
func TestSingleChunkStays(t *testing.T) {
	const in = "HEAD5;x=y\r\nhello\r\n0\r\nX: y\r\n\r\nHTTP/1.1 200 OK"
	b := []byte(in)
	var c Chunks
	c.Reset(len("HEAD"), maxTestBody)
	n, err := c.Decode(b)
	if n != strings.Index(in, "HTTP") || err != nil {
		t.Fatal(n, err)
	}
	if want := strings.Index(in, "hello"); c.Body != (Span{want, want + 5}) {
		t.Errorf("the data is at %v, want it at %d, where it came", c.Body, want)
	}
	if string(b) != in {
		t.Errorf("bytes have changed: %q", b)
	}
}

// Several chunks are moved together after the first, and what follows the body stays where it is.
func TestChunksCompacted(t *testing.T) {
	const in = "HEAD5\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\n\r\nHTTP/1.1 200 OK"
	b := []byte(in)
	var c Chunks
	c.Reset(len("HEAD"), maxTestBody)
	n, err := c.Decode(b)
	if n != strings.Index(in, "HTTP") || err != nil {
		t.Fatal(n, err)
	}
	if want := strings.Index(in, "hello"); c.Body != (Span{want, want + 11}) ||
		string(c.Body.Of(b)) != "hello world" {
		t.Errorf("the data is %q at %v, want it at %d", c.Body.Of(b), c.Body, want)
	}
	if string(b[n:]) != in[n:] || string(b[:4]) != "HEAD" {
		t.Errorf("bytes outside the body have changed: %q", b)
	}
}

// Left is how many bytes a caller may wait for.
func TestLeft(t *testing.T) {
	var c Chunks
	c.Reset(0, maxTestBody)
	for _, test := range []struct {
		more string
		left int
	}{
		{"5\r\n", 5},
		{"he", 3},
		{"llo", 0},
		{"\r\n1", 0},
		{"0", 0},
		{"\r", 0},
		{"\nx", 15},
	} {
		b := append(make([]byte, c.Body.End), test.more...)
		if n, err := c.Decode(b); n != 0 || err != nil || c.Left != test.left {
			t.Fatalf("after %q: got %d, %v, %d left, want %d", test.more, n, err, c.Left,
				test.left)
		}
	}
}

// An append to what a Span returns does not write over what lies after it.
func TestSpanCapped(t *testing.T) {
	b := []byte("abcdef")
	got := append(Span{1, 3}.Of(b), 'X')
	if string(b) != "abcdef" || string(got) != "bcX" {
		t.Errorf("got %q, and %q after it", got, b)
	}
}
