package parse

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/http/httputil"
	"strconv"
	"strings"
	"testing"
)

// The heads that are parsed once for each invocation, and one that is as long
// as Lambda's get.
func benchHeads(tb testing.TB) map[string][]byte {
	next := dump(tb, "next-content-length.http")
	next = next[:bytes.Index(next, []byte("\r\n\r\n"))+4]
	accepted := dump(tb, "accepted-202.http")
	accepted = accepted[:bytes.Index(accepted, []byte("\r\n\r\n"))+4]
	context := bytes.Replace(next, []byte("Lambda-Runtime-Deadline-Ms"), []byte("Lambda-Runtime-Client-Context: "+strings.Repeat("x", 16<<10)+"\r\nLambda-Runtime-Deadline-Ms"), 1)
	return map[string][]byte{"next": next, "context16K": context, "accepted": accepted}
}

// benchBodies are 6 MiB in one chunk, and in 200.
func benchBodies() map[string][]byte {
	return map[string][]byte{"1x6MiB": chunkedBody(1, 6<<20), "200x31KiB": chunkedBody(200, 6<<20)}
}

func chunkedBody(chunks, size int) []byte {
	var b []byte
	for i := range chunks {
		data := size / chunks
		if i == 0 {
			data += size % chunks
		}
		b = strconv.AppendInt(b, int64(data), 16)
		b = append(b, "\r\n"...)
		b = append(b, bytes.Repeat([]byte{'x'}, data)...)
		b = append(b, "\r\n"...)
	}
	return append(b, "0\r\n\r\n"...)
}

// parseHead, decodeChunks and lookUp are the bodies that the benchmarks and
// the allocation test share.
func parseHead(tb testing.TB, h *Head, head []byte) {
	h.Reset(32 << 20)
	if n, err := h.Parse(head); n != len(head) || err != nil {
		tb.Fatal(n, err)
	}
}

// decodeChunks leaves body changed: where there are several chunks, it is good
// for one time.
func decodeChunks(tb testing.TB, c *Chunks, body []byte) {
	c.Reset(0, 32<<20)
	if n, err := c.Decode(body); n != len(body) || err != nil {
		tb.Fatal(n, err)
	}
}

func lookUp(tb testing.TB, head []byte) {
	if _, ok := Field(head, "date"); !ok { // the last but one
		tb.Fatal("no date")
	}
	if _, ok := Field(head, "Lambda-Runtime-Trace-Id"); ok {
		tb.Fatal("a trace ID")
	}
}

func BenchmarkHead(b *testing.B) {
	var (
		h  Head
		l  linesHead
		rd bytes.Reader
		br = bufio.NewReaderSize(nil, 32<<10)
	)
	ways := []struct {
		name  string
		parse func(tb testing.TB, head []byte)
	}{
		{"Parse", func(tb testing.TB, head []byte) { parseHead(tb, &h, head) }},
		{"lines", func(tb testing.TB, head []byte) { l.parse(tb, head, lineEndByIndex, nameEndByIndex) }},
		{"checked", func(tb testing.TB, head []byte) { l.parse(tb, head, lineEndChecked, nameEndByIndex) }},
		{"bytes", func(tb testing.TB, head []byte) { l.parse(tb, head, lineEndByByte, nameEndByByte) }},
		{"pass", func(tb testing.TB, head []byte) {
			for len(head) > 0 {
				head = head[bytes.IndexByte(head, '\n')+1:]
			}
		}},
		{"nethttp", func(tb testing.TB, head []byte) {
			rd.Reset(head)
			br.Reset(&rd)
			if _, err := http.ReadResponse(br, nil); err != nil {
				tb.Fatal(err)
			}
		}},
	}
	heads := benchHeads(b)
	for _, name := range []string{"next", "context16K", "accepted"} {
		head := heads[name] // not in the loop: a look-up takes 9 ns
		for _, way := range ways {
			b.Run(name+"/"+way.name, func(b *testing.B) {
				b.SetBytes(int64(len(head)))
				b.ReportAllocs()
				for range b.N {
					way.parse(b, head)
				}
			})
		}
	}
}

// A linesHead is the alternative that Head was held against: find the end of
// the line, then the colon, then tell names apart by length and first byte. It
// is as lenient as one that wants to be fast: no control character is refused,
// no name checked, an ID is taken as it is, and it needs the whole head.
type linesHead struct {
	status, length          int
	chunked, close          bool
	requestID, invocationID Span
}

func (h *linesHead) parse(tb testing.TB, head []byte, lineEnd, nameEnd func([]byte) int) {
	*h = linesHead{length: -1}
	if len(head) < 12 || string(head[:7]) != "HTTP/1." {
		tb.Fatal("status line")
	}
	h.status = int(head[9]-'0')*100 + int(head[10]-'0')*10 + int(head[11]-'0')
	start := lineEnd(head) + 1
	for {
		line := head[start:]
		end := lineEnd(line)
		if end < 1 || line[end-1] != '\r' {
			tb.Fatal("line end")
		}
		line = line[:end-1]
		if len(line) == 0 {
			return
		}
		colon := nameEnd(line)
		if colon < 1 {
			tb.Fatal("colon")
		}
		name := line[:colon]
		v := trim(head, start+colon+1, start+end-1)
		switch {
		case len(name) == len("Content-Length") && name[0]|0x20 == 'c' && equalFold(name, "Content-Length"):
			n := 0
			for _, c := range v.Of(head) {
				if c < '0' || c > '9' || n > 1<<24 {
					tb.Fatal("length")
				}
				n = n*10 + int(c-'0')
			}
			h.length = n
		case len(name) == len("Connection") && name[0]|0x20 == 'c' && equalFold(name, "Connection"):
			h.close = equalFold(v.Of(head), "close")
		case len(name) == len("Transfer-Encoding") && name[0]|0x20 == 't' && equalFold(name, "Transfer-Encoding"):
			h.chunked = equalFold(v.Of(head), "chunked")
		case len(name) == len("Lambda-Runtime-Aws-Request-Id") && name[0]|0x20 == 'l' && equalFold(name, "Lambda-Runtime-Aws-Request-Id"):
			h.requestID = v
		case len(name) == len("Lambda-Runtime-Invocation-Id") && name[0]|0x20 == 'l' && equalFold(name, "Lambda-Runtime-Invocation-Id"):
			h.invocationID = v
		}
		start += end + 1
	}
}

func lineEndByIndex(b []byte) int { return bytes.IndexByte(b, '\n') }

// lineEndChecked is lineEndByIndex, and then the look for control characters.
func lineEndChecked(b []byte) int {
	end := bytes.IndexByte(b, '\n')
	if end < 1 || ends(b[:end-1], 0) != end-1 {
		return -1
	}
	return end
}

func nameEndByIndex(b []byte) int { return bytes.IndexByte(b, ':') }
func lineEndByByte(b []byte) int  { return byByte(b, '\n') }
func nameEndByByte(b []byte) int  { return byByte(b, ':') }

func byByte(b []byte, want byte) int {
	for i, c := range b {
		if c == want {
			return i
		}
	}
	return -1
}

// The rivals read what we read: else the benchmark compares apples and pears.
func TestRivalHead(t *testing.T) {
	for name, head := range benchHeads(t) {
		var h Head
		parseHead(t, &h, head)
		for range 2 {
			var l linesHead
			l.parse(t, head, lineEndByIndex, nameEndByIndex)
			if want := (linesHead{h.Status, h.Length, h.Chunked, h.Close, h.RequestID, h.InvocationID}); l != want {
				t.Errorf("%s: lines reads %+v, want %+v", name, l, want)
			}
			l.parse(t, head, lineEndByByte, nameEndByByte)
			if want := (linesHead{h.Status, h.Length, h.Chunked, h.Close, h.RequestID, h.InvocationID}); l != want {
				t.Errorf("%s: bytes reads %+v, want %+v", name, l, want)
			}
		}
	}
}

// Several chunks have to be put back for each round, which is a copy of the
// whole body: "copy" is what to take off for the many chunks' Decode.
func BenchmarkChunks(b *testing.B) {
	for _, name := range []string{"1x6MiB", "200x31KiB"} {
		body := benchBodies()[name]
		buf := bytes.Clone(body)
		b.Run(name+"/Decode", func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			var c Chunks
			for range b.N {
				if name != "1x6MiB" {
					copy(buf, body)
				}
				decodeChunks(b, &c, buf)
			}
		})
		b.Run(name+"/copy", func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			for range b.N {
				copy(buf, body)
			}
		})
		b.Run(name+"/nethttp", func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			var rd bytes.Reader
			br := bufio.NewReader(nil)
			for range b.N {
				rd.Reset(body)
				br.Reset(&rd)
				if n, err := io.ReadFull(httputil.NewChunkedReader(br), buf[:6<<20]); n != 6<<20 || err != nil {
					b.Fatal(n, err)
				}
			}
		})
	}
}

func BenchmarkField(b *testing.B) {
	head := benchHeads(b)["next"]
	b.SetBytes(int64(2 * len(head)))
	b.ReportAllocs()
	for range b.N {
		lookUp(b, head)
	}
}
