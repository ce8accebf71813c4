package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/internal/peerscript"
	"github.com/minlambda/minlambda/lambdatest"
	"github.com/minlambda/minlambda/parse"
	"github.com/minlambda/minlambda/wire"
)

// An event over the limit is refused before memory is taken for it.
func TestEventLargerThanTheLimit(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: r\r\n"
	large := strings.Repeat("x", 1001)
	for name, c := range map[string]struct {
		limit int
		event lambdatest.Event
	}{
		"default, length": {0, lambdatest.Event{Raw: []byte(head +
			"Content-Length: 33554433\r\n\r\n")}},
		"default, chunk": {0, lambdatest.Event{Raw: []byte(head +
			"Transfer-Encoding: chunked\r\n\r\n2000001\r\n")}},
		"length overflows": {0, lambdatest.Event{Raw: []byte(head +
			"Content-Length: 18446744073709551617\r\n\r\n")}},
		"chunk overflows": {0, lambdatest.Event{Raw: []byte(head +
			"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n")}},
		"1000, length":      {1000, lambdatest.Event{Payload: []byte(large), Chunks: -1}},
		"1000, chunk":       {1000, lambdatest.Event{Payload: []byte(large), Chunks: 1}},
		"1000, many chunks": {1000, lambdatest.Event{Payload: []byte(large), Chunks: 200}},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			s := looptest.Start(t, minlambda.Loop{Handler: failing, MaxEvent: c.limit})
			s.API.Queue(c.event)
			if e := s.Failed(); e.Op != "next" || !errors.Is(e, parse.ErrTooLarge) {
				t.Errorf("%s: Run returned %v", name, e)
			}
			runtime.ReadMemStats(&after)
			if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20 {
				t.Errorf("%s: %d bytes were allocated", name, took)
			}
			if got := looptest.Posts(s.API); len(got) != 0 {
				t.Errorf("%s: POSTs %q", name, got)
			}
		})
	}
}

func TestEventAtTheLimit(t *testing.T) {
	for _, chunks := range []int{-1, 1, 7} {
		t.Run(fmt.Sprint(chunks, " chunks"), func(t *testing.T) {
			s := looptest.Start(t, minlambda.Loop{Handler: failing, MaxEvent: 1000})
			r := s.Result(s.API.Queue(lambdatest.Event{Payload: bytes.Repeat([]byte("x"), 1000),
				Chunks: chunks}))
			if len(r.Body) != 1000 {
				t.Errorf("chunks %d: %d bytes came back", chunks, len(r.Body))
			}
			s.Stop()
		})
	}
}

// hugeLimits are all that a careless user may set, to mean "no limit".
var hugeLimits = []int{math.MaxInt, math.MaxInt - 1, math.MaxInt/10*10 + 2, math.MaxInt / 2,
	math.MaxInt/4 + 1, wire.MaxBody, wire.MaxBody - 1}

// A length that no int holds, or that is over the largest limit, is refused
// under every limit: none wraps to a small one, and none panics.
func TestLengthsBeyondInt(t *testing.T) {
	lengths := map[string]string{
		"2^64+2":    "18446744073709551618",
		"2^64-1":    "18446744073709551615",
		"2^63":      "9223372036854775808",
		"2^63-1":    "9223372036854775807",
		"2^128+2":   "340282366920938463463374607431768211458",
		"MaxBody+1": strconv.Itoa(wire.MaxBody + 1),
	}
	if strconv.IntSize == 32 {
		lengths["2^32+2"], lengths["2^31-1"] = "4294967298", "2147483647"
	}
	sizes := map[string]string{"2^63": "8000000000000000", "2^64-2": "fffffffffffffffe",
		"2^63-1": "7fffffffffffffff", "MaxBody+1": strconv.FormatInt(int64(wire.MaxBody)+1, 16)}
	for _, limit := range hugeLimits {
		refuse := func(name, framing string) {
			t.Run(strconv.Itoa(limit)+", "+name, func(t *testing.T) {
				s := looptest.Start(t, minlambda.Loop{Handler: echo, MaxEvent: limit})
				s.API.Queue(lambdatest.Event{Raw: []byte(ok200 + goodID + framing), RequestID: "r"})
				if e := s.Failed(); e.Op != "next" || !errors.Is(e, parse.ErrTooLarge) {
					t.Errorf("Run returned %v", e)
				}
				if got := looptest.Posts(s.API); len(got) != 0 {
					t.Errorf("POSTs %q", got)
				}
			})
		}
		for name, length := range lengths {
			refuse("length "+name, "Content-Length: "+length+"\r\n\r\n{}")
		}
		for name, size := range sizes {
			refuse("chunk "+name, chunked+size+"\r\n{}\r\n0\r\n\r\n")
			refuse("chunk, and "+name, chunked+"2\r\n{}\r\n"+size+"\r\n{}\r\n0\r\n\r\n")
		}
	}
}

// An event whose length is a lie, but within the limit, takes memory as its
// bytes come: no make panics, and nothing is taken for what was announced.
func TestLengthThatLies(t *testing.T) {
	for _, n := range []int64{1 << 29, 1 << 40, 1 << 48, 1 << 60, int64(wire.MaxBody)} {
		if n > int64(wire.MaxBody) {
			continue
		}
		for name, framing := range map[string]string{
			"length": "Content-Length: " + strconv.FormatInt(n, 10) + "\r\n\r\n",
			"chunk":  chunked + strconv.FormatInt(n, 16) + "\r\n",
			"chunks": chunked + "2\r\n{}\r\n" + strconv.FormatInt(n-2, 16) + "\r\n",
		} {
			t.Run(name+" of "+strconv.FormatInt(n, 10), func(t *testing.T) {
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				peer := peerscript.Listen(t)
				s := looptest.Start(t, minlambda.Loop{Handler: echo, API: peer.Addr,
					MaxEvent: math.MaxInt})
				conn := peer.Accept()
				conn.Next()
				conn.Send(ok200 + goodID + framing + strings.Repeat("x", 100_000))
				conn.CloseWrite()
				conn.Ended()
				conn = peer.Accept() // it has read all of it, and tries again
				conn.Next()
				s.Stop()
				runtime.ReadMemStats(&after)
				if took := after.TotalAlloc - before.TotalAlloc; took > 48<<20 {
					t.Errorf("%d bytes were allocated", took)
				}
			})
		}
	}
}

// A limit on events is none on what else the API says: a 202, a refusal, an
// error in place of an event.
func TestMaxEventIsNoLimitOnAnswers(t *testing.T) {
	s := looptest.Start(t, minlambda.Loop{Handler: failing, MaxEvent: 8})
	for _, body := range []string{"12345678", "fail", ""} {
		r := s.Invoke(body)
		if r.Status != 202 {
			t.Errorf("%q ended with %d", body, r.Status)
		}
	}
	s.Quiet()
	s.API.Script(lambdatest.Answer{Status: 413, Body: []byte(strings.Repeat("too much ", 100))})
	s.Invoke("12345678")
	s.Fine()
	s.Logs("413 too much too much")
	for range 2 { // refused once, a GET is asked for once more
		s.API.Queue(lambdatest.Event{Raw: []byte("HTTP/1.1 403 Forbidden\r\n" +
			"Content-Length: 12\r\n\r\nnot your job")})
	}
	if e := s.Failed(); e.Error() != "minlambda: next: unexpected status: 403 not your job" {
		t.Errorf("Run returned %v", e)
	}

	s = looptest.Start(t, minlambda.Loop{Handler: echo, MaxEvent: 8})
	s.Queue("123456789")
	if e := s.Failed(); e.Error() != `minlambda: next: body is over the limit: "9"` {
		t.Errorf("Run returned %v", e)
	}
}

// What the API says otherwise has a limit of its own.
func TestMaxAnswer(t *testing.T) {
	for _, large := range []int{wire.MaxAnswer, wire.MaxAnswer + 1} {
		t.Run(fmt.Sprint(large, " bytes"), func(t *testing.T) {
			for _, chunks := range []bool{false, true} {
				raw := "HTTP/1.1 202 Accepted\r\nContent-Length: " + strconv.Itoa(large) +
					"\r\n\r\n"
				end := ""
				if chunks {
					size := strconv.FormatInt(int64(large), 16)
					raw = "HTTP/1.1 202 Accepted\r\n" + chunked + size + "\r\n"
					end = "\r\n" + last
				}
				raw += strings.Repeat("x", large) + end
				s := looptest.Start(t, minlambda.Loop{Handler: echo})
				s.API.Script(lambdatest.Answer{Raw: []byte(raw)})
				s.Queue("{}")
				if large <= wire.MaxAnswer {
					s.Fine()
					continue
				}
				if e := s.Failed(); e.Op != "response" || !errors.Is(e, parse.ErrTooLarge) {
					t.Errorf("chunks %v: Run returned %v", chunks, e)
				}
			}
		})
	}
	s := looptest.Start(t, minlambda.Loop{Handler: echo})
	s.API.Script(lambdatest.Answer{Status: 500, Body: bytes.Repeat([]byte("x"), 1<<20),
		Header: http.Header{"Content-Type": {"text/plain"}}})
	s.Queue("{}")
	if e := s.Failed(); !errors.Is(e, wire.ErrStatus) || len(e.Error()) > 600 {
		t.Errorf("Run returned %.700v", e)
	}
}

func TestNegativeMaxEvent(t *testing.T) {
	for _, limit := range []int{-1, math.MinInt} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			l := minlambda.Loop{Handler: echo, API: "127.0.0.1:1", MaxEvent: limit}
			want := "minlambda: Loop.MaxEvent: negative: " + strconv.Itoa(limit)
			if err := l.Run(context.Background()); err == nil || err.Error() != want {
				t.Errorf("Run returned %v; want %s", err, want)
			}
			err := l.FailInit(context.Background(), errors.New("x"))
			if err == nil || err.Error() != want {
				t.Errorf("FailInit returned %v; want %s", err, want)
			}
		})
	}
}
