package fuzz

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/parse"
)

// differences holds what net/http accepts and we refuse, under the names in DIFFERENCES.md.
var differences = []struct{ name, in string }{
	{"bare LF in a head", "HTTP/1.1 200 OK\nContent-Length: 0\n\n"},
	{"other versions", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"},
	{"spaces before the status", "HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n"},
	{"status under 100", "HTTP/1.1 099 x\r\nContent-Length: 0\r\n\r\n"},
	{"control characters in the status line", "HTTP/1.1 200 \x1b[31m\r\nContent-Length: 0\r\n\r\n"},
	{"folded lines", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n"},
	{"space in a name", "HTTP/1.1 200 OK\r\nContent-Length : 5\r\nContent-Length: 0\r\n\r\n"},
	{"length over the limit beside chunked", "HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n" +
		"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
	{"transfer coding on HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n" +
		"Content-Length: 0\r\n\r\n"},
	{"length over the limit", "HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n" +
		strings.Repeat("x", 65537)},
	{"204 with a body's framing", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"},
	{"switching protocols", "HTTP/1.1 101 x\r\n\r\n"},
	{"two IDs", "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: a\r\n" +
		"Lambda-Runtime-Aws-Request-Id: b\r\nContent-Length: 0\r\n\r\n"},
	{"IDs that a request can't carry",
		"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: ../x\r\nContent-Length: 0\r\n\r\n"},
	{"head over the limit", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", parse.MaxHead) +
		"\r\nContent-Length: 0\r\n\r\n"},
	{"white space after a chunk size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
		"5 \r\nhello\r\n0\r\n\r\n"},
	{"control characters in a chunk extension",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;\x00\r\nhello\r\n0\r\n\r\n"},
	{"bare LF in a trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" +
		"X: y\n\r\n\r\n"},
	{"folded trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n" +
		" z\r\n\r\n"},
	{"trailer over the limit", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " +
		strings.Repeat("x", 5000) + "\r\n\r\n"},
	{"many chunks with long sizes", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
		strings.Repeat("0000000000000001\r\nx\r\n", 9000) + "0\r\n\r\n"},
}

func TestDifferences(t *testing.T) {
	page, err := os.ReadFile("DIFFERENCES.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range differences {
		t.Run(test.name, func(t *testing.T) {
			if !strings.Contains(string(page), "\n| "+test.name+" | ") {
				t.Error("DIFFERENCES.md doesn't have it")
			}
			resp, err := http.ReadResponse(bufio.NewReaderSize(strings.NewReader(test.in), 1<<16),
				nil)
			if err == nil {
				_, err = io.ReadAll(resp.Body)
			}
			if oldHTTP[test.name] && olderThan(goOfPages) {
				t.Logf("not compared: net/http of %s is not that of %s", runtime.Version(),
					goOfPages)
			} else if err != nil {
				t.Errorf("net/http refuses it too: %v", err)
			}
			if err := read(test.in); err == nil {
				t.Error("we accept it")
			} else {
				t.Log(err)
			}
		})
	}
}

// read returns the error with which our parsers refuse a message.
func read(in string) error {
	b := []byte(in)
	var h parse.Head
	h.Reset(maxBody)
	n, err := h.Parse(b)
	if err != nil || !h.Chunked {
		return err
	}
	var c parse.Chunks
	c.Reset(n, maxBody)
	_, err = c.Decode(b)
	return err
}
