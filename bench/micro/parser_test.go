package micro

import (
	"bufio"
	"bytes"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/parse"
	"github.com/valyala/fasthttp"
)

// A head is the head of one message, and what it says.
type head struct {
	name  string
	bytes []byte
	says  message
}

// A message is what a runtime needs to know of a head.
type message struct {
	status, length int // length is -1 if chunked
	chunked        bool
	id             string
}

// heads returns heads as Lambda's own server has sent them, and one that is made longer: with 16 KB
// of client context, where Lambda allows a quarter of that.
func heads(tb testing.TB) []head {
	next := dumped(tb, "next-content-length.http")
	chunked := dumped(tb, "next-chunked-empty-headers.http")
	context := "Lambda-Runtime-Client-Context: " + strings.Repeat(
		`{"custom":"0123456789abcdefghi"}`,
		512,
	) + "\r\n"
	before := bytes.Index(next, []byte("Lambda-Runtime-Deadline-Ms:"))
	context16K := bytes.Join([][]byte{next[:before], next[before:]}, []byte(context))
	const id = "f201be8f-5346-4524-b39c-e83412578b27"
	return []head{
		{"next", next, message{200, 7, false, id}},
		{"next-chunked", chunked, message{200, -1, true, "38b619f4-7c1e-4520-8e8b-d47ad790b02c"}},
		{"context16K", context16K, message{200, 7, false, id}},
		{"accepted", dumped(tb, "accepted-202.http"), message{202, 16, false, ""}},
	}
}

func dumped(tb testing.TB, file string) []byte {
	tb.Helper()
	b, err := os.ReadFile("../../parse/testdata/" + file)
	if err != nil {
		tb.Fatal(err)
	}
	return b[:bytes.Index(b, []byte("\r\n\r\n"))+4]
}

// A parser reads a head and keeps what it has found. Only the reading is timed, so that a look-up
// by name, which some need to get the ID, costs them nothing. What can be used again for the next
// head is used again.
type parser struct {
	work
	found func(head []byte) message // in the last run, of this head
}

const requestID = "Lambda-Runtime-Aws-Request-Id"

func parsers() []parser {
	return []parser{newMinlambda(), newNetHTTP(), newFastHTTP(), newByteLoop(), pass, passLines}
}

func newMinlambda() parser {
	var h parse.Head
	return parser{work{"minlambda", func(head []byte) error {
		h.Reset(32 << 20)
		_, err := h.Parse(head)
		return err
	}},
		func(head []byte) message {
			return message{h.Status, h.Length, h.Chunked, string(h.RequestID.Of(head))}
		}}
}

func newNetHTTP() parser {
	var (
		resp *http.Response
		err  error
		rd   bytes.Reader
		br   = bufio.NewReaderSize(nil, 32<<10)
	)
	return parser{work{"nethttp", func(head []byte) error {
		rd.Reset(head)
		br.Reset(&rd)
		resp, err = http.ReadResponse(br, nil)
		return err
	}},
		func([]byte) message {
			chunked := len(resp.TransferEncoding) == 1 && resp.TransferEncoding[0] == "chunked"
			return message{
				resp.StatusCode,
				int(resp.ContentLength),
				chunked,
				resp.Header.Get(requestID),
			}
		}}
}

func newFastHTTP() parser {
	var (
		h  fasthttp.ResponseHeader
		rd bytes.Reader
		br = bufio.NewReaderSize(nil, 32<<10) // it wants the whole head in there
	)
	return parser{work{"fasthttp", func(head []byte) error {
		rd.Reset(head)
		br.Reset(&rd)
		return h.Read(br)
	}},
		func([]byte) message {
			return message{
				h.StatusCode(),
				h.ContentLength(),
				h.ContentLength() == -1,
				string(h.Peek(requestID)),
			}
		}}
}

// The passes are not parsers: they find nothing. No parser that looks at every byte can be faster.
var (
	pass = parser{work: work{"pass", func(head []byte) error {
		if bytes.IndexByte(head, 0) >= 0 {
			return errPass
		}
		return nil
	}}}
	passLines = parser{work: work{"pass-lines", func(head []byte) error {
		for len(head) > 0 {
			i := bytes.IndexByte(head, '\n')
			if i < 0 {
				return errPass
			}
			head = head[i+1:]
		}
		return nil
	}}}
)

// TestParsers reads each head twice with each parser, and another head in between: a parser that
// remembers would not do the work.
func TestParsers(t *testing.T) {
	all := heads(t)
	for _, p := range parsers() {
		for i, h := range all {
			for _, h := range []head{h, all[(i+1)%len(all)], h} {
				if err := p.run(h.bytes); err != nil {
					t.Fatalf("%s: %s: %v", p.name, h.name, err)
				}
				if p.found == nil {
					continue
				}
				if got := p.found(h.bytes); got != h.says {
					t.Errorf("%s: %s: %+v, want %+v", p.name, h.name, got, h.says)
				}
			}
		}
		if err := p.run([]byte("HTTP/1.1 200 OK\r\nContent-Length: 7\x00")); err == nil {
			t.Errorf("%s: no error for half a head with a NUL in it", p.name)
		}
	}
}

func BenchmarkHead(b *testing.B) {
	for _, h := range heads(b) {
		for _, p := range parsers() {
			b.Run("head="+h.name+"/parser="+p.name, func(b *testing.B) {
				bench(b, p.work, h.bytes, len(h.bytes))
			})
		}
	}
}
