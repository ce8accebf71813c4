package lambdatest

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestRawEvent(t *testing.T) {
	const raw = "HTTP/1.1 200 OK\r\nlambda-runtime-aws-request-id: r-1\r\n" +
		"content-length: 2\r\n\r\nhi"
	for _, trickle := range []int{0, 1, 7} {
		s := start(t)
		p := s.Queue(Event{Raw: []byte(raw), Trickle: trickle})
		c := dial(t, s)
		c.send(getNext)
		c.readRaw(raw)
		c.send("%s", post("r-1", "response", "", "ok"))
		c.expect(202)
		if r := result(t, p); string(r.Body) != "ok" {
			t.Errorf("result %q", r.Body)
		}
		blameless(t, s)
	}
}

func TestRawNoContent(t *testing.T) {
	const raw = "HTTP/1.1 204 No Content\r\n\r\n"
	s := start(t)
	s.Queue(Event{Raw: []byte(raw)})
	s.Queue(Event{Payload: []byte("x")})
	c := dial(t, s)
	c.send(getNext)
	c.readRaw(raw)
	c.send(getNext)
	if got := c.expect(200).body; got != "x" {
		t.Errorf("event %q", got)
	}
	blameless(t, s)
}

func TestTrickledEvent(t *testing.T) {
	s := start(t)
	s.Queue(Event{Payload: payload(5000), Trickle: 1, Chunks: 5})
	c := dial(t, s)
	c.send(getNext)
	if got := c.expect(200).body; got != string(payload(5000)) {
		t.Error("the payload came out different")
	}
}

func TestEventThenClose(t *testing.T) {
	s := start(t)
	p := s.Queue(Event{Payload: []byte("x"), Close: true})
	c := dial(t, s)
	c.send(getNext)
	id := c.id(c.expect(200))
	c.ended()
	again := dial(t, s)
	again.send("%s", post(id, "response", "", "y"))
	again.expect(202)
	if r := result(t, p); string(r.Body) != "y" {
		t.Errorf("result %q", r.Body)
	}
}

func TestEventThenReset(t *testing.T) {
	s := start(t)
	s.Queue(Event{Raw: []byte("HTTP/1.1 200"), Reset: true})
	s.Queue(Event{Payload: []byte("next")})
	c := dial(t, s)
	c.send(getNext)
	if _, err := io.ReadAll(c.in); err == nil || isTimeout(err) {
		t.Errorf("got %v, want a reset", err)
	}
	again := dial(t, s)
	again.send(getNext)
	if got := again.expect(200).body; got != "next" {
		t.Errorf("event %q", got)
	}
}

func TestSilentEvent(t *testing.T) {
	s := start(t)
	s.Queue(Event{Silent: true})
	s.Queue(Event{Payload: []byte("next")})
	c := dial(t, s)
	c.send(getNext)
	<-s.Asked()
	again := dial(t, s)
	again.send(getNext)
	if got := again.expect(200).body; got != "next" {
		t.Errorf("event %q", got)
	}
	c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if _, err := c.Read(make([]byte, 1)); !isTimeout(err) {
		t.Errorf("the silent connection gave %v", err)
	}
	c.send(getNext) // it is read, but not answered either
	s.Drop()
	c.SetReadDeadline(time.Now().Add(patience))
	if n, err := io.Copy(io.Discard, c.Conn); n > 0 || isTimeout(err) {
		t.Errorf("after Drop: %d bytes, %v", n, err)
	}
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}

// answered takes one invocation on a new connection to the point where the answer to its POST can
// be read. next is sent after the POST.
func answered(t *testing.T, s *Server, body string, next string) (*client, *Pending) {
	t.Helper()
	p := s.Queue(Event{})
	c := dial(t, s)
	c.send(getNext)
	c.expect(200)
	c.send("%s", post(p.RequestID(), "response", "", body)+next)
	return c, p
}

func TestScript(t *testing.T) {
	s := start(t)
	s.Script(
		Answer{Status: http.StatusInternalServerError},
		Answer{Raw: []byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
			Trickle: 1},
		Answer{Delay: time.Millisecond},
	)
	for _, want := range []struct{ sent, inResult int }{{500, 500}, {200, 0}, {202, 202},
		{202, 202}} {
		c, p := answered(t, s, "body", "")
		c.expect(want.sent)
		if r := result(t, p); r.Status != want.inResult || string(r.Body) != "body" {
			t.Errorf("status %d, body %q, want %+v", r.Status, r.Body, want)
		}
	}
	blameless(t, s)
}

func TestAnswerThenClose(t *testing.T) {
	s := start(t)
	s.Script(Answer{Close: true, Header: http.Header{"Connection": {"close"}}})
	c, p := answered(t, s, "x", getNext)
	if a := c.expect(202); !a.Close {
		t.Error("no Connection: close")
	}
	c.ended()
	result(t, p)
	waiting := s.Queue(Event{Payload: []byte("kept")}) // the GET after the POST was never read
	again := dial(t, s)
	again.send(getNext)
	if a := again.expect(200); again.id(a) != waiting.RequestID() {
		t.Errorf("event %s", again.id(a))
	}
}

func TestAnswerThenReset(t *testing.T) {
	s := start(t)
	s.Script(Answer{Raw: []byte{}, Reset: true})
	c, p := answered(t, s, "x", "")
	if _, err := io.ReadAll(c.in); err == nil || isTimeout(err) {
		t.Errorf("got %v, want a reset", err)
	}
	if r := result(t, p); string(r.Body) != "x" {
		t.Errorf("result %q", r.Body)
	}
	// A careful client sends it once more, and learns that it had arrived.
	again := dial(t, s)
	again.send("%s", post(p.RequestID(), "response", "", "x"))
	again.expect(403)
}

func TestLostPost(t *testing.T) {
	s := start(t)
	s.Script(Answer{Raw: []byte{}, Close: true, Lost: true})
	c, p := answered(t, s, "lost", "")
	c.ended()
	again := dial(t, s)
	again.send("%s", post(p.RequestID(), "response", "", "arrived"))
	again.expect(202)
	if r := result(t, p); string(r.Body) != "arrived" {
		t.Errorf("result %q", r.Body)
	}
	blameless(t, s)
}

// After a 400 for a live invocation Lambda answers the GET with the same event again.
func TestLost400(t *testing.T) {
	s := start(t)
	s.Script(Answer{Status: http.StatusBadRequest, Lost: true})
	c, p := answered(t, s, "x", getNext)
	c.expect(400)
	if a := c.expect(200); c.id(a) != p.RequestID() {
		t.Errorf("event %s, want %s again", c.id(a), p.RequestID())
	}
	c.send("%s", post(p.RequestID(), "response", "", "y"))
	c.expect(202)
	if r := result(t, p); string(r.Body) != "y" {
		t.Errorf("result %q", r.Body)
	}
	blameless(t, s)
}

func TestSilentAnswer(t *testing.T) {
	s := start(t)
	s.Script(Answer{Silent: true})
	c, p := answered(t, s, "x", getNext)
	if r := result(t, p); string(r.Body) != "x" || r.Status != 0 {
		t.Errorf("result %q, status %d", r.Body, r.Status)
	}
	s.Drop()
	if rest, err := io.ReadAll(c.in); len(rest) > 0 || isTimeout(err) {
		t.Errorf("got %q, %v", rest, err)
	}
}

func TestAnswerBeforeBody(t *testing.T) {
	t.Run("skips the body", func(t *testing.T) {
		s := start(t)
		s.Script(Answer{Status: 413, BeforeBody: true})
		c, p := answered(t, s, strings.Repeat("x", 100_000), getNext)
		c.expect(413)
		if r := result(t, p); r.Body != nil || r.Status != 413 {
			t.Errorf("result %+v", r)
		}
		s.Queue(Event{Payload: []byte("next")})
		if got := c.expect(200).body; got != "next" {
			t.Errorf("event %q", got)
		}
	})
	t.Run("closes", func(t *testing.T) {
		s := start(t)
		s.Script(Answer{Status: 413, BeforeBody: true, Close: true,
			Header: http.Header{"Connection": {"close"}}})
		p := s.Queue(Event{})
		c := dial(t, s)
		c.send(getNext)
		c.expect(200)
		// The body is larger than every socket buffer: the answer is there before the body is sent.
		c.send("POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: x\r\n"+
			"Content-Length: 100000000\r\n\r\n", p.RequestID())
		c.expect(413)
		if _, err := c.Write(make([]byte, 100_000_000)); err == nil {
			t.Error("the whole body was read")
		}
		if r := result(t, p); r.Status != 413 {
			t.Errorf("status %d", r.Status)
		}
	})
}
