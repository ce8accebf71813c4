package faults

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/internal/peerscript"
	"github.com/minlambda/minlambda/lambdatest"
	"github.com/minlambda/minlambda/wire"
)

// streamPieces are what streaming sends of its stream, before "end".
var streamPieces = []string{"first", strings.Repeat("second ", 5000), "third"}

// streaming answers an event with a stream, one that begins with "fail" with an error at its end.
// The handler looks at no error of Flush and Write, unless the event begins with "careful".
func streaming(inv *minlambda.Invocation) error {
	event := string(inv.Event())
	if event == "fine" {
		_, err := inv.WriteString("re fine")
		return err
	}
	for _, piece := range streamPieces {
		if _, err := inv.WriteString(piece); err != nil && strings.HasPrefix(event, "careful") {
			return err
		}
		if err := inv.Flush(); err != nil && strings.HasPrefix(event, "careful") {
			return err
		}
	}
	inv.WriteString("end")
	if strings.HasPrefix(event, "fail") {
		return errors.New("about " + event)
	}
	return nil
}

// streamOf is every byte that the loop sends for an event "id" that streaming has, with the GET.
func streamOf(addr, trailers string) string {
	b := "POST /2018-06-01/runtime/invocation/id/response HTTP/1.1\r\nHost: " + addr +
		"\r\nContent-Type: application/octet-stream" +
		"\r\nLambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked" +
		"\r\nTrailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body" +
		"\r\n\r\n"
	for _, piece := range append(streamPieces[:len(streamPieces):len(streamPieces)], "end") {
		for len(piece) > 0 {
			n := min(len(piece), 32<<10)
			b += fmt.Sprintf("%x\r\n%s\r\n", n, piece[:n])
			piece = piece[n:]
		}
	}
	return b + "0\r\n" + trailers + "\r\n" +
		"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: " + addr +
		"\r\nUser-Agent: minlambda/" + wire.Version + "\r\n\r\n"
}

// trailersOf are the trailers of an error that streaming returns.
const trailersOf = "Lambda-Runtime-Function-Error-Type: Function.ErrorString\r\n" +
	"Lambda-Runtime-Function-Error-Body: " +
	"eyJlcnJvck1lc3NhZ2UiOiJhYm91dCBmYWlsIiwiZXJyb3JUeXBlIjoiZXJyb3JTdHJpbmcifQ==\r\n"

// served expects that the loop asks on a connection, and serves what it is given.
func served(conn *peerscript.Conn) {
	conn.Next()
	conn.Send(peerscript.Event("fine", "fine"))
	conn.Response("fine", "re fine")
	conn.Send(peerscript.Accepted)
	conn.Next()
}

// A stream that fails before its first flush is an invocation that fails.
func TestStreamFailsBeforeItsFirstFlush(t *testing.T) {
	api := looptest.Serve(t)
	start(t, api.Addr(), minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		inv.WriteString("re fine")
		if string(inv.Event()) == "fine" {
			return nil
		}
		inv.SetPrelude([]byte("{}"))
		return errors.New("too early")
	}})
	p := api.Queue(lambdatest.Event{Payload: []byte("fail")})
	if r := looptest.Result(t, p); r.Streaming || r.Err == nil || r.Err.Message != "too early" {
		t.Errorf("ended with %s, streaming %v", outcome(r), r.Streaming)
	}
	for _, r := range api.Requests() {
		if r.Method == "POST" && !strings.HasSuffix(r.Path, "/error") {
			t.Errorf("a POST to %s", r.Path)
		}
	}
	fine(t, api)
}

// A stream that fails after its first flush ends with trailers, in the write that asks for the next
// event, and never with a POST to /error.
func TestStreamFailsAfterItsFirstFlush(t *testing.T) {
	peer := peerscript.Listen(t)
	s := start(t, peer.Addr, minlambda.Loop{Invoke: streaming})
	conn := peer.Accept()
	conn.Next()
	for range 2 {
		conn.Send(peerscript.Event("id", "fail"))
		conn.Bytes(streamOf(peer.Addr, trailersOf))
		conn.Send(peerscript.Accepted)
	}
	conn.Send(peerscript.Event("fine", "fine"))
	conn.Response("fine", "re fine")
	if got := s.Logged(); len(got) > 0 {
		t.Errorf("logged %q", got)
	}
}

// Wherever in a stream the connection is lost, it is logged, and the loop connects again and asks
// for the next event: no byte of the stream is sent again, nor is it reported as failed.
func TestStreamConnectionGone(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"closed", "reset", "closed for writing"} {
		for _, event := range []string{"careless", "careful", "fail"} {
			t.Run(how+", "+event, func(t *testing.T) {
				t.Parallel()
				peer := peerscript.Listen(t)
				s := start(t, peer.Addr, minlambda.Loop{Invoke: streaming, Poison: true})
				trailers := ""
				if event == "fail" {
					trailers = trailersOf
				}
				all := streamOf(peer.Addr, trailers)
				conn := peer.Accept()
				for after := 1; after <= len(all); after += max(1, min(389, len(all)-after)) {
					conn.Next()
					s.forget()
					conn.Send(peerscript.Event("id", event))
					conn.Bytes(all[:after])
					switch how {
					case "closed":
						conn.Close()
					case "reset":
						conn.Reset()
					default:
						conn.CloseWrite()
					}
					next := peer.Accept()
					served(next)
					conn.Close()
					got := s.Logged()
					if len(got) != 1 || !strings.HasPrefix(got[0], "minlambda: response: ") ||
						!strings.Contains(got[0], ": in a stream, after ") {
						t.Fatalf("after %d bytes: logged %q", after, got)
					}
					if after == len(all) {
						break
					}
					next.Close()
					conn = peer.Accept()
				}
			})
		}
	}
}

// An answer may come in mid-stream. It is read, wherever it came and whatever becomes of the
// connection then; the loop logs what it says, and goes on.
func TestStreamAnsweredInMidStream(t *testing.T) {
	t.Parallel()
	for _, status := range []int{413, 400, 403, 410} {
		for _, how := range []string{"goes on", "closes", "says so and closes"} {
			for _, event := range []string{"careless", "careful", "fail"} {
				t.Run(fmt.Sprint(status, ", ", how, ", ", event), func(t *testing.T) {
					t.Parallel()
					answerInMidStream(t, status, how, event)
				})
			}
		}
	}
}

func answerInMidStream(t *testing.T, status int, how, event string) {
	peer := peerscript.Listen(t)
	s := start(t, peer.Addr, minlambda.Loop{Invoke: streaming})
	trailers := ""
	if event == "fail" {
		trailers = trailersOf
	}
	all := streamOf(peer.Addr, trailers)
	fields := []string{"Content-Type: application/json"}
	if how == "says so and closes" {
		fields = append(fields, "Connection: close")
	}
	const body = `{"errorMessage":"m","errorType":"t"}`
	conn := peer.Accept()
	conn.Next()
	for after := 1; after < len(all); after += 4999 {
		s.forget()
		conn.Send(peerscript.Event("id", event))
		conn.Bytes(all[:after])
		conn.Send(peerscript.Answer(status, body, fields...))
		if how == "goes on" {
			conn.Bytes(all[after:])
			conn.Send(peerscript.Event("fine", "fine"))
			conn.Response("fine", "re fine")
			conn.Send(peerscript.Accepted)
			conn.Next()
		} else {
			conn.CloseWrite()
			next := peer.Accept() // the handler's writes have not been waited for
			conn.Close()
			served(next)
			conn = next
		}
		want := fmt.Sprintf("minlambda: response to id refused: %d %s", status, body)
		if got := s.Logged(); len(got) != 1 || got[0] != want {
			t.Fatalf("after %d bytes: logged %q; want %q", after, got, want)
		}
	}
}

// A server that has answered and reads no more breaks the handler's writes; its answer is still
// read.
func TestStreamRefusedAndBroken(t *testing.T) {
	peer := peerscript.Listen(t)
	wrote := make(chan error, 1)
	s := start(t, peer.Addr, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		if string(inv.Event()) == "fine" {
			return streaming(inv)
		}
		inv.Flush()
		var returned error
		for returned == nil {
			_, returned = inv.Write(make([]byte, 64<<10))
		}
		wrote <- returned
		if err := inv.Flush(); err != returned {
			t.Errorf("Flush returned %v; want %v", err, returned)
		}
		if n, err := inv.WriteString("x"); n != 0 || err != returned {
			t.Errorf("WriteString returned %d, %v; want %v", n, err, returned)
		}
		if n, err := inv.ReadFrom(strings.NewReader("x")); n != 0 || err != returned {
			t.Errorf("ReadFrom returned %d, %v; want %v", n, err, returned)
		}
		return fmt.Errorf("gave up: %w", returned)
	}})
	conn := peer.Accept()
	conn.Next()
	conn.Send(peerscript.Event("id", "large"))
	conn.Bytes("POST")
	conn.Send(peerscript.Answer(413, "too large", "Connection: close"))
	conn.Close() // what is unread makes a reset of it
	served(peer.Accept())
	var e *minlambda.Error
	if returned := <-wrote; !errors.As(returned, &e) || e.Op != "response" {
		t.Errorf("Write returned %v", returned)
	}
	got := s.Logged()
	if len(got) != 1 || !strings.Contains(got[0], "413 too large") &&
		!strings.Contains(got[0], "in a stream, after") {
		t.Errorf("logged %q", got)
	}
}

// A status that ends the loop ends it in a stream as well.
func TestStreamAnswered500(t *testing.T) {
	peer := peerscript.Listen(t)
	s := start(t, peer.Addr, minlambda.Loop{Invoke: streaming})
	conn := peer.Accept()
	conn.Next()
	conn.Send(peerscript.Event("id", "careless"))
	conn.Bytes("POST")
	conn.Send(peerscript.Answer(500, "container error"))
	if e := s.Failed(); !strings.Contains(e.Error(), "500 container error") {
		t.Errorf("Run returned %v", e)
	}
}

// A connection that the server closes while the handler works, before it streams, is made anew, and
// so is one that has brought bytes that nobody asked for: they are not the stream's answer.
func TestStreamAfterTheConnectionHasGone(t *testing.T) {
	for _, said := range []string{"", "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"} {
		peer := peerscript.Listen(t)
		running, closed := make(chan struct{}), make(chan bool)
		s := start(t, peer.Addr, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
			if string(inv.Event()) != "fine" {
				close(running)
				<-closed
			}
			return streaming(inv)
		}})
		conn := peer.Accept()
		conn.Next()
		conn.Send(peerscript.Event("id", "careful"))
		await(t, "the handler", running)
		conn.Send(said)
		conn.Close()
		settle()
		closed <- true
		next := peer.Accept()
		next.Bytes(streamOf(peer.Addr, ""))
		next.Send(peerscript.Accepted)
		next.Send(peerscript.Event("fine", "fine"))
		next.Response("fine", "re fine")
		got := s.Logged()
		if len(got) > 1 || (len(got) == 1) != (said != "") {
			t.Errorf("logged %q", got)
		}
	}
}

// Where no connection can be made nothing of the stream has begun: its invocation is reported when
// there is one again.
func TestStreamWithoutAConnection(t *testing.T) {
	peer := peerscript.Listen(t)
	running, closed := make(chan struct{}), make(chan bool)
	var flushed error
	s := start(t, peer.Addr, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		if string(inv.Event()) == "fine" {
			return streaming(inv)
		}
		close(running)
		<-closed
		inv.WriteString("not sent")
		flushed = inv.Flush()
		if _, err := inv.WriteString("x"); err != flushed {
			t.Errorf("WriteString returned %v; want %v", err, flushed)
		}
		<-closed // it has tried
		<-closed
		return nil
	}})
	conn := peer.Accept()
	conn.Next()
	conn.Send(peerscript.Event("id", "event"))
	await(t, "the handler", running)
	peer.Close()
	conn.Close()
	settle()
	closed <- true
	closed <- true
	peer = peerscript.ListenOn(t, "tcp4", peer.Addr)
	closed <- true
	conn = peer.Accept()
	report := conn.Error("id")
	conn.Send(peerscript.Accepted)
	served(conn)
	var e *minlambda.Error
	if !errors.As(flushed, &e) || e.Op != "connect" ||
		!strings.Contains(report, "minlambda: connect: ") {
		t.Errorf("Flush returned %v, reported was %q", flushed, report)
	}
	if got := s.Logged(); len(got) > 0 {
		t.Errorf("logged %q", got)
	}
}

// A stream that is sent in one write is sent once more, as any response, if the connection is lost.
func TestUnflushedPreludeIsSentOnceMore(t *testing.T) {
	peer := peerscript.Listen(t)
	start(t, peer.Addr, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		if string(inv.Event()) != "fine" {
			inv.SetPrelude([]byte("{}"))
		}
		_, err := inv.WriteString("re fine")
		return err
	}})
	conn := peer.Accept()
	conn.Next()
	conn.Send(peerscript.Event("id", "event"))
	conn.Bytes("POST")
	conn.Reset()
	const body = "2\r\n{}\r\n8\r\n\x00\x00\x00\x00\x00\x00\x00\x00\r\n7\r\nre fine\r\n0\r\n\r\n"
	conn = peer.Accept()
	conn.Response("id", body)
	conn.Send(peerscript.Accepted)
	served(conn)
}

// A reader that stops slows the handler, and nothing is lost.
func TestStreamReaderThatStops(t *testing.T) {
	const size = 16 << 20
	peer := peerscript.Listen(t)
	ended := make(chan bool, 1)
	start(t, peer.Addr, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		inv.Flush()
		n, err := inv.ReadFrom(io.LimitReader(letters{}, size))
		if n != size || err != nil {
			t.Errorf("read %d bytes, %v", n, err)
		}
		ended <- true
		return nil
	}})
	conn := peer.Accept()
	conn.Next()
	conn.Send(peerscript.Event("id", "event"))
	conn.Bytes("POST ")
	settle()
	select {
	case <-ended:
		t.Error("the handler did not wait for its reader")
	default:
	}
	head, _, _ := strings.Cut(streamOf(peer.Addr, ""), "\r\n\r\n")
	conn.Bytes(strings.TrimPrefix(head, "POST ") + "\r\n\r\n")
	chunk := "8000\r\n" + strings.Repeat("a", 32<<10) + "\r\n"
	for range size / (32 << 10) {
		conn.Bytes(chunk)
	}
	conn.Bytes("0\r\n\r\n")
	conn.Next()
}

// settle gives the kernel time to see what was sent or closed: likely enough, and no test fails if
// it has not.
func settle() { time.Sleep(20 * time.Millisecond) }

// letters is a text without an end.
type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}
