package parse

import (
	"math/big"
	"os"
	"strconv"
	"strings"
	"testing"
)

const maxTestBody = 1000 // the limit in all cases

// found holds what a caller sees of a good Head.
type found struct {
	status         int
	length         int
	chunked, close bool
	request        string // RequestID's bytes
	invocation     string
	unfit          bool // InvocationID is not echoed
	start          int
}

// ok returns a head of status 200 with these lines.
func ok(lines ...string) string { return under("HTTP/1.1 200 OK", lines...) }

func under(statusLine string, lines ...string) string {
	return statusLine + "\r\n" + strings.Join(append(lines, "", ""), "\r\n")
}

// goodHeads are complete where the input ends.
var goodHeads = []struct {
	name string
	in   string
	want found
}{
	{"no headers", ok(), found{status: 200, length: -1}},
	{"length", ok("Content-Length: 7"), found{status: 200, length: 7}},
	{"length 0", ok("Content-Length: 0"), found{status: 200}},
	{"length at the limit", ok("Content-Length: 1000"), found{status: 200, length: 1000}},
	{"length with leading zeros", ok("Content-Length: " + strings.Repeat("0", 40) + "7"),
		found{status: 200, length: 7}},
	{"length twice, equal (RFC 9110 8.6)", ok("Content-Length: 7", "content-length:7"),
		found{status: 200, length: 7}},
	{"neither length nor chunked (RFC 9112 6.3)", ok("Content-Type: text/plain"),
		found{status: 200, length: -1}},
	{"chunked", ok("Transfer-Encoding: chunked"), found{status: 200, length: -1, chunked: true}},
	{"chunked in capitals (RFC 9112 7)", ok("TRANSFER-ENCODING: CHUNKED"),
		found{status: 200, length: -1, chunked: true}},

	{"length and chunked (RFC 9112 6.3)", ok("Content-Length: 5", "Transfer-Encoding: chunked"),
		found{status: 200, length: -1, chunked: true, close: true}},
	{"chunked and length", ok("Transfer-Encoding: chunked", "Content-Length: 5"),
		found{status: 200, length: -1, chunked: true, close: true}},
	{"length 0 and chunked", ok("Content-Length: 0", "Transfer-Encoding: chunked"),
		found{status: 200, length: -1, chunked: true, close: true}},
	{"chunked and length 0", ok("Transfer-Encoding: chunked", "Content-Length: 0"),
		found{status: 200, length: -1, chunked: true, close: true}},
	{"chunked between two lengths, equal", ok("Content-Length: 5", "Transfer-Encoding: chunked",
		"Content-Length: 5"), found{status: 200, length: -1, chunked: true, close: true}},
	{"length and chunked, keep-alive", ok("Connection: keep-alive", "Content-Length: 5",
		"Transfer-Encoding: chunked"), found{status: 200, length: -1, chunked: true, close: true}},
	{"304 with length and chunked", under("HTTP/1.1 304 x", "Content-Length: 5",
		"Transfer-Encoding: chunked"), found{status: 304, close: true}},
	{"length of an interim head, then chunked", under("HTTP/1.1 103 x", "Content-Length: 7") +
		ok("Transfer-Encoding: chunked"),
		found{status: 200, length: -1, chunked: true, start: 37}},

	{"names in lower case (RFC 9110 5.1)",
		ok("content-length: 7", "lambda-runtime-aws-request-id: a-1",
			"lambda-runtime-invocation-id: b-2", "connection: close"),
		found{status: 200, length: 7, close: true, request: "a-1", invocation: "b-2"}},
	{"names in upper case", ok("CONTENT-LENGTH: 7", "LAMBDA-RUNTIME-AWS-REQUEST-ID: a-1",
		"LAMBDA-RUNTIME-INVOCATION-ID: b-2", "CONNECTION: CLOSE"),
		found{status: 200, length: 7, close: true, request: "a-1", invocation: "b-2"}},
	{"names in mixed case", ok("cOnTeNt-lEnGtH: 7", "Lambda-runtime-AWS-request-ID: a-1",
		"lambda-Runtime-invocation-Id: b-2"),
		found{status: 200, length: 7, request: "a-1", invocation: "b-2"}},
	{"white space around values (RFC 9110 5.6.3)",
		ok("Content-Length: \t 7 \t ", "Lambda-Runtime-Aws-Request-Id:\ta-1\t",
			"Lambda-Runtime-Invocation-Id:   b-2   ", "Connection:\t close "),
		found{status: 200, length: 7, close: true, request: "a-1", invocation: "b-2"}},
	{"no white space before values", ok("Content-Length:7", "Lambda-Runtime-Aws-Request-Id:a-1",
		"Transfer-Encodings:x"), found{status: 200, length: 7, request: "a-1"}},
	{"empty values", ok("Lambda-Runtime-Client-Context: ", "Lambda-Runtime-Trace-Id:", "X:",
		"Connection:", "Content-Length: 0"), found{status: 200}},
	{"empty IDs", ok("Lambda-Runtime-Aws-Request-Id:", "Lambda-Runtime-Invocation-Id: ",
		"Content-Length: 0"), found{status: 200}},
	{"IDs twice, equal", ok("Lambda-Runtime-Aws-Request-Id: a", "lambda-runtime-aws-request-id:a",
		"Lambda-Runtime-Invocation-Id: b", "Lambda-Runtime-Invocation-Id:b "),
		found{status: 200, length: -1, request: "a", invocation: "b"}},
	{"empty ID twice", ok("Lambda-Runtime-Aws-Request-Id:", "Lambda-Runtime-Aws-Request-Id:"),
		found{status: 200, length: -1}},
	{"ID of every legal mark",
		ok("Lambda-Runtime-Aws-Request-Id: !\"$&'()*+,-.0189:;<=>@AZ[\\]^_`az{|}~"),
		found{status: 200, length: -1, request: "!\"$&'()*+,-.0189:;<=>@AZ[\\]^_`az{|}~"}},
	{"invocation ID in base64", ok("Lambda-Runtime-Invocation-Id: Zm9v/YmFy+g=="),
		found{status: 200, length: -1, invocation: "Zm9v/YmFy+g=="}},
	{"invocation ID of all that a header may carry (RFC 9110 5.5)", ok(
		"Lambda-Runtime-Invocation-Id:  /?#% a\tb\"~!\t"),
		found{status: 200, length: -1, invocation: "/?#% a\tb\"~!"}},
	{"invocation ID with obs-text", ok("Lambda-Runtime-Invocation-Id: 0123456\xe4"),
		found{status: 200, length: -1, invocation: "0123456\xe4", unfit: true}},
	{"invocation ID with obs-text, twice", ok("Lambda-Runtime-Invocation-Id: 012345678\xff",
		"lambda-runtime-invocation-id: 012345678\xff "),
		found{status: 200, length: -1, invocation: "012345678\xff", unfit: true}},
	{"unfit invocation ID of an interim head", under("HTTP/1.1 103 x",
		"Lambda-Runtime-Invocation-Id: \xff") + ok("Lambda-Runtime-Invocation-Id: a"),
		found{status: 200, length: -1, invocation: "a", start: 51}},
	{"value that looks like a header", ok("X: Content-Length: 5", "Y: Transfer-Encoding: chunked",
		"Z: Lambda-Runtime-Aws-Request-Id: a", "A: Connection: close"),
		found{status: 200, length: -1}},
	{"value of colons", ok("X: :::", "Y::"), found{status: 200, length: -1}},
	{"names that contain ours",
		ok("X-Content-Length: 5", "Content-Length-X: 6", "Content-Lengths: 7", "Content-Lengt: 8",
			"XTransfer-Encoding: chunked", "Transfer-Encoding-X: gzip"),
		found{status: 200, length: -1}},
	{"names as long as ours", ok("Xontent-Length: 5", "Xransfer-Encoding: chunked",
		"Xonnection: close", "Xambda-Runtime-Aws-Request-Id: a", "Xambda-Runtime-Invocation-Id: b"),
		found{status: 200, length: -1}},
	{"unknown Lambda header", ok("Lambda-Runtime-X: 1", "Lambda-Runtime-Aws-Request-Idx: a",
		"Lambda-Runtime-: b"), found{status: 200, length: -1}},
	{"every character of a name (RFC 9110 5.6.2)", ok("!#$%&'*+-.^_`|~09azAZ: x"),
		found{status: 200, length: -1}},
	{"obs-text in a value (RFC 9110 5.5)",
		ok("X: \x80\xff\xc3\xa9 and more than sixteen bytes \xe2\x82\xac", "Content-Length: 3"),
		found{status: 200, length: 3}},
	{"tabs in a value", ok("X: a\tb\t\tc", "Y: sixteen bytes or\tmore of it\t",
		"Content-Length: 3"), found{status: 200, length: 3}},
	{"obs-text and tab in a reason phrase (RFC 9112 4)",
		under("HTTP/1.1 200 tr\xc3\xa8s\tbien", "Content-Length: 3"),
		found{status: 200, length: 3}},

	{"empty reason phrase", under("HTTP/1.1 200 "), found{status: 200, length: -1}},
	{"missing reason phrase", under("HTTP/1.1 200"), found{status: 200, length: -1}},
	{"reason phrase of words and digits", under("HTTP/1.1 200 HTTP/1.1 404 no: really"),
		found{status: 200, length: -1}},
	{"highest status", under("HTTP/1.1 999 x"), found{status: 999, length: -1}},
	{"status 202", under("HTTP/1.1 202 Accepted", "Content-Length: 16"),
		found{status: 202, length: 16}},

	{"204", under("HTTP/1.1 204 No Content"), found{status: 204}},
	{"204 with length 0", under("HTTP/1.1 204 No Content", "Content-Length: 0"),
		found{status: 204}},
	{"304 has no body whatever it says (RFC 9110 15.4.5)",
		under("HTTP/1.1 304 Not Modified", "Content-Length: 7"), found{status: 304}},
	{"304 chunked", under("HTTP/1.1 304 Not Modified", "Transfer-Encoding: chunked"),
		found{status: 304}},

	{"close", ok("Connection: close"), found{status: 200, length: -1, close: true}},
	{"close in any case", ok("Connection: cLoSe"), found{status: 200, length: -1, close: true}},
	{"close first in a list (RFC 9110 7.6.1)", ok("Connection: close, x"),
		found{status: 200, length: -1, close: true}},
	{"close last in a list", ok("Connection: keep-alive ,\tClose"),
		found{status: 200, length: -1, close: true}},
	{"close in a list of holes", ok("Connection: ,, ,close,,"),
		found{status: 200, length: -1, close: true}},
	{"close in the second of two", ok("Connection: x", "Connection: close"),
		found{status: 200, length: -1, close: true}},
	{"keep-alive", ok("Connection: keep-alive"), found{status: 200, length: -1}},
	{"options that are not close", ok("Connection: closed, xclose, clos, \"close\", close;x"),
		found{status: 200, length: -1}},
	{"HTTP/1.0 closes (RFC 9112 9.3)", under("HTTP/1.0 200 OK"),
		found{status: 200, length: -1, close: true}},
	{"HTTP/1.0 keep-alive", under("HTTP/1.0 200 OK", "Connection: Keep-Alive", "Content-Length: 1"),
		found{status: 200, length: 1}},
	{"HTTP/1.0 keep-alive and close", under("HTTP/1.0 200 OK", "Connection: keep-alive, close"),
		found{status: 200, length: -1, close: true}},

	{"interim head (RFC 9110 15.2)", under("HTTP/1.1 100 Continue") + ok("Content-Length: 7"),
		found{status: 200, length: 7, start: 25}},
	{"several interim heads", under("HTTP/1.1 100 Continue") +
		under("HTTP/1.1 103 Early Hints", "Link: </x>") + under("HTTP/1.1 199") + ok(),
		found{status: 200, length: -1, start: 25 + 40 + 16}},
	{"nothing stays of an interim head",
		under("HTTP/1.1 103 x", "Content-Length: 7", "Connection: close",
			"Lambda-Runtime-Aws-Request-Id: a", "Lambda-Runtime-Invocation-Id: b") +
			ok("Transfer-Encoding: chunked", "Lambda-Runtime-Aws-Request-Id: c"),
		found{status: 200, length: -1, chunked: true, request: "c", start: 123}},
	{"an interim head's version doesn't count", under("HTTP/1.0 100 x") + ok(),
		found{status: 200, length: -1, start: 18}},

	{"exactly the limit", ok("X: " + strings.Repeat("x", MaxHead-len(ok("X: ")))),
		found{status: 200, length: -1}},
	{"exactly the limit with interim heads", under("HTTP/1.1 100 x") +
		ok("X: "+strings.Repeat("x", MaxHead-18-len(ok("X: ")))),
		found{status: 200, length: -1, start: 18}},
}

// badHeads come with what is at fault. Nothing follows them: Parse refuses them without waiting for
// more.
var badHeads = []struct {
	name  string
	in    string
	err   error
	fault string // the bytes that Fault spans
}{
	{"garbage, at its first byte", "\x16", ErrStatusLine, "\x16"},
	{"a page", "<html>", ErrStatusLine, "<"},
	{"an SSH server", "SSH-2.0-x", ErrStatusLine, "S"},
	{"empty line first", "\r\nHTTP/1.1 200 OK\r\n\r\n", ErrStatusLine, "\r"},
	{"space first", " HTTP/1.1 200 OK\r\n\r\n", ErrStatusLine, " "},
	{"HTTP/2", "HTTP/2 200", ErrStatusLine, "HTTP/2"},
	{"HTTP/0.9", "HTTP/0.9 200", ErrStatusLine, "HTTP/0"},
	{"HTTP/1.2", "HTTP/1.2", ErrStatusLine, "HTTP/1.2"},
	{"HTTP/1 without a point", "HTTP/1 200", ErrStatusLine, "HTTP/1 "},
	{"HTTP/1.10", "HTTP/1.10 200 OK\r\n", ErrStatusLine, "HTTP/1.10 200 OK"},
	{"lower case (RFC 9112 2.3)", "http/1.1 200 OK", ErrStatusLine, "h"},
	{"ICY", "ICY 200 OK", ErrStatusLine, "I"},
	{"garbage after an interim head", under("HTTP/1.1 100 x") + "garbage", ErrStatusLine, "g"},

	{"version alone", "HTTP/1.1\r\n", ErrStatusLine, "HTTP/1.1"},
	{"no status", "HTTP/1.1 \r\n", ErrStatusLine, "HTTP/1.1 "},
	{"two spaces", "HTTP/1.1  200 OK\r\n", ErrStatusLine, "HTTP/1.1  200 OK"},
	{"tab for space", "HTTP/1.1\t200 OK\r\n", ErrStatusLine, "HTTP/1.1\t200 OK"},
	{"tab after the status", "HTTP/1.1 200\tOK\r\n", ErrStatusLine, "HTTP/1.1 200\tOK"},
	{"status of two digits", "HTTP/1.1 20 OK\r\n", ErrStatusLine, "HTTP/1.1 20 OK"},
	{"status of two digits alone", "HTTP/1.1 20\r\n", ErrStatusLine, "HTTP/1.1 20"},
	{"status of four digits", "HTTP/1.1 2000 OK\r\n", ErrStatusLine, "HTTP/1.1 2000 OK"},
	{"status 099", "HTTP/1.1 099 x\r\n", ErrStatusLine, "HTTP/1.1 099 x"},
	{"status 000", "HTTP/1.1 000 x\r\n", ErrStatusLine, "HTTP/1.1 000 x"},
	{"signed status", "HTTP/1.1 +20 OK\r\n", ErrStatusLine, "HTTP/1.1 +20 OK"},
	{"negative status", "HTTP/1.1 -20 OK\r\n", ErrStatusLine, "HTTP/1.1 -20 OK"},
	{"status with a letter", "HTTP/1.1 2O0 OK\r\n", ErrStatusLine, "HTTP/1.1 2O0 OK"},
	{"status with a character after the digits", "HTTP/1.1 20: OK\r\n", ErrStatusLine,
		"HTTP/1.1 20: OK"},
	{"101 (RFC 9110 15.2.2)", "HTTP/1.1 101 Switching Protocols\r\n", ErrInterim,
		"HTTP/1.1 101 Switching Protocols"},

	{"bare LF after the status line (RFC 9112 2.2)", "HTTP/1.1 200 OK\n", ErrLineEnd,
		"HTTP/1.1 200 OK\n"},
	{"bare LF after a header", "HTTP/1.1 200 OK\r\nX: y\n", ErrLineEnd, "X: y\n"},
	{"bare LF for the empty line", "HTTP/1.1 200 OK\r\n\n", ErrLineEnd, "\n"},
	{"CR CR LF", "HTTP/1.1 200 OK\r\r\n", ErrLineEnd, "HTTP/1.1 200 OK\r"},
	{"bare CR in the status line", "HTTP/1.1 200 O\rK\r\n", ErrLineEnd, "HTTP/1.1 200 O\r"},
	{"bare CR in a value", ok("X: a\rContent-Length: 5"), ErrLineEnd, "X: a\r"},
	{"bare CR in a name", ok("X\rY: a"), ErrLineEnd, "X\r"},
	{"bare CR at the end of a value", ok("X: a\r"), ErrLineEnd, "X: a\r"},
	{"bare CR for the empty line", "HTTP/1.1 200 OK\r\n\rX", ErrLineEnd, "\r"},
	{"NUL in the status line", "HTTP/1.1 200 O\x00K", ErrControl, "HTTP/1.1 200 O\x00"},
	{"NUL in the version's place", "HTTP/1.\x00", ErrStatusLine, "HTTP/1.\x00"},
	{"NUL in a name", ok("X\x00: a"), ErrControl, "X\x00"},
	{"NUL in a value", ok("X: a\x00b"), ErrControl, "X: a\x00"},
	{"NUL in a known header's value", ok("Content-Type: a\x00b"), ErrControl,
		"Content-Type: a\x00"},
	{"NUL in a length", ok("Content-Length: 7\x00"), ErrControl, "Content-Length: 7\x00"},
	{"NUL in a request ID", ok("Lambda-Runtime-Aws-Request-Id: a\x00"), ErrControl,
		"Lambda-Runtime-Aws-Request-Id: a\x00"},
	{"NUL far in a value", ok("X: " + strings.Repeat("x", 100) + "\x00"), ErrControl,
		"X: " + strings.Repeat("x", 100) + "\x00"},
	{"control character after obs-text", ok("X: \xff\x01"), ErrControl, "X: \xff\x01"},
	{"DEL in a value", ok("X: a\x7f"), ErrControl, "X: a\x7f"},
	{"DEL in a name", ok("X\x7f: a"), ErrControl, "X\x7f"},
	{"ESC in a reason phrase", "HTTP/1.1 200 \x1b[31m", ErrControl, "HTTP/1.1 200 \x1b"},
	{"vertical tab in a value", ok("X: a\vb"), ErrControl, "X: a\v"},
	{"form feed around a length", ok("Content-Length: \f7"), ErrControl, "Content-Length: \f"},

	{"folded line (RFC 9112 5.2)", ok("X: a", " b"), ErrFolded, " b"},
	{"line folded with a tab", ok("X: a", "\tb"), ErrFolded, "\tb"},
	{"folded line that looks like a header", ok("X: a", " Content-Length: 5"), ErrFolded,
		" Content-Length: 5"},
	{"folded length", ok("Content-Length: 1", " 5"), ErrFolded, " 5"},
	{"folded first line", ok(" X: a"), ErrFolded, " X: a"},
	{"line of white space", ok("X: a", " "), ErrFolded, " "},
	{"no colon", ok("X"), ErrFieldName, "X"},
	{"no colon, a name of ours", ok("Content-Length"), ErrFieldName, "Content-Length"},
	{"no colon, Lambda's prefix", ok("Lambda-Runtime-"), ErrFieldName, "Lambda-Runtime-"},
	{"empty name", ok(": a"), ErrFieldName, ": a"},
	{"colon alone", ok(":"), ErrFieldName, ":"},
	{"space before the colon (RFC 9112 5.1)", ok("X : a"), ErrFieldName, "X : a"},
	{"space before the colon of a length", ok("Content-Length : 5"), ErrFieldName,
		"Content-Length : 5"},
	{"tab before the colon of a coding", ok("Transfer-Encoding\t: chunked"), ErrFieldName,
		"Transfer-Encoding\t: chunked"},
	{"space within a name", ok("X Y: a"), ErrFieldName, "X Y: a"},
	{"obs-text in a name", ok("X\xc3\xa9: a"), ErrFieldName, "X\xc3\xa9: a"},
	{"quote in a name", ok("\"X\": a"), ErrFieldName, "\"X\": a"},
	{"second status line", ok("HTTP/1.1 200 OK"), ErrFieldName, "HTTP/1.1 200 OK"},

	{"empty length", ok("Content-Length:"), ErrLength, ""},
	{"length of white space", ok("Content-Length: \t "), ErrLength, ""},
	{"length with a plus", ok("Content-Length: +5"), ErrLength, "+5"},
	{"length with a minus", ok("Content-Length: -5"), ErrLength, "-5"},
	{"length minus zero", ok("Content-Length: -0"), ErrLength, "-0"},
	{"length in hex", ok("Content-Length: 0x5"), ErrLength, "0x5"},
	{"length in hex digits", ok("Content-Length: 1f"), ErrLength, "1f"},
	{"length with a fraction", ok("Content-Length: 5.0"), ErrLength, "5.0"},
	{"length with a separator", ok("Content-Length: 1_0"), ErrLength, "1_0"},
	{"list of lengths (RFC 9110 8.6)", ok("Content-Length: 5, 5"), ErrLength, "5, 5"},
	{"length with a space within", ok("Content-Length: 5 5"), ErrLength, "5 5"},
	{"length in other digits", ok("Content-Length: \u0665"), ErrLength, "\u0665"},
	{"length over the limit", ok("Content-Length: 1001"), ErrTooLarge, "1001"},
	{"length over 63 bits", ok("Content-Length: 9223372036854775808"), ErrTooLarge,
		"9223372036854775808"},
	{"length that 64 bits would wrap to 5", ok("Content-Length: 18446744073709551621"), ErrTooLarge,
		"18446744073709551621"},
	{"length of 400 digits", ok("Content-Length: 1" + strings.Repeat("0", 399)), ErrTooLarge,
		"1" + strings.Repeat("0", 399)},
	{"long length, not a number", ok("Content-Length: 99999999999999999999x"), ErrLength,
		"99999999999999999999x"},
	{"two different lengths", ok("Content-Length: 5", "Content-Length: 6"), ErrLengths, "6"},
	{"two lengths of one number (they differ for some reader)",
		ok("Content-Length: 5", "Content-Length: 05"), ErrLengths, "05"},
	{"two lengths, the second empty", ok("Content-Length: 5", "Content-Length:"), ErrLengths, ""},
	{"two lengths, one of them 0", ok("Content-Length: 0", "content-length: 6"), ErrLengths, "6"},
	{"chunked and no length", ok("Transfer-Encoding: chunked", "Content-Length:"), ErrLength, ""},
	{"bad length and chunked", ok("Content-Length: 5x", "Transfer-Encoding: chunked"), ErrLength,
		"5x"},
	{"chunked and a bad length", ok("Transfer-Encoding: chunked", "Content-Length: 5x"), ErrLength,
		"5x"},
	{"chunked and a list of lengths", ok("Transfer-Encoding: chunked", "Content-Length: 5, 5"),
		ErrLength, "5, 5"},
	{"chunked between two lengths", ok("Content-Length: 5", "Transfer-Encoding: chunked",
		"Content-Length: 6"), ErrLengths, "6"},
	{"chunked, then two lengths", ok("Transfer-Encoding: chunked", "Content-Length: 5",
		"Content-Length: 6"), ErrLengths, "6"},
	{"length over the limit and chunked", ok("Content-Length: 1001", "Transfer-Encoding: chunked"),
		ErrTooLarge, "1001"},
	{"chunked and a length over the limit", ok("Transfer-Encoding: chunked",
		"Content-Length: 1001"), ErrTooLarge, "1001"},
	{"length and gzip", ok("Content-Length: 5", "Transfer-Encoding: gzip"), ErrTransferEncoding,
		"gzip"},
	{"length and chunked on HTTP/1.0", under("HTTP/1.0 200 OK", "Content-Length: 5",
		"Transfer-Encoding: chunked"), ErrTransferEncoding, "chunked"},
	{"204 with a length and chunked", under("HTTP/1.1 204 x", "Content-Length: 0",
		"Transfer-Encoding: chunked"), ErrBodiless,
		under("HTTP/1.1 204 x", "Content-Length: 0", "Transfer-Encoding: chunked")},

	{"gzip, chunked (RFC 9112 6.1)", ok("Transfer-Encoding: gzip, chunked"), ErrTransferEncoding,
		"gzip, chunked"},
	{"chunked, chunked", ok("Transfer-Encoding: chunked, chunked"), ErrTransferEncoding,
		"chunked, chunked"},
	{"chunked twice", ok("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
		ErrTransferEncoding, "chunked"},
	{"gzip, then chunked", ok("Transfer-Encoding: gzip", "Transfer-Encoding: chunked"),
		ErrTransferEncoding, "gzip"},
	{"chunked on HTTP/1.0 (RFC 9112 6.1)", under("HTTP/1.0 200 OK", "Transfer-Encoding: chunked"),
		ErrTransferEncoding, "chunked"},
	{"identity", ok("Transfer-Encoding: identity"), ErrTransferEncoding, "identity"},
	{"empty coding", ok("Transfer-Encoding:"), ErrTransferEncoding, ""},
	{"coding in quotes", ok("Transfer-Encoding: \"chunked\""), ErrTransferEncoding, "\"chunked\""},
	{"coding with a parameter", ok("Transfer-Encoding: chunked;x=1"), ErrTransferEncoding,
		"chunked;x=1"},
	{"coding with a comma", ok("Transfer-Encoding: chunked,"), ErrTransferEncoding, "chunked,"},
	{"xchunked", ok("Transfer-Encoding: xchunked"), ErrTransferEncoding, "xchunked"},

	{"request IDs differ",
		ok("Lambda-Runtime-Aws-Request-Id: a", "Lambda-Runtime-Aws-Request-Id: b"), ErrIDs, "b"},
	{"request IDs differ in case",
		ok("Lambda-Runtime-Aws-Request-Id: a", "Lambda-Runtime-Aws-Request-Id: A"), ErrIDs, "A"},
	{"request ID, then an empty one",
		ok("Lambda-Runtime-Aws-Request-Id: a", "Lambda-Runtime-Aws-Request-Id:"), ErrIDs, ""},
	{"empty request ID, then another",
		ok("Lambda-Runtime-Aws-Request-Id:", "Lambda-Runtime-Aws-Request-Id: a"), ErrIDs, "a"},
	{"invocation IDs differ",
		ok("Lambda-Runtime-Invocation-Id: a", "Lambda-Runtime-Invocation-Id: b"), ErrIDs, "b"},
	{"request ID with a slash", ok("Lambda-Runtime-Aws-Request-Id: a/../b"), ErrID, "a/../b"},
	{"request ID with a question mark", ok("Lambda-Runtime-Aws-Request-Id: a?"), ErrID, "a?"},
	{"request ID with a hash", ok("Lambda-Runtime-Aws-Request-Id: #a"), ErrID, "#a"},
	{"request ID with a percent sign", ok("Lambda-Runtime-Aws-Request-Id: a%2f"), ErrID, "a%2f"},
	{"request ID with a space", ok("Lambda-Runtime-Aws-Request-Id: a b"), ErrID, "a b"},
	{"request ID with a tab", ok("Lambda-Runtime-Aws-Request-Id: a\tb"), ErrID, "a\tb"},
	{"request ID with obs-text", ok("Lambda-Runtime-Aws-Request-Id: \xe9"), ErrID, "\xe9"},
	{"second request ID bad",
		ok("Lambda-Runtime-Aws-Request-Id: a", "Lambda-Runtime-Aws-Request-Id: a/"), ErrID, "a/"},
	{"unfit invocation ID, then another", ok("Lambda-Runtime-Invocation-Id: \xe4",
		"Lambda-Runtime-Invocation-Id: a"), ErrIDs, "a"},
	{"invocation ID, then an unfit one", ok("Lambda-Runtime-Invocation-Id: a",
		"Lambda-Runtime-Invocation-Id: \xe4"), ErrIDs, "\xe4"},
	{"invocation ID, then an empty one", ok("Lambda-Runtime-Invocation-Id: a",
		"Lambda-Runtime-Invocation-Id:"), ErrIDs, ""},

	{"204 with a length (RFC 9110 8.6)", under("HTTP/1.1 204 No Content", "Content-Length: 1"),
		ErrBodiless, under("HTTP/1.1 204 No Content", "Content-Length: 1")},
	{"204 chunked", under("HTTP/1.1 204 No Content", "Transfer-Encoding: chunked"), ErrBodiless,
		under("HTTP/1.1 204 No Content", "Transfer-Encoding: chunked")},
	{"interim head with a bad length", under("HTTP/1.1 100 x", "Content-Length: x") + ok(),
		ErrLength, "x"},

	{"one byte over the limit", ok("X: " + strings.Repeat("x", MaxHead+1-len(ok("X: ")))),
		ErrHeadSize, ""},
	{"line that never ends", ok("X: " + strings.Repeat("x", MaxHead))[:MaxHead+1], ErrHeadSize,
		"X: " + strings.Repeat("x", MaxHead-20)},
	{"headers that never end", "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", MaxHead/6),
		ErrHeadSize, "A: b"},
	{"interim heads that never end", strings.Repeat(under("HTTP/1.1 100 x"), MaxHead/18+1),
		ErrHeadSize, ""},
}

// parsePieces parses in cut at the given offsets, as a caller would that reads pieces of a stream:
// each call sees all that has arrived, at a new place. It stops at the first answer other than
// "need more".
func parsePieces(in string, cuts ...int) (h Head, n int, err error) {
	h.Reset(maxTestBody)
	for _, cut := range append(cuts, len(in)) {
		b := []byte(in[:cut])
		if n, err = h.Parse(b[:cut:cut]); n != 0 || err != nil {
			break
		}
	}
	return h, n, err
}

// everyByte returns the cuts that make the pieces one byte long.
func everyByte(n int) []int {
	cuts := make([]int, n)
	for i := range cuts {
		cuts[i] = i + 1
	}
	return cuts
}

// show returns all that a caller can see of h.
func show(h Head, in string) found {
	b := []byte(in)
	return found{h.Status, h.Length, h.Chunked, h.Close, string(h.RequestID.Of(b)),
		string(h.InvocationID.Of(b)), h.Unfit, h.Start}
}

func TestGoodHead(t *testing.T) {
	for _, test := range goodHeads {
		t.Run(test.name, func(t *testing.T) {
			check := func(how string, after string, cuts ...int) {
				t.Helper()
				h, n, err := parsePieces(test.in+after, cuts...)
				if n != len(test.in) || err != nil {
					t.Fatalf("%s: got %d, %v (%q), want %d", how, n, err,
						h.Fault.Of([]byte(test.in+after)), len(test.in))
				}
				if got := show(h, test.in); got != test.want || h.End != n || h.Fault != (Span{}) {
					t.Fatalf("%s: got %+v, end %d, fault %v; want %+v", how, got, h.End, h.Fault,
						test.want)
				}
			}
			check("whole", "")
			check("with a body after it", "{\"a\":1}HTTP/1.1 500 x\r\nContent-Length: 1\r\n\r\n")
			check("with a long body after it", strings.Repeat("\r\n\x00", MaxHead))
			if len(test.in) > MaxHead/2 {
				long := len(test.in)
				check("in pieces", "", 1, long/3, long/2, long-3, long-2, long-1)
				return // the rest takes time that grows with the square of the length
			}
			check("byte by byte", "", everyByte(len(test.in))...)
			for cut := range len(test.in) {
				check("cut at "+strconv.Itoa(cut), "", cut)
			}
			for end := range len(test.in) {
				if h, n, err := parsePieces(test.in[:end]); n != 0 || err != nil {
					t.Fatalf("the first %d bytes: got %d, %v (%q), want need more", end, n, err,
						h.Fault.Of([]byte(test.in)))
				}
			}
		})
	}
}

func TestBadHead(t *testing.T) {
	for _, test := range badHeads {
		t.Run(test.name, func(t *testing.T) {
			whole, n, err := parsePieces(test.in)
			if n != 0 || err != test.err {
				t.Fatalf("got %d, %v, want %v", n, err, test.err)
			}
			if got := string(whole.Fault.Of([]byte(test.in))); got != test.fault {
				t.Fatalf("fault is %.99q, want %.99q", got, test.fault)
			}
			cuts := everyByte(len(test.in))
			if len(test.in) > MaxHead/2 {
				// All of them take time that grows with the square of the length.
				cuts = cuts[len(cuts)-9:]
			}
			for _, after := range []string{"", "\r\n\r\n", "x: y\r\n\r\n",
				strings.Repeat("x", MaxHead)} {
				for _, cuts := range [][]int{nil, cuts, {1}, {len(test.in) / 2}, {len(test.in) - 1},
					{len(test.in)}} {
					h, n, err := parsePieces(test.in+after, cuts...)
					if n != 0 || err != test.err {
						t.Fatalf("followed by %.9q, cuts %.99v: got %d, %v, want %v", after,
							cuts, n,
							err, test.err)
					}
					if h.Fault != whole.Fault || show(h, test.in) != show(whole, test.in) {
						t.Fatalf("followed by %.9q, cuts %.99v: got %+v, want %+v", after, cuts,
							h, whole)
					}
				}
			}
		})
	}
}

// The bytes on the wire, as they were read from a Runtime API.
func TestDumps(t *testing.T) {
	for _, test := range []struct {
		file string
		want found
		body int
	}{
		{"accepted-202.http", found{status: 202, length: 16}, 16},
		{"next-content-length.http",
			found{status: 200, length: 7, request: "f201be8f-5346-4524-b39c-e83412578b27"}, 7},
		{"next-chunked-empty-headers.http", found{status: 200, length: -1, chunked: true,
			request: "38b619f4-7c1e-4520-8e8b-d47ad790b02c"}, 2049},
	} {
		t.Run(test.file, func(t *testing.T) {
			in := dump(t, test.file)
			for _, cuts := range [][]int{nil, everyByte(len(in))} {
				h, n, err := parsePieces(string(in), cuts...)
				if err != nil {
					t.Fatalf("%s: %v", test.file, err)
				}
				if got := show(h, string(in)); got != test.want {
					t.Errorf("%s: got %+v, want %+v", test.file, got, test.want)
				}
				body := len(in) - n
				if h.Chunked {
					var c Chunks
					c.Reset(n, 1<<20)
					if end, err := c.Decode(in); end != len(in) || err != nil {
						t.Errorf("%s: got %d, %v, want %d", test.file, end, err, len(in))
					}
					body = c.Body.Len()
				}
				if body != test.body {
					t.Errorf("%s: body of %d bytes, want %d", test.file, body, test.body)
				}
				in = dump(t, test.file) // decoding may have changed it
			}
		})
	}
}

func dump(tb testing.TB, file string) []byte {
	tb.Helper()
	b, err := os.ReadFile("testdata/" + file)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// The last byte of the limit is still "need more": it takes one more byte to see that the head is
// longer.
func TestHeadLimit(t *testing.T) {
	in := ok("X: " + strings.Repeat("x", MaxHead))
	if h, n, err := parsePieces(in[:MaxHead]); n != 0 || err != nil {
		t.Errorf("at the limit: got %d, %v, fault %v", n, err, h.Fault)
	}
	if _, n, err := parsePieces(in[:MaxHead+1]); n != 0 || err != ErrHeadSize {
		t.Errorf("one byte over it: got %d, %v", n, err)
	}
}

// A length is read as package big reads it, up to any limit that fits an int: no product and no sum
// overflows on the way.
func TestLengthAtTheEdgesOfInt(t *testing.T) {
	two := func(n uint) *big.Int { return new(big.Int).Lsh(big.NewInt(1), n) }
	edges := []*big.Int{big.NewInt(0), big.NewInt(10), big.NewInt(int64(maxInt)),
		big.NewInt(int64(maxInt / 10)), big.NewInt(int64(maxInt / 10 * 10)), big.NewInt(204 << 20),
		two(31), two(32), two(62), two(63), two(64), two(65), two(128)}
	limits := []int{0, 9, 10, 204 << 20, 300 << 20, maxInt / 2, maxInt / 10 * 10}
	for i := range 12 {
		limits = append(limits, maxInt-i)
	}
	for _, limit := range limits {
		for _, edge := range append(edges, big.NewInt(int64(limit))) {
			for i := int64(-12); i <= 12; i++ {
				n := new(big.Int).Add(edge, big.NewInt(i))
				if n.Sign() < 0 {
					continue
				}
				var h Head
				h.Reset(limit)
				in := ok("Content-Length: " + n.String())
				end, err := h.Parse([]byte(in))
				if n.Cmp(big.NewInt(int64(limit))) > 0 {
					if end != 0 || err != ErrTooLarge {
						t.Errorf("%v under a limit of %d: got %d, %v", n, limit, h.Length, err)
					}
				} else if end != len(in) || err != nil || int64(h.Length) != n.Int64() {
					t.Errorf("%v under a limit of %d: got %d, %v", n, limit, h.Length, err)
				}
			}
		}
	}
}

// A head that arrives byte by byte is searched once, not once for each byte. If it were searched
// from the start, or from the line's start, a line of n bytes would cost n*n/2.
func TestNoRescan(t *testing.T) {
	in := []byte(ok("X: " + strings.Repeat("x", 1000) + "\x00"))
	at := strings.IndexByte(string(in), 0)
	var h Head
	h.Reset(0)
	if n, err := h.Parse(in[:at]); n != 0 || err != nil {
		t.Fatal(n, err)
	}
	in[at-1] = 0 // searched already: it must not be looked at again
	in[at] = 'x'
	if n, err := h.Parse(in); n != len(in) || err != nil {
		t.Errorf("got %d, %v, want %d: what had been searched was searched again", n, err, len(in))
	}
}

// FuzzHead and the tests above trust that Reset forgets everything.
func TestResetHead(t *testing.T) {
	for _, bad := range badHeads {
		h, _, _ := parsePieces(bad.in)
		h.Reset(maxTestBody)
		in := ok("Content-Length: 7")
		if n, err := h.Parse([]byte(in)); n != len(in) || err != nil ||
			show(h, in) != (found{status: 200, length: 7}) {
			t.Errorf("after %q: got %d, %v, %+v", bad.name, n, err, h)
		}
	}
}
