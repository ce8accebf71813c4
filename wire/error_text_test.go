package wire

import (
	"errors"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/internal/peerscript"
)

// saying returns a Conn to a server that reads a request and sends an answer, once for each answer,
// on one connection whose side it then closes.
func saying(t *testing.T, answers ...string) *Conn {
	t.Helper()
	peer := peerscript.Listen(t)
	go func() {
		server := peer.Accept()
		for _, answer := range answers {
			if !server.More() {
				return
			}
			server.Request("")
			server.OfferPieces(1<<30, answer) // a long head is not read to its end
		}
		server.CloseWrite()
	}()
	a, err := ParseAddr(peer.Addr)
	if err != nil {
		t.Fatal(err)
	}
	c := NewConn(a, 1000)
	t.Cleanup(c.Close)
	return c
}

const (
	headOK      = "HTTP/1.1 200 OK\r\n"
	idLine      = "Lambda-Runtime-Aws-Request-Id: r\r\n"
	twoBytes    = "Content-Length: 2\r\n"
	chunkedLine = "Transfer-Encoding: chunked\r\n"
)

// An answerText is an answer to next, and the text of the error that it gives; "…" at the end
// stands for a part that depends on what came in one piece.
type answerText struct{ name, answer, want string }

var nextErrors = []answerText{
	{"closed", "",
		`connection closed by the server: 0 bytes into its head`},
	{"cut head", "HTTP/1.1 2",
		`connection closed by the server: 10 bytes into its head`},
	{"cut body", headOK + idLine + twoBytes + "\r\n{",
		`connection closed by the server: 1 of 2 bytes into its body`},
	{"cut chunks", headOK + chunkedLine + "\r\n2\r\n{",
		`connection closed by the server: 1 bytes into its chunked body`},
	{"unframed", headOK + idLine + "\r\n",
		`answer has neither Content-Length nor chunked framing`},
	{"unasked", headOK + idLine + twoBytes + "\r\n{}x",
		`bytes that nobody has asked for: "x" after the event`},
	{"no ID", headOK + twoBytes + "\r\n{}",
		`event without Lambda-Runtime-Aws-Request-Id`},
	{"204", "HTTP/1.1 204 No Content\r\n\r\n",
		`no event (status 204)`},
	{"500", "HTTP/1.1 500 X\r\n" + twoBytes + "\r\nno",
		`unexpected status: 500 no`},
	{"500, quoted", "HTTP/1.1 500 X\r\n" + twoBytes + "\r\n\x1b]",
		`unexpected status: 500 "\x1b]"`},
	{"SSH", "SSH-2.0-OpenSSH",
		`status line is not HTTP/1.0 or HTTP/1.1 and a three-digit status: "SSH-2.0-OpenSSH"`},
	{"bare LF", headOK + "A: b\n",
		`line does not end with CRLF: "A: b\n"`},
	{"control character", headOK + "A: \x07\r\n",
		`control character: "A: \x07"`},
	{"folded", headOK + "A: b\r\n c\r\n",
		`folded header line: " c"`},
	{"no colon", headOK + "A b\r\n",
		`header line has no valid name before a colon: "A b"`},
	{"long head", headOK + "A: " + strings.Repeat("x", 64<<10),
		`head is longer than 65536 bytes: "A: ` + strings.Repeat("x", 117) +
			`" and 65399 bytes more`},
	{"101", "HTTP/1.1 101 X\r\n",
		`switches protocols: "HTTP/1.1 101 X"`},
	{"length", headOK + "Content-Length: x\r\n",
		`Content-Length is not a decimal number: "x"`},
	{"two lengths", headOK + twoBytes + "Content-Length: 3\r\n",
		`two different Content-Lengths: "3"`},
	{"too large", headOK + "Content-Length: 1001\r\n\r\n",
		`body is over the limit: "1001"`},
	{"gzip", headOK + "Transfer-Encoding: gzip\r\n",
		`Transfer-Encoding is not a single chunked: "gzip"`},
	{"204 with a body", "HTTP/1.1 204 X\r\n" + twoBytes + "\r\n",
		`status 204 with a body: "HTTP/1.1 204 X\r\nContent-Length: 2\r\n\r\n"`},
	{"bad ID", headOK + "Lambda-Runtime-Aws-Request-Id: ../x\r\n",
		`request ID has a character other than visible ASCII without / ? # %: "../x"`},
	{"two IDs", headOK + idLine + "Lambda-Runtime-Aws-Request-Id: s\r\n",
		`two different IDs: "s"`},
	{"chunk size", headOK + chunkedLine + "\r\ng",
		`chunk size is not a hexadecimal number: "nked\r\n\r\ng" at byte 47`},
	{"chunk end", headOK + chunkedLine + "\r\n1\r\nxy",
		`chunk data is not followed by CRLF: "\r\n\r\n1\r\nxy" at byte 51`},
	{"chunk line", headOK + chunkedLine + "\r\n1\nx",
		`line of a chunked body does not end with CRLF: "ked\r\n\r\n1\n" at byte 48`},
	{"too large in chunks", headOK + chunkedLine + "\r\n3e9\r\n",
		`body is over the limit: "ed\r\n\r\n3e9" at byte 49`},
	{"long trailer", headOK + chunkedLine + "\r\n0\r\nA: " + strings.Repeat("x", 5000),
		`trailer is longer than 4096 bytes: "x…`},
	{"long extension", headOK + chunkedLine + "\r\n1;" + strings.Repeat("x", 20000),
		`chunk framing is over the limit: "x…`},

	// An answer that is not an event may be longer than one.
	{"long answer", "HTTP/1.1 500 X\r\nContent-Length: 1048577\r\n",
		`body is over the limit: "1048577"`},
}

// The texts that people read in a log without the source at hand, word by word.
func TestMessagesOfNext(t *testing.T) {
	for _, test := range nextErrors {
		t.Run(test.name, func(t *testing.T) {
			err := saying(t, test.answer).Next()
			want := "minlambda: next: " + test.want
			want, cut := strings.CutSuffix(want, "…")
			var e *Error
			if !errors.As(err, &e) ||
				e.Error() != want && !(cut && strings.HasPrefix(e.Error(), want)) {
				t.Errorf("%.60q:\n%v; want\n%s", test.answer, err, want)
			}
		})
	}
}

func TestMessagesOfRespond(t *testing.T) {
	const event = "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: r\r\n" +
		"Content-Length: 2\r\n\r\n{}"
	for answer, want := range map[string]string{
		"": `connection closed by the server: 0 bytes into its head`,
		"HTTP/1.1 202 Accepted\r\n\r\n": `answer has neither Content-Length nor chunked ` +
			`framing: 202`,
		"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\nHTTP": `bytes that nobody ` +
			`has asked for: "HTTP" after the answer`,
		"nonsense": `status line is not HTTP/1.0 or HTTP/1.1 and a three-digit status: "nonsense"`,
	} {
		t.Run(answer, func(t *testing.T) {
			c := saying(t, event, answer)
			if err := c.Next(); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Respond([]byte("12345"), "text/plain", false); err == nil ||
				err.Error() != "minlambda: response: "+want {
				t.Errorf("%q:\n%v; want\nminlambda: response: %s", answer, err, want)
			}
			c = saying(t, answer)
			if _, err := c.FailInit([]byte("{}"), "Function.X"); err == nil ||
				err.Error() != "minlambda: init/error: "+want {
				t.Errorf("%q:\n%v; want\nminlambda: init/error: %s", answer, err, want)
			}
		})
	}
	c := saying(t, event, "HTTP")
	if err := c.Next(); err != nil {
		t.Fatal(err)
	}
	c.Abort()
	if _, err := c.Fail([]byte("{}"), "Function.X", "", true); err == nil ||
		err.Error() != "minlambda: error: stopped: the server did not answer 2 bytes" {
		t.Errorf("aborted: %v", err)
	}
	if err := c.Next(); err == nil || err.Error() != "minlambda: next: stopped" {
		t.Errorf("stopped: %v", err)
	}
}

func TestMessagesOfAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"":                  "empty address",
		"https://127.0.0.1": "scheme is not http",
		"a..b:80":           "host is not an IPv4 address, an [IPv6 address] or a host name",
		"127.0.0.1:65536":   "port is not a number from 1 to 65535",
		"127.0.0.1/a b":     "path has a character other than visible ASCII without ? and #",
	} {
		t.Run(address, func(t *testing.T) {
			if _, err := ParseAddr(address); err == nil || err.Error() != want {
				t.Errorf("%q: %v; want %s", address, err, want)
			}
		})
	}
}
