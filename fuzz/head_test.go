package fuzz

import (
	"bufio"
	"bytes"
	"net/http"
	"net/textproto"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/parse"
)

const maxBody = 1 << 16

// FuzzHead: if Head.Parse accepts a head, net/http accepts it and reads it in the same way (status,
// framing, IDs, close, bytes consumed), interim heads included. If Parse waits for more, so does
// net/http. However the bytes are cut into pieces, the result is the same as for the whole; and
// nothing is allocated.
func FuzzHead(f *testing.F) {
	for i, head := range heads(f) {
		f.Add(head, []byte{byte(i), 1, byte(i / 3)})
		f.Add(head, bytes.Repeat([]byte{1}, min(len(head), 400)))
	}
	f.Fuzz(func(t *testing.T, in, cuts []byte) {
		var whole parse.Head
		whole.Reset(maxBody)
		n, err := whole.Parse(in)
		if n < 0 || n > len(in) || err != nil && n != 0 {
			t.Fatalf("got %d, %v", n, err)
		}
		if f := whole.Fault; f.Start < 0 || f.Start > f.End || f.End > len(in) {
			t.Fatalf("fault is at %v of %d bytes", f, len(in))
		}

		var h parse.Head
		h.Reset(maxBody)
		var n2 int
		var err2 error
		for _, end := range pieces(cuts, len(in)) {
			if n2, err2 = h.Parse(in[:end:end]); n2 != 0 || err2 != nil {
				break
			}
		}
		if n2 != n || err2 != err || headOf(h) != headOf(whole) {
			t.Fatalf("in pieces: %d, %v, %+v\nwhole: %d, %v, %+v", n2, err2, h, n, err, whole)
		}

		noAllocs(t, in, func() {
			h.Reset(maxBody)
			h.Parse(in[:len(in)/2])
			h.Parse(in)
		})
		switch {
		case n != 0:
			sameHead(t, in, whole, n)
		case err == nil:
			br := bufio.NewReader(bytes.NewReader(in))
			for {
				resp, err := http.ReadResponse(br, nil)
				if err != nil {
					break
				}
				if resp.StatusCode >= 200 {
					t.Fatalf("we wait for more, net/http has read %v", resp)
				}
			}
		}
	})
}

// headOf returns what a caller can see of h.
func headOf(h parse.Head) parse.Head {
	return parse.Head{Status: h.Status, Length: h.Length, LengthText: h.LengthText,
		Chunked: h.Chunked, Close: h.Close, RequestID: h.RequestID,
		InvocationID: h.InvocationID, Unfit: h.Unfit, Start: h.Start, End: h.End, Fault: h.Fault}
}

// lengthAndChunked reports whether a head has both, which net/http does not tell. textproto reads
// its lines.
func lengthAndChunked(head []byte) bool {
	_, lines, _ := bytes.Cut(head, []byte("\r\n"))
	header, _ := textproto.NewReader(bufio.NewReader(bytes.NewReader(lines))).ReadMIMEHeader()
	return header["Content-Length"] != nil && header["Transfer-Encoding"] != nil
}

// sameHead reads in again with net/http.
func sameHead(t *testing.T, in []byte, h parse.Head, n int) {
	rd := bytes.NewReader(in)
	br := bufio.NewReader(rd)
	var resp *http.Response
	start := 0
	for {
		start = len(in) - rd.Len() - br.Buffered()
		var err error
		if resp, err = http.ReadResponse(br, nil); err != nil {
			if strings.HasPrefix(err.Error(), "bad trailer key") {
				// net/http refuses a trailer that announces Content-Length; we look at no trailer.
				return
			}
			t.Fatalf("we accept, net/http says: %v", err)
		}
		if resp.StatusCode >= 200 {
			break
		}
	}
	if got := len(in) - rd.Len() - br.Buffered(); n != got || h.End != n {
		t.Errorf("we end at %d (%d), net/http at %d", n, h.End, got)
	}
	if h.Start != start {
		t.Errorf("we begin at %d, net/http at %d", h.Start, start)
	}
	if h.Status != resp.StatusCode {
		t.Errorf("we read status %d, net/http %d", h.Status, resp.StatusCode)
	}
	if int64(h.Length) != resp.ContentLength {
		t.Errorf("we read length %d, net/http %d", h.Length, resp.ContentLength)
	}
	// net/http calls a 304 chunked, and reads no body
	if bodiless := h.Status == 204 ||
		h.Status == 304; h.Chunked != (len(resp.TransferEncoding) > 0 && !bodiless) {
		t.Errorf("we read chunked %v, net/http %q", h.Chunked, resp.TransferEncoding)
	}
	untilEOF := !h.Chunked && h.Length < 0 // net/http calls that close; our caller refuses it
	if both := lengthAndChunked(in[h.Start:n]); (h.Close || untilEOF) != (resp.Close || both) {
		t.Errorf("we read close %v, net/http %v; length and chunked %v", h.Close, resp.Close, both)
	}
	for name, id := range map[string]parse.Span{"Lambda-Runtime-Aws-Request-Id": h.RequestID,
		"Lambda-Runtime-Invocation-Id": h.InvocationID} {
		if got := id.Of(in); string(got) != resp.Header.Get(name) {
			t.Errorf("%s: we read %q, net/http %q", name, got, resp.Header.Get(name))
		}
	}
	for _, c := range h.RequestID.Of(in) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte("/?#%", c) >= 0 {
			t.Errorf("request ID %q has no place in a path", h.RequestID.Of(in))
		}
	}
	nonce := string(h.InvocationID.Of(in))
	if fit := !strings.ContainsFunc(nonce, func(r rune) bool { return !field(r) }); h.Unfit == fit {
		t.Errorf("invocation ID %q is unfit: %v", nonce, h.Unfit)
	}
}

// field reports whether a header's value that we send may have this character.
func field(r rune) bool { return r == '\t' || ' ' <= r && r <= '~' }
