package fuzz

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/parse"
)

// FuzzChunks: if Chunks.Decode accepts a body, net/http accepts it and reads the same data up to
// the same end. If Decode waits for more, so does net/http. However the bytes are cut into pieces,
// the result is the same as for the whole; and nothing is allocated.
func FuzzChunks(f *testing.F) {
	for i, body := range bodies {
		f.Add([]byte(body), []byte{byte(i), 1, byte(i / 3)})
		f.Add([]byte(body), bytes.Repeat([]byte{1}, len(body)))
	}
	for _, dump := range dumps(f) {
		if i := bytes.Index(dump, []byte("\r\n\r\n")) + 4; bytes.Contains(dump, []byte("chunked")) {
			f.Add(dump[i:], []byte{3, 2, 200, 200})
		}
	}
	big := strings.Repeat("x", 4000)
	f.Add([]byte(strings.Repeat("1;"+big+"\r\ny\r\n", 5)+"0\r\n\r\n"), []byte{})
	f.Add([]byte("1;"+big+big+"\r\ny\r\n0\r\n\r\n"), []byte{})
	f.Add([]byte("0\r\nX: "+big+"\r\n\r\n"), []byte{})
	f.Add([]byte(strings.Repeat("0000000000000001\r\nx\r\n", 9000)), []byte{})
	f.Fuzz(func(t *testing.T, in, cuts []byte) {
		var c parse.Chunks
		c.Reset(0, maxBody)
		b := bytes.Clone(in)
		n, err := c.Decode(b)
		if n < 0 || n > len(in) || err != nil && n != 0 || c.Body.Len() > maxBody {
			t.Fatalf("got %d, %v, a body of %d", n, err, c.Body.Len())
		}
		if err != nil && (c.Fault < 0 || c.Fault >= len(in)) {
			t.Fatalf("fault is at %d of %d bytes", c.Fault, len(in))
		}
		if n != 0 && !bytes.Equal(b[n:], in[n:]) {
			t.Fatal("bytes after the body have changed")
		}
		data := bytes.Clone(c.Body.Of(b))

		if data2, n2, fault2, err2 := decodePieces(in, pieces(cuts, len(in))); n2 != n ||
			err2 != err || err != nil && fault2 != c.Fault || !bytes.Equal(data2, data) {
			t.Fatalf("in pieces: %d, %v at %d, %q\nwhole: %d, %v at %d, %q", n2, err2, fault2,
				data2, n, err, c.Fault, data)
		}

		noAllocs(t, in, func() {
			c.Reset(0, maxBody)
			c.Decode(b[:copy(b, in)])
		})
		if err != nil {
			return
		}
		const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		rd := bytes.NewReader(append([]byte(head), in...))
		br := bufio.NewReaderSize(rd, 1<<16) // it holds a trailer as long as ours may be
		resp, err := http.ReadResponse(br, nil)
		if err != nil {
			t.Fatal(err)
		}
		data2, err := io.ReadAll(resp.Body)
		end := len(head) + len(in) - rd.Len() - br.Buffered() - len(head)
		switch {
		case n == 0:
			if err == nil {
				t.Fatalf("we wait for more, net/http has read all %d bytes", end)
			}
		case errors.Is(err, httputil.ErrLineTooLong):
			// net/http has a limit of 4,096 bytes a line; we have one on all of the framing. So we
			// alone read a longer line, and read it correctly.
		case err != nil:
			t.Fatalf("we accept, net/http says: %v", err)
		case end != n || !bytes.Equal(data2, data):
			t.Fatalf("we read %q to %d, net/http %q to %d", data, n, data2, end)
		}
	})
}

// decodePieces decodes in as it would come from a socket. The offsets that it returns are offsets
// in the stream.
func decodePieces(in []byte, ends []int) (data []byte, n, fault int, err error) {
	const before = 5 // bytes of an earlier message
	var c parse.Chunks
	c.Reset(before, maxBody)
	b := make([]byte, before)
	taken := 0
	for _, end := range ends {
		stream := taken - c.Body.End
		b = append(b[:c.Body.End], in[taken:end]...)
		n, err = c.Decode(b[:len(b):len(b)])
		if err != nil {
			return c.Body.Of(b), 0, c.Fault + stream, err
		}
		if n != 0 {
			return c.Body.Of(b), n + stream, 0, nil
		}
		taken = end
	}
	return c.Body.Of(b), 0, 0, nil
}
