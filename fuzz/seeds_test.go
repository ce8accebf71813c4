package fuzz

import (
	"os"
	"strings"
	"testing"
)

// The seeds are small and show what a mutation should start from. The tables of package parse have
// the same cases, and say what is wrong with each.

var statusLines = []string{
	"HTTP/1.1 200 OK", "HTTP/1.1 200", "HTTP/1.1 200 ", "HTTP/1.0 200 OK", "HTTP/1.1 202 Accepted",
	"HTTP/1.1 204 No Content", "HTTP/1.1 304 x",
	"HTTP/1.1 403 Forbidden", "HTTP/1.1 999 \xff\t", "HTTP/1.1 101 x", "HTTP/1.1 100 Continue",
	"HTTP/1.1 099 x", "HTTP/1.1 20 x", "HTTP/1.1 2000 x", "HTTP/1.1  200 OK",
	"HTTP/1.2 200 OK", "HTTP/2 200", "HTTP/0.9 200 OK", "http/1.1 200 OK", "HTTP/1.1 +20 x",
	"HTTP/1.1\t200 OK", "HTTP/1.1 200 O\x00", "HTTP/1.1 200 O\rK", "",
}

var headerLines = []string{
	"Content-Length: 7", "content-length:\t7 ", "Content-Length: 0", "Content-Length: 007",
	"Content-Length: 65536", "Content-Length: 65537",
	"Content-Length:", "Content-Length: +7", "Content-Length: -7", "Content-Length: 0x7",
	"Content-Length: 7, 7", "Content-Length: 7 7",
	"Content-Length: 9223372036854775808", "Content-Length: 18446744073709551623",
	"Content-Length: 7\r\nContent-Length: 7", "Content-Length: 7\r\nContent-Length: 8",
	"Content-Length: 7\r\nContent-Length: 07", "Content-Length: 7\r\nTransfer-Encoding: chunked",
	"Transfer-Encoding: chunked\r\nContent-Length: 7",
	"Transfer-Encoding: chunked", "transfer-encoding:CHUNKED", "Transfer-Encoding: gzip, chunked",
	"Transfer-Encoding: chunked, chunked",
	"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "Transfer-Encoding: identity",
	"Transfer-Encoding:", "Transfer-Encoding: chunked\r\nTrailer: X, Content-Length",
	"X-Content-Length: 7", "Content-Length-X: 7", "X: Content-Length: 7", "Content-Length : 7",
	"X: a\r\n b", "X: a\r\n\tContent-Length: 7", " X: a", "X", ": a", ":", "X Y: a",
	"X: \x00", "X\x00: a", "X: a\rb", "X: a\nContent-Length: 7", "X: \x7f", "X: \xff\xfe",
	"X\xff: a", "X: a\tb", "X:", "Pragma: no-cache",
	"Connection: close", "connection: x ,\tCLOSE", "Connection: keep-alive", "Connection: closed",
	"Connection: ,,close;x,\"close\"",
	"Lambda-Runtime-Aws-Request-Id: a-1\r\nLambda-Runtime-Invocation-Id: b-2",
	"lambda-runtime-aws-request-id: a", "Lambda-Runtime-Aws-Request-Id:",
	"Lambda-Runtime-Aws-Request-Id: a\r\nLambda-Runtime-Aws-Request-Id: a",
	"Lambda-Runtime-Aws-Request-Id: a\r\nlambda-runtime-aws-request-id: b",
	"Lambda-Runtime-Aws-Request-Id: a/b", "Lambda-Runtime-Aws-Request-Id: a b",
	"Lambda-Runtime-Invocation-Id: a\r\nLambda-Runtime-Invocation-Id: b",
	"Lambda-Runtime-Invocation-Id: a%",
	"Lambda-Runtime-Trace-Id: " +
		"Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
}

var bodies = []string{
	"0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n", "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n" +
		"HTTP/1.1 200 OK\r\n\r\n", "A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n",
	"0000000000000001\r\nx\r\n0000000000000000\r\n\r\n", "00000000000000001\r\nx\r\n0\r\n\r\n",
	"5;x=\"a;\\\"b\"\r\nhello\r\n0;y\r\nX: y\r\nZ:\r\n\r\n", "7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n",
	"ffffffffffffffff\r\n", "10000\r\n", "10001\r\n", "\r\n", "0x5\r\nhello\r\n0\r\n\r\n",
	"+5\r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n", "5 \r\nhello\r\n0\r\n\r\n",
	"5 ;x\r\nhello\r\n0\r\n\r\n",
	"5\nhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello\r\n0\n\r\n",
	"5\r\nhello\r\n0\r\n\n", "5\r\nhello0\r\n\r\n", "5;\x00\r\nhello\r\n0\r\n\r\n",
	"5;a\rb\r\nhello\r\n0\r\n\r\n",
	"0\r\nX: y\r\n z\r\n\r\n", "0\r\nX\r\n\r\n", "0\r\nX: \x01\r\n\r\n", "0\r\nX: y\n\r\n",
	"0\r\n\rX", "g\r\n", ";\r\n", "5\r\nhel",
}

// dumps returns messages that were read from a Runtime API.
func dumps(f *testing.F) (all [][]byte) {
	f.Helper()
	for _, file := range []string{"accepted-202.http", "next-content-length.http",
		"next-chunked-empty-headers.http"} {
		b, err := os.ReadFile("testdata/" + file)
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, b)
	}
	return all
}

func heads(f *testing.F) (all [][]byte) {
	all = dumps(f)
	for _, line := range statusLines {
		all = append(all, []byte(line+"\r\nContent-Length: 7\r\n\r\n"), []byte(line+"\r\n\r\n"),
			[]byte(line+"\n\n"), []byte(line))
	}
	for _, lines := range headerLines {
		for _, status := range []string{"HTTP/1.1 200 OK", "HTTP/1.0 200 OK", "HTTP/1.1 204",
			"HTTP/1.1 103 x\r\nLink: x\r\n\r\nHTTP/1.1 200"} {
			all = append(all, []byte(status+"\r\n"+lines+"\r\n\r\n"))
		}
	}
	return append(all, []byte("HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 5000)+"\r\n\r\n"))
}

// pieces turns a fuzzer's bytes into the offsets at which to cut n bytes; the last offset is n.
func pieces(cuts []byte, n int) (offsets []int) {
	at := 0
	for _, cut := range cuts {
		if at += int(cut); at >= n {
			break
		}
		offsets = append(offsets, at)
	}
	return append(offsets, n)
}
