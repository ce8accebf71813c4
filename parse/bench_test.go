package parse

import (
	"bytes"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/internal/ascii"
)

// benchHeads returns the heads that are parsed once for each invocation, and one that is as long as
// Lambda's longest.
func benchHeads(tb testing.TB) map[string][]byte {
	next := dump(tb, "next-content-length.http")
	next = next[:bytes.Index(next, []byte("\r\n\r\n"))+4]
	accepted := dump(tb, "accepted-202.http")
	accepted = accepted[:bytes.Index(accepted, []byte("\r\n\r\n"))+4]
	context := bytes.Replace(next, []byte("Lambda-Runtime-Deadline-Ms"),
		[]byte("Lambda-Runtime-Client-Context: "+strings.Repeat("x",
			16<<10)+"\r\nLambda-Runtime-Deadline-Ms"), 1)
	return map[string][]byte{"next": next, "context16K": context, "accepted": accepted}
}

// parseHead and lookUp are bodies shared by the benchmarks and the allocation test.
func parseHead(tb testing.TB, h *Head, head []byte) {
	h.Reset(32 << 20)
	if n, err := h.Parse(head); n != len(head) || err != nil {
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

// BenchmarkHead compares ways to find the end of a line, which is a choice made in this package.
// bench/micro compares whole parsers, of heads and of chunked bodies.
func BenchmarkHead(b *testing.B) {
	var h Head
	var l linesHead
	ways := []struct {
		name  string
		parse func(tb testing.TB, head []byte)
	}{
		{"Parse", func(tb testing.TB, head []byte) { parseHead(tb, &h, head) }},
		{"lines", func(tb testing.TB, head []byte) { l.parse(tb, head, lineEndByIndex) }},
		{"checked", func(tb testing.TB, head []byte) { l.parse(tb, head, lineEndChecked) }},
	}
	heads := benchHeads(b)
	for _, name := range []string{"next", "context16K", "accepted"} {
		head := heads[name] // not in the loop: a look-up costs as much as a line
		for _, way := range ways {
			b.Run("head="+name+"/way="+way.name, func(b *testing.B) {
				b.SetBytes(int64(len(head)))
				b.ReportAllocs()
				for range b.N {
					way.parse(b, head)
				}
			})
		}
	}
}

// A linesHead is the alternative that Head was compared with: it finds the end of the line, then
// the colon, then tells names apart by length and first byte. It is as lenient as a fast parser
// would be: it accepts every control character, checks no name, takes an ID as it is, and needs the
// whole head.
type linesHead struct {
	status, length          int
	chunked, close          bool
	requestID, invocationID Span
}

func (h *linesHead) parse(tb testing.TB, head []byte, lineEnd func([]byte) int) {
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
		colon := bytes.IndexByte(line, ':')
		if colon < 1 {
			tb.Fatal("colon")
		}
		name := line[:colon]
		v := trim(head, start+colon+1, start+end-1)
		switch {
		case len(name) == len("Content-Length") && name[0]|0x20 == 'c' &&
			ascii.EqualFold(name, "Content-Length"):
			n := 0
			for _, c := range v.Of(head) {
				if c < '0' || c > '9' || n > 1<<24 {
					tb.Fatal("length")
				}
				n = n*10 + int(c-'0')
			}
			h.length = n
		case len(name) == len("Connection") && name[0]|0x20 == 'c' &&
			ascii.EqualFold(name, "Connection"):
			h.close = ascii.EqualFold(v.Of(head), "close")
		case len(name) == len("Transfer-Encoding") && name[0]|0x20 == 't' &&
			ascii.EqualFold(name, "Transfer-Encoding"):
			h.chunked = ascii.EqualFold(v.Of(head), "chunked")
		case len(name) == len("Lambda-Runtime-Aws-Request-Id") && name[0]|0x20 == 'l' &&
			ascii.EqualFold(name, "Lambda-Runtime-Aws-Request-Id"):
			h.requestID = v
		case len(name) == len("Lambda-Runtime-Invocation-Id") && name[0]|0x20 == 'l' &&
			ascii.EqualFold(name, "Lambda-Runtime-Invocation-Id"):
			h.invocationID = v
		}
		start += end + 1
	}
}

func lineEndByIndex(b []byte) int { return bytes.IndexByte(b, '\n') }

// lineEndChecked calls lineEndByIndex, then searches the line for control characters.
func lineEndChecked(b []byte) int {
	end := bytes.IndexByte(b, '\n')
	if end < 1 || lineEnd(b[:end-1], 0) != end-1 {
		return -1
	}
	return end
}

// The rival must read what we read. Otherwise the benchmark compares apples and pears.
func TestRivalHead(t *testing.T) {
	for name, head := range benchHeads(t) {
		var h Head
		parseHead(t, &h, head)
		want := linesHead{h.Status, h.Length, h.Chunked, h.Close, h.RequestID, h.InvocationID}
		for way, lineEnd := range map[string]func([]byte) int{"lines": lineEndByIndex,
			"checked": lineEndChecked} {
			var l linesHead
			for range 2 {
				if l.parse(t, head, lineEnd); l != want {
					t.Errorf("%s: %s reads %+v, want %+v", name, way, l, want)
				}
			}
		}
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
