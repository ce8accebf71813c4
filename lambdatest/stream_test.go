package lambdatest

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// streamed is the head of a streamed response, with further fields.
func streamed(id, fields string) string {
	return "POST /2018-06-01/runtime/invocation/" + id + "/response HTTP/1.1\r\nHost: x\r\n" +
		"Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n" +
		"Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n" +
		fields + "\r\n"
}

const httpType = "Content-Type: application/vnd.awslambda.http-integration-response\r\n"

// given has a client ask for an event, and returns its request ID.
func given(t *testing.T, s *Server, e Event) (*Pending, *client, string) {
	t.Helper()
	p, c := s.Queue(e), dial(t, s)
	c.send(getNext)
	return p, c, c.id(c.expect(200))
}

// wantChunk checks the next chunk of a stream.
func wantChunk(t *testing.T, s *Stream, want string) {
	t.Helper()
	if got, err := s.Chunk(); string(got) != want || err != nil {
		t.Fatalf("chunk %q, %v; want %q", got, err, want)
	}
}

// A test sees each chunk when it comes, before the next is sent, however TCP cuts it.
func TestChunksAsTheyArrive(t *testing.T) {
	s := start(t)
	p, c, id := given(t, s, Event{})
	stream := p.Stream(limited(t))
	c.send("%s", streamed(id, ""))
	c.send("5\r\nab")
	c.send("cde\r\n")
	wantChunk(t, stream, "abcde")
	c.send("A;name=value\r\n0123456789\r\n")
	wantChunk(t, stream, "0123456789")
	again := p.Stream(limited(t))
	wantChunk(t, again, "abcde")
	c.send("0\r\n\r\n")
	for _, late := range []*Stream{stream, again} {
		if rest, err := io.ReadAll(late); err != nil || len(rest) > 10 {
			t.Errorf("then %q, %v", rest, err)
		}
		if _, err := late.Chunk(); err != io.EOF {
			t.Errorf("at the end %v", err)
		}
	}
	c.expect(202)
	if r := result(t, p); string(r.Body) != "abcde0123456789" || !r.Streaming || r.Err != nil {
		t.Errorf("result %q, streaming %v, %v", r.Body, r.Streaming, r.Err)
	}
	blameless(t, s)
}

// A stream may have far more bytes than a response.
func TestLongStream(t *testing.T) {
	s := start(t)
	p, c, id := given(t, s, Event{})
	c.send("%s", streamed(id, ""))
	for range 10 {
		c.send("100000\r\n%s\r\n", payload(1<<20))
	}
	c.send("0\r\n\r\n")
	c.expect(202)
	if r := result(t, p); !bytes.Equal(r.Body, bytes.Repeat(payload(1<<20), 10)) {
		t.Errorf("%d bytes", len(r.Body))
	}
	blameless(t, s)
}

// An error in the trailers is the stream's last, and the result has it and what came before.
func TestStreamThatFails(t *testing.T) {
	s := start(t)
	p, c, id := given(t, s, Event{})
	stream := p.Stream(limited(t))
	c.send("%s3\r\nabc\r\n0\r\nLambda-Runtime-Function-Error-Type: Function.Late\r\n"+
		"Lambda-Runtime-Function-Error-Body: %s\r\n\r\n", streamed(id, ""),
		base64.StdEncoding.EncodeToString([]byte(`{"errorMessage":"m","errorType":"t"}`)))
	c.expect(202)
	body, err := io.ReadAll(stream)
	var fault *FunctionError
	if string(body) != "abc" || !errors.As(err, &fault) ||
		fault.Message != "m" || fault.Type != "t" {
		t.Errorf("%q, %v", body, err)
	}
	if r := result(t, p); string(r.Body) != "abc" || r.Err != fault {
		t.Errorf("result %q, %v", r.Body, r.Err)
	}
	blameless(t, s)
}

// Responses and errors that are not streamed are read in the same way.
func TestStreamOfAnOrdinaryResponse(t *testing.T) {
	s := start(t)
	for verb, want := range map[string]error{"response": nil, "error": &FunctionError{}} {
		p, c, id := given(t, s, Event{})
		stream := p.Stream(limited(t))
		c.send("%s", post(id, verb, "", `{"errorMessage":"m","errorType":"t"}`))
		c.expect(202)
		prelude, err := stream.Prelude()
		body, readErr := io.ReadAll(stream)
		if prelude != nil || err != nil || (readErr != nil) != (want != nil) ||
			(len(body) > 0) != (want == nil) {
			t.Errorf("%s: %v, %v, then %q, %v", verb, prelude, err, body, readErr)
		}
		c.Close()
	}
	blameless(t, s)
}

func TestPrelude(t *testing.T) {
	const nuls = "8\r\n\x00\x00\x00\x00\x00\x00\x00\x00\r\n"
	const prelude = `{"statusCode":404,"headers":{"a":"b"},"cookies":["c=d"]}`
	whole := fmt.Sprintf("%x\r\n%s\r\n", len(prelude), prelude)
	joined := fmt.Sprintf("%x\r\n%s%sbody\r\n", len(prelude)+12, prelude, separator)
	for name, test := range map[string]struct {
		chunks, payload string
		violation       string
	}{
		"with a payload":    {whole + nuls + "4\r\nbody\r\n", "body", ""},
		"without a payload": {whole + nuls, "", ""},
		"in one chunk":      {joined, "body", "in chunks of their own"},
		"NULs with payload": {whole + "a\r\n" + separator + "bo\r\n2\r\ndy\r\n", "body",
			"in chunks of their own"},
		"no NULs":       {whole, "", "no eight NULs|in chunks of their own"},
		"not an object": {"2\r\n[]\r\n" + nuls, "", "the prelude is not what it should be"},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			p, c, id := given(t, s, Event{})
			stream := p.Stream(limited(t))
			c.send("%s%s0\r\n\r\n", streamed(id, httpType), test.chunks)
			c.expect(202)
			r := result(t, p)
			got, err := stream.Prelude()
			body, readErr := io.ReadAll(stream)
			if err != nil || readErr != nil || string(body) != test.payload ||
				string(r.Body) != test.payload || r.Prelude == nil || got == nil {
				t.Fatalf("prelude %v, %v, payload %q, %v; result %q", got, err, body, readErr,
					r.Body)
			}
			if name != "not an object" && (got.StatusCode != 404 || got.Headers["a"] != "b" ||
				got.Cookies[0] != "c=d" || string(got.Raw) != prelude) {
				t.Errorf("prelude %+v", got)
			}
			if test.violation == "" {
				blameless(t, s)
			} else if v := s.Violations(); len(v) == 0 {
				t.Error("nothing was noted")
			} else {
				for _, v := range v {
					if !strings.Contains(v, "of their own") && !strings.Contains(v, "prelude") {
						t.Errorf("violation %s", v)
					}
				}
			}
		})
	}
}

// A stream that is cut ends its invocation: nothing else is taken for it, and it is a fault of the
// client, unless the server has dropped the connection.
func TestStreamCut(t *testing.T) {
	for _, dropped := range []bool{false, true} {
		s := start(t)
		p, c, id := given(t, s, Event{})
		stream := p.Stream(limited(t))
		c.send("%s3\r\nabc\r\n5\r\nde", streamed(id, ""))
		wantChunk(t, stream, "abc")
		if dropped {
			s.Drop()
			c.ended()
		} else {
			c.Close()
		}
		for {
			chunk, err := stream.Chunk()
			var fault *FunctionError
			if errors.As(err, &fault) && fault.Type == kindCut {
				break
			}
			if err != nil || string(chunk) != "de" {
				t.Fatalf("then %q, %v", chunk, err)
			}
		}
		if r := result(t, p); !strings.HasPrefix(string(r.Body), "abc") || r.Err == nil {
			t.Errorf("result %q, %v", r.Body, r.Err)
		}
		c = dial(t, s)
		c.send("%s", post(id, "response", "", "again"))
		c.expect(403)
		if dropped {
			blameless(t, s)
		} else {
			blamed(t, s, "body: unexpected EOF after")
		}
	}
}

// An error about an invocation whose response has begun would wait for ever at Lambda.
func TestErrorDuringAStream(t *testing.T) {
	s := start(t)
	p, c, id := given(t, s, Event{})
	stream := p.Stream(limited(t))
	c.send("%s3\r\nabc\r\n", streamed(id, ""))
	wantChunk(t, stream, "abc")
	other := dial(t, s)
	other.send("%s", post(id, "error", "", "{}"))
	other.expect(403)
	blamed(t, s, "has begun")
	c.send("0\r\n\r\n")
	c.expect(202)
	if r := result(t, p); string(r.Body) != "abc" || r.Err != nil {
		t.Errorf("result %q, %v", r.Body, r.Err)
	}
}

// What net/http, which Lambda's server is made of, would not read ends the stream.
func TestStreamsFraming(t *testing.T) {
	for name, sent := range map[string]string{
		"size":          "+3\r\nabc\r\n0\r\n\r\n",
		"no size":       "\r\nabc\r\n0\r\n\r\n",
		"huge":          "ffffffffff\r\n",
		"after a chunk": "3\r\nabcd\r\n0\r\n\r\n",
		"bare LF":       "3\nabc\n0\n\n",
		"long trailers": "0\r\n" + errorType + ": " + strings.Repeat("x", 4100) + "\r\n\r\n",
		"many trailers": "0\r\n" + strings.Repeat(errorType+": x\r\n", 200) + "\r\n",
		"no trailer":    "0\r\nnonsense\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			p, c, id := given(t, s, Event{})
			c.send("%s%s", streamed(id, ""), sent)
			if a := c.expect(400); !strings.Contains(a.body, kindTruncated) {
				t.Errorf("answer %q", a.body)
			}
			if r := result(t, p); r.Err == nil || r.Err.Type != kindCut {
				t.Errorf("result %v", r.Err)
			}
			blamed(t, s, "body:")
		})
	}
}

// A stream that nobody sends is waited for as long as the context says.
func TestStreamThatNeverComes(t *testing.T) {
	s := start(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	cause := errors.New("enough")
	cancel(cause)
	if _, err := s.Queue(Event{}).Stream(ctx).Chunk(); !errors.Is(err, cause) {
		t.Errorf("error %v", err)
	}
	stream := s.Queue(Event{}).Stream(limited(t))
	s.Close()
	if _, err := stream.Read(nil); err != ErrClosed {
		t.Errorf("error %v", err)
	}
}
