package faults

import (
	"bytes"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/internal/peerscript"
	"github.com/minlambda/minlambda/lambdatest"
	"github.com/minlambda/minlambda/parse"
	"github.com/minlambda/minlambda/wire"
)

const (
	ok200   = "HTTP/1.1 200 OK\r\n"
	goodID  = "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n"
	two     = "Content-Length: 2\r\n\r\n{}"
	chunked = "Transfer-Encoding: chunked\r\n\r\n"
	last    = "0\r\n\r\n"
)

// malformed are answers to next that no event may come of.
var malformed = []struct {
	name, raw string
	cause     error
}{
	// Not HTTP, or not a version of it that we know.
	{"garbage", "garbage\r\n\r\n", parse.ErrStatusLine},
	{"zeros", strings.Repeat("\x00", 500), parse.ErrStatusLine},
	{"0xff", strings.Repeat("\xff", 500), parse.ErrStatusLine},
	{"one wrong byte", "X", parse.ErrStatusLine},
	{"only line ends", "\r\n\r\n\r\n", parse.ErrStatusLine},
	{"empty line first", "\r\n" + ok200 + goodID + two, parse.ErrStatusLine},
	{"TLS", "\x15\x03\x01\x00\x02\x02\x50", parse.ErrStatusLine},
	{"a request", "GET / HTTP/1.1\r\n\r\n", parse.ErrStatusLine},
	{"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", parse.ErrStatusLine},
	{"HTTP/0.9", "<html></html>", parse.ErrStatusLine},
	{"HTTP/1.2", "HTTP/1.2 200 OK\r\n" + goodID + two, parse.ErrStatusLine},
	{"HTTP/2", "HTTP/2 200 OK\r\n" + goodID + two, parse.ErrStatusLine},
	{"HTTP/11.1", "HTTP/11.1 200 OK\r\n" + goodID + two, parse.ErrStatusLine},
	{"lower case", "http/1.1 200 OK\r\n" + goodID + two, parse.ErrStatusLine},
	{"space first", " HTTP/1.1 200 OK\r\n" + goodID + two, parse.ErrStatusLine},
	{"two spaces", "HTTP/1.1  200 OK\r\n" + goodID + two, parse.ErrStatusLine},
	{"status of two digits", "HTTP/1.1 20 OK\r\n" + goodID + two, parse.ErrStatusLine},
	{"status of four digits", "HTTP/1.1 2000 OK\r\n" + goodID + two, parse.ErrStatusLine},
	{"no status", "HTTP/1.1 OK\r\n" + goodID + two, parse.ErrStatusLine},
	{"signed status", "HTTP/1.1 +20 OK\r\n" + goodID + two, parse.ErrStatusLine},
	{"status 099", "HTTP/1.1 099 OK\r\n" + goodID + two, parse.ErrStatusLine},

	// Lines.
	{"bare LF", "HTTP/1.1 200 OK\n" + goodID + two, parse.ErrLineEnd},
	{"bare LF behind a header", ok200 + "A: b\n" + goodID + two, parse.ErrLineEnd},
	{"bare LF at the end", ok200 + goodID + "Content-Length: 2\r\n\n{}", parse.ErrLineEnd},
	{"bare CR", ok200 + "A: b\rc\r\n" + goodID + two, parse.ErrLineEnd},
	{"NUL", ok200 + "A: b\x00c\r\n" + goodID + two, parse.ErrControl},
	{"NUL in the reason", "HTTP/1.1 200 O\x00K\r\n" + goodID + two, parse.ErrControl},
	{"DEL", ok200 + "A: b\x7fc\r\n" + goodID + two, parse.ErrControl},
	{"escape", ok200 + "A: \x1b[31m\r\n" + goodID + two, parse.ErrControl},
	{"no colon", ok200 + "A header\r\n" + goodID + two, parse.ErrFieldName},
	{"no name", ok200 + ": value\r\n" + goodID + two, parse.ErrFieldName},
	{"white space before a colon", ok200 + "A : b\r\n" + goodID + two, parse.ErrFieldName},
	{
		"white space before the length's colon",
		ok200 + goodID + "Content-Length : 2\r\n\r\n{}",
		parse.ErrFieldName,
	},
	{"name beyond ASCII", ok200 + "\xc3\xa4: b\r\n" + goodID + two, parse.ErrFieldName},
	{"folded by a space", ok200 + "A: b\r\n c\r\n" + goodID + two, parse.ErrFolded},
	{"folded by a tab", ok200 + "A: b\r\n\tc\r\n" + goodID + two, parse.ErrFolded},
	{"folded at once", ok200 + " A: b\r\n" + goodID + two, parse.ErrFolded},
	{
		"endless line",
		ok200 + "A: " + strings.Repeat("x", 70<<10) + "\r\n" + goodID + two,
		parse.ErrHeadSize,
	},
	{"endless lines", ok200 + strings.Repeat("A: b\r\n", 12<<10) + goodID + two, parse.ErrHeadSize},
	{
		"endless interim answers",
		strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 3000) + ok200 + goodID + two,
		parse.ErrHeadSize,
	},
	{
		"101",
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n" + ok200 + goodID + two,
		parse.ErrInterim,
	},

	// Lengths.
	{"empty length", ok200 + goodID + "Content-Length: \r\n\r\n{}", parse.ErrLength},
	{"length with a plus", ok200 + goodID + "Content-Length: +2\r\n\r\n{}", parse.ErrLength},
	{"length with a minus", ok200 + goodID + "Content-Length: -2\r\n\r\n{}", parse.ErrLength},
	{"hexadecimal length", ok200 + goodID + "Content-Length: 0x2\r\n\r\n{}", parse.ErrLength},
	{"length of letters", ok200 + goodID + "Content-Length: two\r\n\r\n{}", parse.ErrLength},
	{"length with a point", ok200 + goodID + "Content-Length: 2.0\r\n\r\n{}", parse.ErrLength},
	{
		"length with a space within",
		ok200 + goodID + "Content-Length: 1 2\r\n\r\n{}",
		parse.ErrLength,
	},
	{"list of lengths", ok200 + goodID + "Content-Length: 2, 2\r\n\r\n{}", parse.ErrLength},
	{
		"two lengths",
		ok200 + goodID + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
		parse.ErrLengths,
	},
	{
		"length over the limit",
		ok200 + goodID + "Content-Length: 33554433\r\n\r\n{}",
		parse.ErrTooLarge,
	},
	{
		"length overflows 64 bits",
		ok200 + goodID + "Content-Length: 18446744073709551618\r\n\r\n{}",
		parse.ErrTooLarge,
	},
	{
		"length overflows anything",
		ok200 + goodID + "Content-Length: " + strings.Repeat("9", 1000) + "\r\n\r\n{}",
		parse.ErrTooLarge,
	},
	{"chunked, then a bad length", ok200 + goodID + "Transfer-Encoding: chunked\r\n" +
		"Content-Length: 2x\r\n\r\n", parse.ErrLength},
	{"chunked between two lengths", ok200 + goodID + "Content-Length: 2\r\n" +
		"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", parse.ErrLengths},
	{"length and chunked, read by the length", ok200 + goodID + "Content-Length: 2\r\n" + chunked +
		"{}", parse.ErrChunkSize},
	{"neither length nor chunked", ok200 + goodID + "\r\n{}", wire.ErrUnframed},
	{"HTTP/1.0 without a length", "HTTP/1.0 200 OK\r\n" + goodID + "\r\n{}", wire.ErrUnframed},
	{
		"X-Content-Length is none",
		ok200 + goodID + "X-Content-Length: 2\r\n\r\n{}",
		wire.ErrUnframed,
	},
	{
		"Content-Length-X is none",
		ok200 + goodID + "Content-Length-X: 2\r\n\r\n{}",
		wire.ErrUnframed,
	},

	// Codings.
	{"gzip", ok200 + goodID + "Transfer-Encoding: gzip\r\n\r\n{}", parse.ErrTransferEncoding},
	{
		"gzip, chunked",
		ok200 + goodID + "Transfer-Encoding: gzip, chunked\r\n\r\n" + last,
		parse.ErrTransferEncoding,
	},
	{
		"chunked, chunked",
		ok200 + goodID + "Transfer-Encoding: chunked, chunked\r\n\r\n" + last,
		parse.ErrTransferEncoding,
	},
	{
		"chunked twice",
		ok200 + goodID + "Transfer-Encoding: chunked\r\n" + chunked + last,
		parse.ErrTransferEncoding,
	},
	{
		"identity",
		ok200 + goodID + "Transfer-Encoding: identity\r\n" + two,
		parse.ErrTransferEncoding,
	},
	{
		"quoted chunked",
		ok200 + goodID + "Transfer-Encoding: \"chunked\"\r\n\r\n" + last,
		parse.ErrTransferEncoding,
	},
	{
		"empty coding",
		ok200 + goodID + "Transfer-Encoding:\r\n\r\n" + last,
		parse.ErrTransferEncoding,
	},
	{
		"chunked in HTTP/1.0",
		"HTTP/1.0 200 OK\r\n" + goodID + chunked + last,
		parse.ErrTransferEncoding,
	},

	// Chunks.
	{"chunk size of letters", ok200 + goodID + chunked + "xyz\r\n", parse.ErrChunkSize},
	{"no chunk size", ok200 + goodID + chunked + "\r\n{}\r\n", parse.ErrChunkSize},
	{"chunk size 0x2", ok200 + goodID + chunked + "0x2\r\n{}\r\n", parse.ErrChunkSize},
	{"chunk size with a minus", ok200 + goodID + chunked + "-2\r\n{}\r\n", parse.ErrChunkSize},
	{
		"chunk size with a space first",
		ok200 + goodID + chunked + " 2\r\n{}\r\n",
		parse.ErrChunkSize,
	},
	{
		"chunk size of 17 digits",
		ok200 + goodID + chunked + "00000000000000002\r\n{}\r\n",
		parse.ErrChunkSize,
	},
	{"chunk over the limit", ok200 + goodID + chunked + "2000001\r\n", parse.ErrTooLarge},
	{
		"chunks over the limit",
		ok200 + goodID + chunked + "2\r\n{}\r\n1ffffff\r\n",
		parse.ErrTooLarge,
	},
	{"chunk size overflows", ok200 + goodID + chunked + "fffffffffffffffe\r\n", parse.ErrTooLarge},
	{"chunk ends too early", ok200 + goodID + chunked + "1\r\n{}\r\n", parse.ErrChunkEnd},
	{"chunk ends too late", ok200 + goodID + chunked + "3\r\n{}\r\n0\r\n\r\n", parse.ErrChunkEnd},
	{"chunk ends with LF", ok200 + goodID + chunked + "2\r\n{}\n0\r\n\r\n", parse.ErrChunkEnd},
	{
		"chunk line ends with LF",
		ok200 + goodID + chunked + "2\n{}\r\n0\r\n\r\n",
		parse.ErrChunkLine,
	},
	{"last chunk ends with LF", ok200 + goodID + chunked + "2\r\n{}\r\n0\n\n", parse.ErrChunkLine},
	{"NUL in an extension", ok200 + goodID + chunked + "2;a=\x00\r\n{}\r\n", parse.ErrControl},
	{
		"endless extension",
		ok200 + goodID + chunked + "2;" + strings.Repeat("a", 20<<10),
		parse.ErrFrames,
	},
	{
		"extensions without data",
		ok200 + goodID + chunked + strings.Repeat("1;"+strings.Repeat("a", 1000)+"\r\nx\r\n", 20),
		parse.ErrFrames,
	},
	{
		"endless trailer",
		ok200 + goodID + chunked + "0\r\n" + strings.Repeat("A: b\r\n", 1000),
		parse.ErrTrailer,
	},
	{"trailer without a colon", ok200 + goodID + chunked + "0\r\nA header\r\n", parse.ErrFieldName},
	{"folded trailer", ok200 + goodID + chunked + "0\r\n folded\r\n", parse.ErrFolded},

	// IDs: they are copied into our own request.
	{"no request ID", ok200 + two, wire.ErrNoRequest},
	{"empty request ID", ok200 + "Lambda-Runtime-Aws-Request-Id: \r\n" + two, wire.ErrNoRequest},
	{
		"a value that looks like it",
		ok200 + "A: Lambda-Runtime-Aws-Request-Id: r\r\n" + two,
		wire.ErrNoRequest,
	},
	{
		"an event in the body",
		ok200 + "Content-Length: 42\r\n\r\nLambda-Runtime-Aws-Request-Id: 12345\r\n\r\n{}",
		wire.ErrNoRequest,
	},
	{
		"request ID with a slash",
		ok200 + "Lambda-Runtime-Aws-Request-Id: ../init/error\r\n" + two,
		parse.ErrID,
	},
	{"request ID with a ?", ok200 + "Lambda-Runtime-Aws-Request-Id: a?b\r\n" + two, parse.ErrID},
	{"request ID with a #", ok200 + "Lambda-Runtime-Aws-Request-Id: a#b\r\n" + two, parse.ErrID},
	{
		"request ID with a %",
		ok200 + "Lambda-Runtime-Aws-Request-Id: a%0d%0ab\r\n" + two,
		parse.ErrID,
	},
	{
		"request ID with a space",
		ok200 + "Lambda-Runtime-Aws-Request-Id: a HTTP/1.1\r\n" + two,
		parse.ErrID,
	},
	{"request ID with a tab", ok200 + "Lambda-Runtime-Aws-Request-Id: a\tb\r\n" + two, parse.ErrID},
	{
		"request ID beyond ASCII",
		ok200 + "Lambda-Runtime-Aws-Request-Id: \xc3\xa4\r\n" + two,
		parse.ErrID,
	},
	{
		"request ID with CR",
		ok200 + "Lambda-Runtime-Aws-Request-Id: a\rb\r\n" + two,
		parse.ErrLineEnd,
	},
	{
		"request ID with NUL",
		ok200 + "Lambda-Runtime-Aws-Request-Id: a\x00b\r\n" + two,
		parse.ErrControl,
	},
	{
		"two request IDs",
		ok200 + goodID + "Lambda-Runtime-Aws-Request-Id: other\r\n" + two,
		parse.ErrIDs,
	},
	{
		"request ID, and an empty one",
		ok200 + goodID + "Lambda-Runtime-Aws-Request-Id:\r\n" + two,
		parse.ErrIDs,
	},
	{"invocation ID with NUL", ok200 + goodID + "Lambda-Runtime-Invocation-Id: a\x00\r\n" + two,
		parse.ErrControl},
	{"unfit invocation ID, and another", ok200 + goodID + "Lambda-Runtime-Invocation-Id: \xe4\r\n" +
		"Lambda-Runtime-Invocation-Id: b\r\n" + two, parse.ErrIDs},
	{"request ID in base64", ok200 + "Lambda-Runtime-Aws-Request-Id: Zm9v/w==\r\n" + two,
		parse.ErrID},
	{
		"invocation ID with CR",
		ok200 + goodID + "Lambda-Runtime-Invocation-Id: a\rHost: x\r\n" + two,
		parse.ErrLineEnd,
	},
	{
		"two invocation IDs",
		ok200 + goodID + "Lambda-Runtime-Invocation-Id: a\r\nLambda-Runtime-Invocation-Id: b\r\n" +
			two,
		parse.ErrIDs,
	},

	// Statuses that bring no event.
	{"201", "HTTP/1.1 201 Created\r\n" + goodID + two, wire.ErrStatus},
	{"202", "HTTP/1.1 202 Accepted\r\n" + goodID + two, wire.ErrStatus},
	{"204 with a body", "HTTP/1.1 204 No Content\r\n" + goodID + two, parse.ErrBodiless},
	{"206", "HTTP/1.1 206 Partial Content\r\n" + goodID + two, wire.ErrStatus},
	{
		"301",
		"HTTP/1.1 301 Moved Permanently\r\nLocation: http://127.0.0.1:9/\r\n" + goodID + two,
		wire.ErrStatus,
	},
	{"304", "HTTP/1.1 304 Not Modified\r\n" + goodID + "Content-Length: 0\r\n\r\n", wire.ErrStatus},
	{"400", "HTTP/1.1 400 Bad Request\r\n" + goodID + two, wire.ErrStatus},
	{"404", "HTTP/1.1 404 Not Found\r\n" + goodID + two, wire.ErrStatus},
	{"429", "HTTP/1.1 429 Too Many Requests\r\n" + goodID + two, wire.ErrStatus},
	{
		"431 that ends with the connection",
		"HTTP/1.1 431 Too Large\r\nConnection: close\r\n\r\n431",
		wire.ErrStatus,
	},
	{"999", "HTTP/1.1 999 ?\r\n" + goodID + two, wire.ErrStatus},
}

// A malformed answer to next ends Run with one line that says where, and nobody ever answers it:
// not when it comes whole, and not when it comes a few bytes at a time.
func TestMalformedAnswerToNext(t *testing.T) {
	for _, c := range malformed {
		for _, trickle := range []int{0, 1} {
			if trickle > 0 && len(c.raw) > 4<<10 {
				trickle = 1 << 10
			}
			refused(t, c.name, lambdatest.Event{Raw: []byte(c.raw), RequestID: "r",
				Trickle: trickle}, c.cause)
		}
	}
}

// Half of a chunk's size is no number of bytes to wait for: the other half may make it one over the
// limit.
func TestChunkSizeInPieces(t *testing.T) {
	t.Parallel()
	for _, size := range []string{"2000001\r\n", "fffffffffffffffe\r\n", "20000x\r\n", "20000\n"} {
		t.Run(strings.TrimSpace(size), func(t *testing.T) {
			t.Parallel()
			peer := peerscript.Listen(t)
			s := looptest.Start(t, minlambda.Loop{Handler: echo, API: peer.Addr})
			conn := peer.Accept()
			conn.Next()
			conn.Offer(ok200 + goodID + chunked + size)
			s.Failed() // and does not wait for what will not come
		})
	}
}

// Bytes behind an event would be taken for the answer to its response.
func TestBytesBehindTheEvent(t *testing.T) {
	accepted := "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
	for name, raw := range map[string]string{
		"one":               ok200 + goodID + two + "x",
		"an answer":         ok200 + goodID + two + accepted,
		"an event":          ok200 + goodID + two + ok200 + goodID + two,
		"a line end":        ok200 + goodID + two + "\r\n",
		"behind no bytes":   ok200 + goodID + "Content-Length: 0\r\n\r\n{}",
		"behind the chunks": ok200 + goodID + chunked + "2\r\n{}\r\n" + last + accepted,
		"behind a trailer":  ok200 + goodID + chunked + "2\r\n{}\r\n0\r\nA: b\r\n\r\n" + accepted,
		"behind a 204":      "HTTP/1.1 204 No Content\r\n\r\n" + ok200 + goodID + two,
	} {
		refused(t, name, lambdatest.Event{Raw: []byte(raw), RequestID: "r"}, wire.ErrUnasked)
	}
}

func refused(t *testing.T, name string, e lambdatest.Event, cause error) {
	t.Helper()
	t.Run(name, func(t *testing.T) { refuse(t, e, cause) })
}

func refuse(t *testing.T, e lambdatest.Event, cause error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	handled := false
	s := looptest.Start(t, minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
		handled = true
		return event, nil
	}})
	s.API.Queue(e)
	s.Queue("not reached")
	got := s.Failed()
	runtime.ReadMemStats(&after)
	s.API.Close()

	if got.Op != "next" || !errors.Is(got, cause) {
		t.Errorf("trickle %d: Run returned %v; want next: %v", e.Trickle, got, cause)
	}
	if len(got.Error()) > 600 ||
		bytes.ContainsFunc([]byte(got.Error()), func(r rune) bool { return r < ' ' || r > '~' }) {
		t.Errorf("message %q", got.Error())
	}
	if handled {
		t.Error("the handler was called")
	}
	if got := looptest.Posts(s.API); len(got) != 0 {
		t.Errorf("POSTs to %q", got)
	}
	if n := s.API.Connections(); n != 1 {
		t.Errorf("%d connections", n)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 2<<20 {
		t.Errorf("%d bytes were allocated", took)
	}
	s.Quiet()
}

// A malformed answer to a response is not tried again: the response may have arrived.
func TestMalformedAnswerToAResponse(t *testing.T) {
	for name, raw := range map[string]string{
		"garbage":    "garbage",
		"unframed":   "HTTP/1.1 202 Accepted\r\n\r\n{}",
		"too large":  "HTTP/1.1 202 Accepted\r\nContent-Length: 33554433\r\n\r\n",
		"3xx":        "HTTP/1.1 307 Temporary Redirect\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
		"bare chunk": "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\nx",
	} {
		t.Run(name, func(t *testing.T) {
			s := looptest.Start(t, minlambda.Loop{Handler: echo})
			s.API.Script(lambdatest.Answer{Raw: []byte(raw)})
			s.Queue("{}")
			if e := s.Failed(); e.Op != "response" {
				t.Errorf("%s: Run returned %v", name, e)
			}
			if got := looptest.Posts(s.API); len(got) != 1 {
				t.Errorf("%s: POSTs %q", name, got)
			}
		})
	}
}

// An event that is chunked and has a length is read by its chunks, and its
// response goes over a new connection, with no GET behind it.
func TestEventWithLengthAndChunks(t *testing.T) {
	const body = "4\r\n{\"a\"\r\n3\r\n:1}\r\n0\r\n\r\n"
	for name, framing := range map[string]string{
		"length first":  "Content-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n",
		"chunked first": "Transfer-Encoding: chunked\r\nContent-Length: 7\r\n\r\n",
		"length 0":      "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n",
		"keep-alive":    "Connection: keep-alive\r\nContent-Length: 9\r\n" + chunked,
	} {
		t.Run(name, func(t *testing.T) {
			peer := peerscript.Listen(t)
			s := looptest.Start(t, minlambda.Loop{Handler: echo, API: peer.Addr})
			conn := peer.Accept()
			conn.Next()
			for _, id := range []string{"one", "two"} {
				conn.Send(ok200 + "Lambda-Runtime-Aws-Request-Id: " + id + "\r\n" + framing + body)
				conn.Ended()
				conn = peer.Accept()
				conn.Response(id, `{"a":1}`)
				if conn.Together() {
					t.Error("a GET has come with the response")
				}
				conn.Send(peerscript.Accepted)
				conn.Next()
			}
			s.Stop()
		})
	}
}

// An answer to a response that is chunked and has a length is an answer, and
// the last on its connection. From then on no GET is sent that could be lost.
func TestAnswerWithLengthAndChunks(t *testing.T) {
	const body = "2\r\nOK\r\n0\r\n\r\n"
	for name, framing := range map[string]string{
		"length first":  "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
		"chunked first": "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			peer := peerscript.Listen(t)
			s := looptest.Start(t, minlambda.Loop{Handler: echo, API: peer.Addr})
			conn := peer.Accept()
			for i, id := range []string{"one", "two"} {
				conn.Next()
				conn.Send(peerscript.Event(id, "{}"))
				conn.Response(id, "{}")
				if together := conn.Together(); together != (i == 0) {
					t.Errorf("%s: a GET has come with the response: %v", id, together)
				} else if together {
					conn.Next()
				}
				conn.Send("HTTP/1.1 202 Accepted\r\n" + framing + body)
				conn.Ended()
				conn = peer.Accept()
			}
			conn.Next()
			s.Stop()
		})
	}
}

// A process that has got a malformed answer prints one line, and ends.
func TestMalformedAnswerEndsTheProcess(t *testing.T) {
	p := looptest.LaunchExample(t, "echo")
	p.API.Queue(lambdatest.Event{Raw: []byte("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")})
	if out := p.Exits(1); strings.Count(out, "\n") != 1 ||
		!strings.HasPrefix(out, "minlambda: next: ") {
		t.Errorf("printed %q", out)
	}
}
