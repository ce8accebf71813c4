package minlambda_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/peerscript"
	"github.com/minlambda/minlambda/pool"
)

const preludeType = "application/vnd.awslambda.http-integration-response"

// streamHead is the head of a streamed response to the event "id".
func streamHead(addr, contentType string) string {
	return "POST /2018-06-01/runtime/invocation/id/response HTTP/1.1\r\nHost: " + addr +
		"\r\nContent-Type: " + contentType +
		"\r\nLambda-Runtime-Invocation-Id: nonce" +
		"\r\nLambda-Runtime-Function-Response-Mode: streaming" +
		"\r\nTransfer-Encoding: chunked" +
		"\r\nTrailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body" +
		"\r\n\r\n"
}

// inChunks frames each text as a chunk.
func inChunks(texts ...string) (chunks string) {
	for _, text := range texts {
		chunks += fmt.Sprintf("%x\r\n%s\r\n", len(text), text)
	}
	return chunks
}

const eightNULs = "\x00\x00\x00\x00\x00\x00\x00\x00"

// k is a text of n KiB.
func k(n int) string { return strings.Repeat("k", n<<10) }

// streamCases are handlers, and the chunks that come of them.
var streamCases = map[string]struct {
	handle      func(inv *minlambda.Invocation)
	contentType string
	chunks      string
}{
	"nothing": {func(inv *minlambda.Invocation) { inv.Flush() },
		"application/octet-stream", ""},
	"written before": {func(inv *minlambda.Invocation) { inv.WriteString("a"); inv.Flush() },
		"application/octet-stream", inChunks("a")},
	"written after": {func(inv *minlambda.Invocation) { inv.Flush(); inv.WriteString("a") },
		"application/octet-stream", inChunks("a")},
	"content type": {func(inv *minlambda.Invocation) {
		inv.SetContentType("application/json")
		inv.Flush()
		inv.SetContentType("too/late\n")
	}, "application/json", ""},
	"flushed twice": {func(inv *minlambda.Invocation) {
		inv.Flush()
		inv.Flush()
		inv.Write([]byte("a"))
		inv.Flush()
		inv.Flush()
	}, "application/octet-stream", inChunks("a")},
	"parts": {func(inv *minlambda.Invocation) {
		for _, part := range []string{"a", "", "bc"} {
			inv.WriteString(part)
			inv.Flush()
		}
		inv.WriteString("d")
	}, "application/octet-stream", inChunks("a", "bc", "d")},
	"as soon as 32 KiB are there": {func(inv *minlambda.Invocation) {
		inv.WriteString(k(33))
		inv.Flush() // before it nothing is sent
		inv.WriteString(k(31))
		inv.WriteString(k(2)) // fills the chunk, and begins another
		inv.Write([]byte(k(30)))
		inv.Write([]byte(k(1)))
		inv.WriteString(k(65))
	}, "application/octet-stream", inChunks(k(33), k(32), k(32), k(32), k(32), k(1))},
	"large, from where it is": {func(inv *minlambda.Invocation) {
		inv.Flush()
		inv.Write([]byte(k(64)))
		inv.WriteString("pending")
		inv.Write([]byte(k(32)))
		inv.Write([]byte(k(31)))
	}, "application/octet-stream", inChunks(k(32), k(32), "pending"+k(32), k(31))},
	"read": {func(inv *minlambda.Invocation) {
		inv.Flush()
		inv.WriteString("after ")
		inv.ReadFrom(iotest.OneByteReader(strings.NewReader("abc")))
		inv.ReadFrom(strings.NewReader(k(40)))
	}, "application/octet-stream", inChunks("after a", "b", "c", k(32), k(8))},
	"Dst and SetResponse": {func(inv *minlambda.Invocation) {
		inv.WriteString("sent")
		inv.Flush()
		inv.WriteString("dropped")
		inv.SetResponse(append(inv.Dst()[:0], "in place"...))
		inv.Flush()
		inv.SetResponse(inv.Event())
		inv.WriteString(" and more")
		inv.Flush()
		inv.SetResponse(inv.Event())
		inv.Write([]byte(k(32)))
		inv.SetResponse([]byte(k(40)))
		inv.WriteString("after it")
		inv.SetResponse([]byte(k(33)))
		inv.ReadFrom(strings.NewReader("read"))
		inv.SetResponse(inv.Event())
	}, "application/octet-stream", inChunks("sent", "in place", "event and more", "event"+k(32),
		k(40), k(33), "read", "event")},
	"prelude": {func(inv *minlambda.Invocation) {
		inv.SetContentType("not/used")
		inv.SetPrelude([]byte(`{"statusCode":404}`))
		inv.WriteString("payload")
	}, preludeType, inChunks(`{"statusCode":404}`, eightNULs, "payload")},
	"prelude, no payload": {func(inv *minlambda.Invocation) {
		inv.SetPrelude([]byte("[]"))
		inv.SetPrelude([]byte(" {}\n"))
	}, preludeType, inChunks(" {}\n", eightNULs)},
	"prelude, flushed": {func(inv *minlambda.Invocation) {
		inv.SetPrelude([]byte("{}"))
		inv.Flush()
		inv.WriteString("payload")
	}, preludeType, inChunks("{}", eightNULs, "payload")},
	"long prelude": {func(inv *minlambda.Invocation) {
		inv.SetPrelude([]byte("{" + k(40) + "}"))
		inv.WriteString("a")
		inv.Flush()
		inv.Write([]byte(k(64)))
	}, preludeType, inChunks("{"+k(40)+"}", eightNULs, "a", k(32), k(32))},
}

// Every byte of a stream and of the GET after it, as a script sees them: which chunks are made of
// what the handler writes.
func TestStreamBytes(t *testing.T) {
	for name, test := range streamCases {
		for _, poison := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s,poison=%v", name, poison), func(t *testing.T) {
				peer := peerscript.Listen(t)
				ctx, cancel := context.WithCancel(context.Background())
				done := make(chan struct{})
				go func() {
					defer close(done)
					invoke := func(inv *minlambda.Invocation) error { test.handle(inv); return nil }
					(&minlambda.Loop{API: peer.Addr, Poison: poison, Invoke: invoke}).Run(ctx)
				}()
				defer func() { cancel(); <-done }()
				conn := peer.Accept()
				for range 2 {
					conn.Next()
					nonce := "Lambda-Runtime-Invocation-Id: nonce"
					conn.Send(peerscript.Event("id", "event", nonce))
					conn.Bytes(streamHead(peer.Addr, test.contentType) + test.chunks + "0\r\n\r\n")
					conn.Send(peerscript.Accepted)
				}
			})
		}
	}
}

// A caller gets each part when it is flushed, and not before.
func TestFlush(t *testing.T) {
	step := make(chan bool)
	s := start(t, nil, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		inv.SetContentType("text/plain")
		for _, part := range []string{"", "one", "two"} {
			inv.WriteString(part)
			if err := inv.Flush(); err != nil {
				return err
			}
			<-step
		}
		return nil
	}})
	p := s.queue("")
	stream := p.Stream(t.Context())
	until(t, func() bool { return len(s.api.Requests()) > 0 })
	step <- true
	for _, want := range []string{"one", "two"} {
		if got, err := stream.Chunk(); string(got) != want || err != nil {
			t.Fatalf("chunk %q, %v; want %q", got, err, want)
		}
		step <- true
	}
	if r := s.result(p); string(r.Body) != "onetwo" || !r.Streaming || r.Err != nil ||
		r.Header.Get("Content-Type") != "text/plain" {
		t.Errorf("ended with %q, %v, %v", r.Body, r.Err, r.Header)
	}
	s.quiet()
}

func until(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain")
		}
	}
}

// A stream may have more bytes than a response, and what is not flushed may not.
func TestStreamLimit(t *testing.T) {
	piece := bytes.Repeat([]byte("p"), 1<<20)
	s := start(t, nil, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		if string(inv.Event()) == "stream" {
			inv.Flush()
		}
		for range 8 {
			inv.Write(piece)
		}
		if string(inv.Event()) == "late" {
			if err := inv.Flush(); err != minlambda.ErrResponseTooLarge {
				t.Errorf("Flush returned %v", err)
			}
		}
		if string(inv.Event()) == "replaced" {
			inv.SetResponse([]byte("small"))
			return inv.Flush()
		}
		return nil
	}})
	if r := s.invoke("stream"); len(r.Body) != 8<<20 || r.Err != nil {
		t.Errorf("a stream of %d bytes, %v", len(r.Body), r.Err)
	}
	for _, event := range []string{"whole", "late"} {
		r := s.invoke(event)
		if r.Err == nil || r.Err.Type != "Function.ResponseSizeTooLarge" || r.Streaming {
			t.Errorf("%s: %d bytes, %v", event, len(r.Body), r.Err)
		}
	}
	if r := s.invoke("replaced"); string(r.Body) != "small" || !r.Streaming {
		t.Errorf("replaced: %q, %v", r.Body, r.Err)
	}
	s.quiet()
}

// A handler that fails, panics or exits before its first Flush has its error reported; afterwards
// the stream ends with it. What was written by then is sent. No byte of one invocation shows in
// another's.
func TestStreamThatFails(t *testing.T) {
	long := strings.Repeat("\u00e4\"\n", 20_000)
	failures := map[string]failure{
		"error": {func() error { return errors.New("on purpose") }, "errorString", "on purpose",
			"Function.ErrorString", false},
		"long error": {func() error { return errors.New(long) }, "errorString", long,
			"Function.ErrorString", false},
		"panic": {func() error { panic("at once") }, "string", "at once",
			"Runtime.Panic", true},
		"deep panic": {func() error { return dive(60) }, "string", long,
			"Runtime.Panic", true},
		"Goexit": {func() error { runtime.Goexit(); return nil }, "Goexit",
			"handler called runtime.Goexit", "Runtime.Panic", true},
	}
	for name, f := range failures {
		for _, flush := range []bool{false, true} {
			for _, prelude := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s,flush=%v,prelude=%v", name, flush, prelude),
					func(t *testing.T) { f.judge(t, flush, prelude) })
			}
		}
	}
}

// A failure of a handler, and what its report has.
type failure struct {
	fail          func() error
	kind, message string
	header        string // the type in the form that the API keeps
	ends          bool   // the loop
}

// judge has a handler fail, after a flush or before, and looks at how the invocation has ended.
func (f failure) judge(t *testing.T, flush, prelude bool) {
	invoke := func(inv *minlambda.Invocation) error {
		if string(inv.Event()) == "fine" {
			inv.WriteString("fine")
			return nil
		}
		if prelude {
			inv.SetPrelude([]byte("{}"))
		}
		inv.WriteString("sent ")
		if flush {
			inv.Flush()
		}
		inv.WriteString("and written")
		return f.fail()
	}
	s := start(t, nil, minlambda.Loop{Invoke: invoke})
	r := s.invoke("")
	if r.Err == nil || r.Err.Type != f.kind || r.Streaming != flush {
		t.Fatalf("ended with %q, %v, streaming %v", r.Body, r.Err, r.Streaming)
	}
	came, fields, message := "", r.Header, r.Err.Message
	if flush {
		came, fields = "sent and written", r.Trailer
		message = strings.TrimSuffix(message, "\u2026") // it may be cut
	}
	if string(r.Body) != came {
		t.Errorf("%q came; want %q", r.Body, came)
	}
	header := fields.Get("Lambda-Runtime-Function-Error-Type")
	if header != f.header || !strings.HasPrefix(f.message, message) ||
		len(message) < min(len(f.message), 900) || f.ends && len(r.Err.StackTrace) == 0 {
		t.Errorf("type %s, message %.100q, %d frames", header, message, len(r.Err.StackTrace))
	}
	if !f.ends {
		s.fine()
		s.quiet()
	} else if s.wait(); len(s.messages()) != 1 {
		t.Errorf("logged %q", s.messages())
	}
}

// dive panics deep down.
func dive(n int) error {
	if n == 0 {
		panic(strings.Repeat("\u00e4\"\n", 20_000))
	}
	err := dive(n - 1)
	runtime.KeepAlive(n)
	return err
}

// What is wrong with a prelude, or comes too late, fails the invocation: with trailers if the
// stream has begun.
func TestPreludeMisuse(t *testing.T) {
	for _, bad := range []string{"", " ", "[]", "null", "{", "}{", "{}x", "{\x00}", "{}\x00",
		"{\"a\":\"\x1f\"}"} {
		var got error
		s := start(t, nil, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
			got = inv.SetPrelude([]byte(bad))
			inv.WriteString("payload")
			if err := inv.Flush(); err != got {
				t.Errorf("%q: Flush returned %v", bad, err)
			}
			return nil
		}})
		r := s.invoke("")
		if r.Err == nil || r.Err.Type != "Function.InvalidPrelude" || r.Streaming || got == nil ||
			r.Err.Message != got.Error() {
			t.Errorf("%q ended with %q, %v", bad, r.Body, r.Err)
		}
		s.quiet()
	}
	s := start(t, nil, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		inv.WriteString("sent")
		inv.Flush()
		if inv.SetPrelude([]byte("{}")) == nil {
			t.Error("a late prelude was taken")
		}
		inv.WriteString(" and goes on")
		return inv.Flush()
	}})
	r := s.invoke("")
	if string(r.Body) != "sent and goes on" || r.Err == nil ||
		r.Err.Type != "Function.InvalidPrelude" {
		t.Errorf("ended with %q, %v", r.Body, r.Err)
	}
	s.quiet()
}

// A prelude is its invocation's alone.
func TestPreludeIsForgotten(t *testing.T) {
	s := start(t, nil, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		switch string(inv.Event()) {
		case "prelude":
			return inv.SetPrelude([]byte("{}"))
		case "fails":
			inv.SetPrelude([]byte("{}"))
			return errors.New("on purpose")
		}
		inv.WriteString("payload")
		return inv.Flush()
	}})
	for _, event := range []string{"prelude", "stream", "fails", "stream"} {
		r := s.invoke(event)
		if event == "stream" && (string(r.Body) != "payload" || r.Prelude != nil) {
			t.Errorf("ended with %q, prelude %v", r.Body, r.Prelude)
		}
	}
	s.quiet()
}

// A content type that can't be sent is found by the first Flush, which sends nothing.
func TestStreamContentType(t *testing.T) {
	s := start(t, nil, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		inv.SetContentType("a\r\nb")
		if inv.Flush() == nil {
			t.Error("Flush returned no error")
		}
		return nil
	}})
	r := s.invoke("")
	if r.Err == nil || r.Err.Type != "Function.InvalidContentType" || r.Streaming {
		t.Errorf("ended with %q, %v", r.Body, r.Err)
	}
	s.quiet()
}

// What was sent may be overwritten: a handler that keeps Dst over a Flush finds out with poison.
// Its own memory is left alone.
func TestStreamPoison(t *testing.T) {
	for _, field := range []bool{false, true} {
		own := bytes.Repeat([]byte("own"), 20_000)
		invoke := func(inv *minlambda.Invocation) error {
			inv.WriteString("kept")
			kept := inv.Dst()
			inv.Flush()
			if got := poisoned(kept); got != (field || pool.Always) {
				t.Errorf("poison %v, tag %v: %q was kept", field, pool.Always, kept)
			}
			inv.Write(own)
			inv.Flush()
			inv.SetResponse(own[:3])
			inv.Flush()
			inv.SetResponse(inv.Event())
			return inv.Flush()
		}
		s := start(t, nil, minlambda.Loop{Poison: field, Invoke: invoke})
		if r := s.invoke("event"); string(r.Body) != "kept"+string(own)+"own"+"event" {
			t.Errorf("ended with %d bytes, %v", len(r.Body), r.Err)
		}
		if !bytes.Equal(own, bytes.Repeat([]byte("own"), 20_000)) {
			t.Error("the handler's memory has changed")
		}
	}
}

// A reader that fails, or that reads nothing, is what ReadFrom returns; what it has read is sent.
func TestStreamReadFrom(t *testing.T) {
	broken := errors.New("broken")
	s := start(t, nil, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		inv.Flush()
		n, err := inv.ReadFrom(io.MultiReader(strings.NewReader("read"), iotest.ErrReader(broken)))
		if n != 4 || err != broken {
			t.Errorf("copied %d, %v", n, err)
		}
		n, err = inv.ReadFrom(readerFunc(func(p []byte) (int, error) { return 0, nil }))
		if n != 0 || err != io.ErrNoProgress {
			t.Errorf("copied %d, %v", n, err)
		}
		n, err = inv.ReadFrom(readerFunc(func(p []byte) (int, error) { return len(p) + 1, nil }))
		if n != 0 || err == nil {
			t.Errorf("copied %d, %v", n, err)
		}
		sizes := 0
		n, err = inv.ReadFrom(readerFunc(func(p []byte) (int, error) {
			if sizes = max(sizes, len(p)); inv.Flush() != nil {
				t.Error("Flush in Read")
			}
			return copy(p, " all"), io.EOF
		}))
		if n != 4 || err != nil || sizes != 32<<10 {
			t.Errorf("copied %d, %v, at most %d at once", n, err, sizes)
		}
		return nil
	}})
	if r := s.invoke(""); string(r.Body) != "read all" || r.Err != nil {
		t.Errorf("ended with %q, %v", r.Body, r.Err)
	}
	s.quiet()
}

// A context that ends while nobody reads the stream ends Run, and Flush returns.
func TestContextEndsInAStream(t *testing.T) {
	peer := peerscript.Listen(t)
	ctx, cancel := context.WithCancel(context.Background())
	var returned error
	done := make(chan error)
	go func() {
		l := minlambda.Loop{API: peer.Addr, Invoke: func(inv *minlambda.Invocation) error {
			inv.Flush()
			cancel()
			for returned == nil {
				_, returned = inv.Write(make([]byte, 1<<20))
			}
			if inv.Flush() != returned {
				t.Error("Flush returns another error")
			}
			return nil
		}}
		done <- l.Run(ctx)
	}()
	conn := peer.Accept()
	conn.Next()
	conn.Send(peerscript.Event("id", "event"))
	select {
	case err := <-done:
		if err == nil || returned == nil {
			t.Errorf("Run returned %v, Write %v", err, returned)
		}
	case <-time.After(patience):
		t.Fatal("Run hangs")
	}
}

// A context that ends in a stream leaves it to its handler, and to a server that reads.
func TestContextEndsBeforeTheEndOfAStream(t *testing.T) {
	var s *session
	s = start(t, nil, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		inv.WriteString("a")
		inv.Flush()
		s.cancel()
		inv.WriteString("b")
		return nil
	}})
	if r := s.invoke(""); string(r.Body) != "ab" || r.Err != nil {
		t.Errorf("ended with %q, %v", r.Body, r.Err)
	}
	s.stop()
}

// In sequence the GET waits for the answer to the stream.
func TestStreamInSequence(t *testing.T) {
	peer := peerscript.Listen(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	invoke := func(inv *minlambda.Invocation) error {
		inv.WriteString("a")
		return inv.Flush()
	}
	l := minlambda.Loop{API: peer.Addr, InSequence: true, Invoke: invoke}
	go l.Run(ctx)
	conn := peer.Accept()
	conn.Next()
	conn.Send(peerscript.Event("id", "event"))
	conn.Response("id", inChunks("a")+"0\r\n\r\n")
	if conn.Together() {
		t.Error("the GET did not wait")
	}
	conn.Send(peerscript.Accepted)
	conn.Next()
}
