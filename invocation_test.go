package minlambda_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/ascii"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/internal/peerscript"
	"github.com/minlambda/minlambda/lambdatest"
	"github.com/minlambda/minlambda/pool"
)

// during runs f as the handler of one invocation of e.
func during(t *testing.T, e lambdatest.Event, f func(inv *minlambda.Invocation)) lambdatest.Result {
	t.Helper()
	s := looptest.Start(t,
		minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error { f(inv); return nil }})
	r := s.Result(s.API.Queue(e))
	s.Stop()
	return r
}

func TestInvocationHeader(t *testing.T) {
	e := lambdatest.Event{RequestID: "the-id", Payload: []byte("X-Body: no"), Header: http.Header{
		"Lambda-Runtime-Trace-Id": {"Root=1-5bef4de7"}, "X-Empty": {""}, "X-Spaces": {"  a b  "}}}
	during(t, e, func(inv *minlambda.Invocation) {
		for name, want := range map[string]string{
			"Lambda-Runtime-Trace-Id":       "Root=1-5bef4de7",
			"lambda-runtime-TRACE-id":       "Root=1-5bef4de7",
			"Lambda-Runtime-Aws-Request-Id": "the-id",
			"X-Spaces":                      "a b",
		} {
			if got := inv.Header(name); string(got) != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		if got := inv.Header("X-Empty"); got == nil || len(got) > 0 {
			t.Errorf("an empty header is %#v", got)
		}
		for _, name := range []string{"X-Missing", "", "Lambda-Runtime-Trace", "X-Body",
			"HTTP/1.1 200 OK"} {
			if got := inv.Header(name); got != nil {
				t.Errorf("%q is %q", name, got)
			}
		}
		if string(inv.RequestID()) != "the-id" || string(inv.Event()) != "X-Body: no" {
			t.Errorf("request ID %q, event %q", inv.RequestID(), inv.Event())
		}
		// What is handed out can't be grown over its neighbour.
		_ = append(inv.RequestID(), "!!!!"...)
		_ = append(inv.Header("X-Spaces"), "!!!!"...)
		_ = append(inv.Event(), "!!!!"...)
		if got := inv.Header("Lambda-Runtime-Trace-Id"); string(got) != "Root=1-5bef4de7" {
			t.Errorf("after the appends: %q", got)
		}
	})
}

func TestInvocationDeadline(t *testing.T) {
	at := time.UnixMilli(time.Now().Add(time.Hour).UnixMilli())
	during(t, lambdatest.Event{Deadline: at}, func(inv *minlambda.Invocation) {
		if got, ok := inv.Deadline(); !ok || !got.Equal(at) {
			t.Errorf("deadline %v, %v; want %v", got, ok, at)
		}
		if got, ok := inv.Context().Deadline(); !ok || !got.Equal(at) {
			t.Errorf("the context's deadline %v, %v; want %v", got, ok, at)
		}
	})
	for _, text := range []string{"", "soon", "-1", "12345x", "1e9", "9999999999999999"} {
		t.Run("deadline "+text, func(t *testing.T) {
			e := lambdatest.Event{Header: http.Header{"Lambda-Runtime-Deadline-Ms": {text}}}
			during(t, e, func(inv *minlambda.Invocation) {
				if got, ok := inv.Deadline(); ok {
					t.Errorf("deadline %q is %v", text, got)
				}
				if _, ok := inv.Context().Deadline(); ok || inv.Context().Err() != nil {
					t.Errorf("deadline %q has come into the context", text)
				}
			})
		})
	}
	for _, e := range []lambdatest.Event{{NoDeadline: true},
		{Deadline: time.UnixMilli(1542409706888)}} {
		during(t, e, func(inv *minlambda.Invocation) {
			if err := inv.Context().Err(); err != nil {
				t.Errorf("the context has ended: %v", err)
			}
		})
	}
}

func TestInvocationContext(t *testing.T) {
	var kept context.Context
	during(t, lambdatest.Event{}, func(inv *minlambda.Invocation) {
		kept = inv.Context()
		if kept != inv.Context() || kept.Err() != nil {
			t.Errorf("two contexts, or one that has ended: %v", kept.Err())
		}
	})
	if kept.Err() != context.Canceled {
		t.Errorf("behind the handler: %v", kept.Err())
	}
}

// A deadline ends the context, whether it comes while somebody waits or has come before the first
// call of Context, as long as it can be this invocation's: a function runs for 15 minutes.
func TestContextDeadline(t *testing.T) {
	for name, c := range map[string]struct {
		in   time.Duration
		ends bool
	}{
		"comes":              {100 * time.Millisecond, true},
		"has just come":      {-time.Millisecond, true},
		"came a minute ago":  {-time.Minute, true},
		"came 15 min ago":    {-15 * time.Minute, true},
		"came half an h ago": {-30 * time.Minute, false},
		"came long ago":      {-10 * 365 * 24 * time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			at := time.UnixMilli(time.Now().Add(c.in).UnixMilli())
			during(t, lambdatest.Event{Deadline: at}, func(inv *minlambda.Invocation) {
				ctx := inv.Context()
				if got, ok := ctx.Deadline(); ok != c.ends || ok && !got.Equal(at) {
					t.Errorf("%s: the context's deadline is %v, %v; want %v", name, got, ok, at)
				}
				if !c.ends {
					if ctx.Err() != nil {
						t.Errorf("%s: ended with %v", name, ctx.Err())
					}
					return
				}
				if c.in < 0 && ctx.Err() != context.DeadlineExceeded {
					t.Errorf("%s: at first it has %v", name, ctx.Err())
				}
				select {
				case <-ctx.Done():
				case <-time.After(looptest.Patience):
				}
				if ctx.Err() != context.DeadlineExceeded {
					t.Errorf("%s: ended with %v", name, ctx.Err())
				}
			})
		})
	}
}

func TestInvocationResponse(t *testing.T) {
	large := strings.Repeat("l", 100_000)
	for name, c := range map[string]struct {
		do   func(inv *minlambda.Invocation)
		want string
	}{
		"nothing": {func(inv *minlambda.Invocation) {}, ""},
		"Write": {func(inv *minlambda.Invocation) {
			if n, err := inv.Write([]byte("abc")); n != 3 || err != nil {
				t.Errorf("Write returned %d, %v", n, err)
			}
			if n, err := inv.WriteString("def"); n != 3 || err != nil {
				t.Errorf("WriteString returned %d, %v", n, err)
			}
		}, "abcdef"},
		"Dst": {func(inv *minlambda.Invocation) {
			inv.WriteString("abc")
			inv.SetResponse(append(inv.Dst(), "def"...))
			inv.WriteString("ghi")
		}, "abcdefghi"},
		"replaced": {func(inv *minlambda.Invocation) {
			inv.WriteString("abc")
			inv.SetResponse([]byte("def"))
		}, "def"},
		"event": {func(inv *minlambda.Invocation) { inv.SetResponse(inv.Event()) }, "{}"},
		"large": {func(inv *minlambda.Invocation) {
			inv.WriteString(large)
			inv.WriteString(large)
		}, large + large},
	} {
		t.Run(name, func(t *testing.T) {
			r := during(t, lambdatest.Event{Payload: []byte("{}")}, c.do)
			if string(r.Body) != c.want || r.Err != nil ||
				r.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%s: ended with %.50q, %v, %v", name, r.Body, r.Err, r.Header)
			}
		})
	}
}

func TestContentType(t *testing.T) {
	r := during(t, lambdatest.Event{},
		func(inv *minlambda.Invocation) { inv.SetContentType("text/plain; charset=utf-8") })
	if got := r.Header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
		t.Errorf("content type %q", got)
	}
	longest := "text/plain; x=" + strings.Repeat("x", 1024-14)
	r = during(t, event(""), func(inv *minlambda.Invocation) { inv.SetContentType(longest) })
	if got := r.Header.Get("Content-Type"); got != longest {
		t.Errorf("1 KiB of content type: ended with %q, %v", got, r.Err)
	}
	for _, bad := range []string{longest + "x", strings.Repeat("x", 1<<20),
		"a\r\nX-Injected: b", "a\nb", "a\x00b", "a\x7fb", "t\xc3\xa4xt"} {
		t.Run(fmt.Sprintf("%.20q", bad), func(t *testing.T) {
			r := during(t, lambdatest.Event{},
				func(inv *minlambda.Invocation) { inv.SetContentType(bad) })
			if r.Err == nil || r.Err.Type != "Function.InvalidContentType" ||
				r.Header.Get("X-Injected") != "" {
				t.Errorf("%.50q: ended with %q, %v", bad, r.Body, r.Err)
			}
		})
	}
}

// The fake Runtime API refuses a response that does not repeat the invocation
// ID as it was sent. Base64 has characters that no path may have.
func TestInvocationIDIsEchoed(t *testing.T) {
	for _, id := range []string{
		"Zm9v/YmFy+g==", "a%2Fb", "?x=y#z", "two words", "a\tb", `"quoted, \"twice\""`, "!",
		strings.Repeat("long/", 1000),
	} {
		t.Run(fmt.Sprintf("%.20q", id), func(t *testing.T) {
			for _, event := range []string{"something", "fail"} {
				s := looptest.Start(t, minlambda.Loop{Handler: failing})
				p := s.API.Queue(lambdatest.Event{InvocationID: id, Payload: []byte(event)})
				r := s.Result(p)
				if r.Status != 202 || event == "something" && string(r.Body) != event {
					t.Errorf("%.50q, %s: ended with %d, %q", id, event, r.Status, r.Body)
				}
				s.Fine()
				s.Quiet()
				s.Stop()
			}
		})
	}
}

// An invocation ID that is unfit for a header of ours, or empty, is not sent.
// Of the first a line is logged, once.
func TestInvocationIDIsNotEchoed(t *testing.T) {
	for name, id := range map[string]string{
		"obs-text": "n\xe4ch", "UTF-8": "n\xc3\xa4chste", "the last byte": "0123456789abcdef\xff",
		"empty": "", "white space": " \t ",
	} {
		for _, event := range []string{"something", "fail"} {
			t.Run(name+", "+event, func(t *testing.T) {
				peer := peerscript.Listen(t)
				s := looptest.Start(t, minlambda.Loop{Handler: failing, API: peer.Addr})
				conn := peer.Accept()
				conn.Next()
				conn.Send(peerscript.Event("req", event[:4], "Lambda-Runtime-Invocation-Id: "+id))
				got := conn.Request("POST /2018-06-01/runtime/invocation/req/")
				if strings.Contains(got, "Invocation-Id") {
					t.Errorf("sent %q", got)
				}
				conn.Send(peerscript.Accepted)
				conn.Next()
				s.Stop()
				logged := s.Logged()
				want := "minlambda: next: Lambda-Runtime-Invocation-Id is not ASCII," +
					" and not echoed: " + ascii.Quote(id) + " of req"
				if unfit := strings.TrimSpace(id) != ""; unfit && (len(logged) != 1 ||
					logged[0] != want) || !unfit && len(logged) > 0 {
					t.Errorf("logged %q; want %q", logged, want)
				}
			})
		}
	}
}

func errorType(r lambdatest.Result) string {
	return r.Header.Get("Lambda-Runtime-Function-Error-Type")
}

type invocation = *minlambda.Invocation

var _ interface {
	io.Writer
	io.StringWriter
	io.ReaderFrom
} = invocation(nil)

func abc(inv invocation) []byte { return append(inv.Dst(), "abc"...) }

// outgrow is what was appended to Dst until it has moved.
func outgrow(inv invocation) []byte { return append(abc(inv), make([]byte, cap(inv.Dst()))...) }

func event(payload string) lambdatest.Event { return lambdatest.Event{Payload: []byte(payload)} }

// What is written after SetResponse goes after what was set, and to memory of the response's own:
// neither the event nor the user's slices change, whatever capacity they have.
func TestWriteTouchesNothingElse(t *testing.T) {
	const text = "0123456789"
	own := []byte(text)
	long := strings.Repeat("long", 10_000)
	ways := map[string]func(inv invocation, s string){
		"Write":       func(inv invocation, s string) { inv.Write([]byte(s)) },
		"WriteString": func(inv invocation, s string) { inv.WriteString(s) },
		"ReadFrom":    func(inv invocation, s string) { inv.ReadFrom(strings.NewReader(s)) },
		"Dst":         func(inv invocation, s string) { inv.SetResponse(append(inv.Dst(), s...)) },
	}
	for name, c := range map[string]struct {
		set  func(inv invocation) []byte
		want string
	}{
		"event":          {func(inv invocation) []byte { return inv.Event() }, text},
		"event[:1]":      {func(inv invocation) []byte { return inv.Event()[:1] }, "0"},
		"event[5:6]":     {func(inv invocation) []byte { return inv.Event()[5:6] }, "5"},
		"event[:0]":      {func(inv invocation) []byte { return inv.Event()[:0] }, ""},
		"request ID[:1]": {func(inv invocation) []byte { return inv.RequestID()[:1] }, "i"},
		"own":            {func(inv invocation) []byte { return own }, text},
		"own[:1]":        {func(inv invocation) []byte { return own[:1] }, "0"},
		"nil":            {func(inv invocation) []byte { return nil }, ""},
		"Dst":            {abc, "abc"},
		"Dst[1:]":        {func(inv invocation) []byte { return abc(inv)[1:] }, "bc"},
		"outgrown Dst":   {func(inv invocation) []byte { return outgrow(inv)[:3] }, "abc"},
		"Dst of before": {func(inv invocation) []byte {
			dst := abc(inv)
			inv.SetResponse(dst)
			inv.WriteString(long) // and the buffer may grow
			return dst
		}, "abc"},
	} {
		for way, write := range ways {
			t.Run(name+", "+way, func(t *testing.T) {
				e := lambdatest.Event{Payload: []byte(text), RequestID: "id-1"}
				r := during(t, e, func(inv *minlambda.Invocation) {
					inv.SetResponse(c.set(inv))
					write(inv, "<first>")
					write(inv, long)
					got := fmt.Sprintf("%s %s %s", inv.Event(), inv.RequestID(), own)
					if want := text + " id-1 " + text; got != want {
						t.Errorf("event, request ID and own slice are %q; want %q", got, want)
					}
				})
				if want := c.want + "<first>" + long; string(r.Body) != want {
					t.Errorf("ended with %.50q and %d bytes in all, %v; want %.50q",
						r.Body, len(r.Body), r.Err, want)
				}
			})
		}
	}
}

// writers are the ways to write n bytes.
var writers = map[string]func(inv *minlambda.Invocation, n int) error{
	"Write": func(inv *minlambda.Invocation, n int) error {
		_, err := inv.Write(make([]byte, n))
		return err
	},
	"WriteString": func(inv *minlambda.Invocation, n int) error {
		_, err := inv.WriteString(string(make([]byte, n)))
		return err
	},
	"ReadFrom": func(inv *minlambda.Invocation, n int) error {
		got, err := inv.ReadFrom(struct{ io.Reader }{bytes.NewReader(make([]byte, n))})
		if err == nil && got != int64(n) {
			return fmt.Errorf("read %d of %d bytes", got, n)
		}
		return err
	},
}

// A response of the largest size may be written in every way, and not a byte more: then the write
// fails, so do those after it, and the invocation is reported whatever the handler makes of it.
func TestWriteLimit(t *testing.T) {
	t.Parallel()
	const kind = "Function.ResponseSizeTooLarge"
	for name, write := range writers {
		t.Run(name, func(t *testing.T) {
			s := looptest.Start(t, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
				return writeToTheLimit(t, inv, write)
			}})
			s.API.Keep(0)
			if r := s.Invoke("largest"); r.Err != nil || len(r.Body) != minlambda.MaxResponse {
				t.Errorf("%s: the largest ended with %d bytes, %v", name, len(r.Body), r.Err)
			}
			for how, want := range map[string]string{
				"ignored":  tooLarge(minlambda.MaxResponse + 10),
				"returned": tooLarge(minlambda.MaxResponse + 1),
				"wrapped":  "page 7: minlambda: response is longer than 6291556 bytes",
			} {
				r := s.Invoke(how)
				if r.Err == nil || r.Err.Message != want || r.Err.Type != kind ||
					errorType(r) != kind {
					t.Errorf("%s, error %s: ended with %d bytes, %v, %s; want %q",
						name, how, len(r.Body), r.Err, errorType(r), want)
				}
			}
			if r := s.Invoke("own"); r.Err == nil || r.Err.Message != "of its own" {
				t.Errorf("%s: an error of its own: ended with %d bytes, %v", name, len(r.Body),
					r.Err)
			}
			if r := s.Invoke("replaced"); string(r.Body) != "too long, sorry" {
				t.Errorf("%s: a new response: ended with %.50q, %v", name, r.Body, r.Err)
			}
			s.Fine()
			s.Stop()
		})
	}
	says := minlambda.ErrResponseTooLarge.Error()
	if want := strconv.Itoa(minlambda.MaxResponse); !strings.Contains(says, want) {
		t.Errorf("the error %q does not say %s", says, want)
	}
}

// writeToTheLimit writes the largest response and, unless the event says "largest", a byte more,
// and does with the error what the event says.
func writeToTheLimit(t *testing.T, inv *minlambda.Invocation,
	write func(inv *minlambda.Invocation, n int) error) error {
	how := string(inv.Event())
	if how == "fine" {
		inv.WriteString(how)
		return nil
	}
	if err := write(inv, 1000); err != nil {
		t.Errorf("the first write failed: %v", err)
	}
	if err := write(inv, minlambda.MaxResponse-1000); err != nil {
		t.Errorf("%d bytes in all: %v", minlambda.MaxResponse, err)
	}
	if how == "largest" {
		return nil
	}
	err := write(inv, 1)
	if !errors.Is(err, minlambda.ErrResponseTooLarge) {
		t.Errorf("a byte more: %v", err)
	}
	switch how {
	case "ignored":
		inv.Write(make([]byte, 9)) // fails too, and counts
		return nil
	case "wrapped":
		return fmt.Errorf("page 7: %w", err)
	case "own":
		return errors.New("of its own")
	case "replaced":
		inv.SetResponse([]byte("too long,"))
		inv.WriteString(" sorry")
		return nil
	}
	return err
}

// A write that was too large has left a gap: a smaller one after it is not taken either.
func TestWriteAfterOneThatFailed(t *testing.T) {
	large := make([]byte, minlambda.MaxResponse)
	r := during(t, event("{}"), func(inv *minlambda.Invocation) {
		inv.WriteString("abc")
		inv.Write(large)
		reader := strings.NewReader("i")
		for name, write := range map[string]func() (int, error){
			"Write":       func() (int, error) { return inv.Write([]byte("gh")) },
			"WriteString": func() (int, error) { return inv.WriteString("jkl") },
			"ReadFrom": func() (int, error) {
				n, err := inv.ReadFrom(struct{ io.Reader }{reader})
				return int(n), err
			},
		} {
			if n, err := write(); n != 0 || err != minlambda.ErrResponseTooLarge {
				t.Errorf("%s: %d, %v", name, n, err)
			}
		}
		if reader.Len() != 1 {
			t.Error("ReadFrom has read what nobody can have")
		}
	})
	if want := tooLarge(len(large) + 3 + 2 + 3 + 1); r.Err == nil || r.Err.Message != want {
		t.Errorf("ended with %q, %v; want %s", r.Body, r.Err, want)
	}
}

func tooLarge(n int) string {
	return fmt.Sprintf("Response payload size (%d bytes) exceeded maximum allowed payload size "+
		"(%d bytes).", n, minlambda.MaxResponse)
}

// What is written past the limit takes no memory, in whatever pieces it comes.
func TestWriteLimitTakesNoMemory(t *testing.T) {
	piece := make([]byte, 1<<20)
	for name, write := range map[string]func(inv *minlambda.Invocation){
		"Write": func(inv *minlambda.Invocation) {
			for range 200 {
				inv.Write(piece)
			}
		},
		"ReadFrom": func(inv *minlambda.Invocation) {
			n, err := inv.ReadFrom(readerFunc(func(p []byte) (int, error) { return len(p), nil }))
			if n > minlambda.MaxResponse+1 || err != minlambda.ErrResponseTooLarge {
				t.Errorf("read %d bytes, %v", n, err)
			}
		},
		"SetResponse and Write": func(inv *minlambda.Invocation) {
			inv.SetResponse(make([]byte, minlambda.MaxResponse+1))
			if n, err := inv.Write(nil); n != 0 || err != minlambda.ErrResponseTooLarge {
				t.Errorf("wrote %d bytes, %v", n, err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := looptest.Start(t, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
				write(inv)
				return nil
			}})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			if r := s.Invoke("{}"); r.Err == nil || r.Err.Type != "Function.ResponseSizeTooLarge" {
				t.Errorf("%s: ended with %d bytes, %v", name, len(r.Body), r.Err)
			}
			runtime.ReadMemStats(&after)
			// Twice the largest response for a buffer that doubles, and as much on the way there.
			if took := after.TotalAlloc - before.TotalAlloc; took > 4*minlambda.MaxResponse {
				t.Errorf("%s: took %d bytes", name, took)
			}
			s.Stop()
		})
	}
}

// ReadFrom takes all that there is, however it comes, and returns what stopped it. io.Copy uses it.
func TestReadFrom(t *testing.T) {
	broken := errors.New("broken")
	text := strings.Repeat("0123456789abcdef", 2000)
	both := func(p []byte) (int, error) { return copy(p, "abc"), broken }
	idle := func(p []byte) (int, error) { return 0, nil }
	read := func(n int) io.Reader { return struct{ io.Reader }{strings.NewReader(text[:n])} }
	empty := 0
	for name, c := range map[string]struct {
		from io.Reader
		want string
		err  error
	}{
		"nothing":        {read(0), "", nil},
		"a byte":         {read(1), text[:1], nil},
		"511":            {read(511), text[:511], nil},
		"512":            {read(512), text[:512], nil},
		"8 KiB":          {read(8 << 10), text[:8<<10], nil},
		"all":            {read(len(text)), text, nil},
		"byte by byte":   {iotest.OneByteReader(read(len(text))), text, nil},
		"halves":         {iotest.HalfReader(read(len(text))), text, nil},
		"data and EOF":   {iotest.DataErrReader(read(3000)), text[:3000], nil},
		"an error":       {iotest.ErrReader(broken), "", broken},
		"data, error":    {io.MultiReader(read(9), iotest.ErrReader(broken)), text[:9], broken},
		"data and error": {readerFunc(both), "abc", broken},
		"timeout": {iotest.TimeoutReader(iotest.OneByteReader(read(10))), text[:1],
			iotest.ErrTimeout},
		"nothing for ever": {readerFunc(idle), "", io.ErrNoProgress},
		"nothing for long": {readerFunc(func(p []byte) (int, error) {
			if empty++; empty%100 == 0 { // 99 times in a row
				if empty == 1000 {
					return 0, io.EOF
				}
				return copy(p, "a"), nil
			}
			return 0, nil
		}), "aaaaaaaaa", nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := during(t, event("{}"), func(inv *minlambda.Invocation) {
				inv.WriteString("before ")
				n, err := io.Copy(inv, c.from)
				if n != int64(len(c.want)) || err != c.err {
					t.Errorf("read %d bytes, %v; want %d, %v", n, err, len(c.want), c.err)
				}
				inv.WriteString(" after")
			})
			if want := "before " + c.want + " after"; string(r.Body) != want {
				t.Errorf("ended with %.50q and %d bytes in all; want %d",
					r.Body, len(r.Body), len(want))
			}
		})
	}
}

// A reader that breaks the rules of io.Reader gets an error that says how, and spoils nothing.
func TestReaderMisbehaves(t *testing.T) {
	during(t, event("{}"), func(inv *minlambda.Invocation) {
		for name, c := range map[string]struct {
			read func(p []byte) (int, error)
			want string
		}{
			"negative": {func(p []byte) (int, error) { return -1, nil },
				"minlambda: ReadFrom: the reader says that it has read -1 bytes into "},
			"too many": {func(p []byte) (int, error) { return len(p) + 1, nil }, " bytes into "},
			"writes": {func(p []byte) (int, error) {
				inv.WriteString("x")
				return 1, nil
			}, "the reader has changed the response"},
			"sets": {func(p []byte) (int, error) {
				inv.SetResponse([]byte("other"))
				return 0, nil
			}, "the reader has changed the response"},
		} {
			inv.SetResponse([]byte("before"))
			n, err := inv.ReadFrom(readerFunc(c.read))
			if n != 0 || err == nil || !strings.Contains(err.Error(), c.want) ||
				!strings.HasPrefix(err.Error(), "minlambda: ReadFrom: ") {
				t.Errorf("%s: read %d bytes, %v; want %q", name, n, err, c.want)
			}
		}
	})
}

// The first dst for a large event has room for a response as large.
func TestRoomForAResponseLikeTheEvent(t *testing.T) {
	t.Parallel()
	s := looptest.Start(t, minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
		if cap(dst) < len(event) {
			t.Errorf("an event of %d bytes has room for %d", len(event), cap(dst))
		}
		return nil, nil
	}})
	for _, size := range []int{9_000, 40_000, 1_000_000} {
		s.Invoke(strings.Repeat("x", size))
	}
	s.Stop()
}

const usedLate = "minlambda: Invocation used after its handler returned"

// panics is what f panics with.
func panics(f func()) (v any) {
	defer func() { v = recover() }()
	f()
	return nil
}

// A readerFunc is a Read.
type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// methods are all that an Invocation has.
var methods = map[string]func(inv *minlambda.Invocation){
	"Event":          func(inv *minlambda.Invocation) { inv.Event() },
	"RequestID":      func(inv *minlambda.Invocation) { inv.RequestID() },
	"Header":         func(inv *minlambda.Invocation) { inv.Header("Date") },
	"Deadline":       func(inv *minlambda.Invocation) { inv.Deadline() },
	"Context":        func(inv *minlambda.Invocation) { inv.Context() },
	"ContextBefore":  func(inv *minlambda.Invocation) { inv.ContextBefore(1) },
	"Write":          func(inv *minlambda.Invocation) { inv.Write([]byte("late")) },
	"WriteString":    func(inv *minlambda.Invocation) { inv.WriteString("late") },
	"ReadFrom":       func(inv *minlambda.Invocation) { inv.ReadFrom(strings.NewReader("late")) },
	"Dst":            func(inv *minlambda.Invocation) { inv.Dst() },
	"SetResponse":    func(inv *minlambda.Invocation) { inv.SetResponse([]byte("late")) },
	"Flush":          func(inv *minlambda.Invocation) { inv.Flush() },
	"SetPrelude":     func(inv *minlambda.Invocation) { inv.SetPrelude([]byte("{}")) },
	"SetContentType": func(inv *minlambda.Invocation) { inv.SetContentType("late/late") },
}

// A kept Invocation is dead: each method panics, between invocations and while others are handled,
// and changes nothing of theirs.
func TestKeptInvocation(t *testing.T) {
	for name, late := range methods {
		t.Run(name, func(t *testing.T) {
			for _, poison := range []bool{false, true} {
				var kept *minlambda.Invocation
				var during any
				invoke := func(inv *minlambda.Invocation) error {
					if kept == nil {
						kept = inv
					} else {
						inv.WriteString("re ")
						during = panics(func() { late(kept) })
					}
					inv.Write(inv.Event())
					return nil
				}
				s := looptest.Start(t, minlambda.Loop{Poison: poison, Invoke: invoke})
				s.Invoke("first")
				if v := panics(func() { late(kept) }); v != usedLate {
					t.Errorf("%s between invocations panics with %v", name, v)
				}
				r := s.Invoke("second")
				if during != usedLate {
					t.Errorf("%s while another is handled panics with %v", name, during)
				}
				if string(r.Body) != "re second" ||
					r.Header.Get("Content-Type") != "application/json" {
					t.Errorf("%s: the other ended with %q, %v", name, r.Body, r.Header)
				}
				s.Stop()
			}
		})
	}
}

// An Invocation that no loop has made, or a copy of one, is as dead.
func TestMadeUpInvocation(t *testing.T) {
	if v := panics(func() { new(minlambda.Invocation).Event() }); v != usedLate {
		t.Errorf("a new one panics with %v", v)
	}
	during(t, event("{}"), func(inv *minlambda.Invocation) {
		made := *inv
		if v := panics(func() { made.Event() }); v != usedLate {
			t.Errorf("a copy panics with %v", v)
		}
	})
}

// An Invocation is used again 1,024 invocations later, and with Poison never.
func TestInvocationsInTurn(t *testing.T) {
	t.Parallel()
	const ring = 1024
	for _, poison := range []bool{false, true} {
		t.Run(fmt.Sprint("poison ", poison), func(t *testing.T) {
			var all []*minlambda.Invocation // keeps each, so that no address comes again by itself
			seen := map[*minlambda.Invocation]bool{}
			invoke := func(inv *minlambda.Invocation) error {
				all, seen[inv] = append(all, inv), true
				return nil
			}
			s := looptest.Start(t, minlambda.Loop{Poison: poison, Invoke: invoke})
			s.API.Keep(0)
			for range ring + 10 {
				s.Invoke("{}")
			}
			s.Stop()
			if poison || pool.Always {
				if len(seen) != len(all) {
					t.Errorf("poison: %d Invocations for %d invocations", len(seen), len(all))
				}
			} else if len(seen) != ring || all[0] != all[ring] || all[9] != all[ring+9] {
				t.Errorf("%d Invocations in turn; want %d", len(seen), ring)
			}
		})
	}
}

// A dead Invocation, and the loop that waits, hold nothing of what the handler has set.
func TestKeptInvocationHoldsNothing(t *testing.T) {
	for name, size := range map[string]int{"sent": 1 << 20, "refused": 32 << 20} {
		t.Run(name, func(t *testing.T) {
			freed := make(chan struct{})
			var kept *minlambda.Invocation
			s := looptest.Start(t, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
				kept = inv
				body := make([]byte, size)
				runtime.SetFinalizer(&body[0], func(*byte) { close(freed) })
				inv.SetResponse(body)
				return nil
			}})
			s.API.Keep(0)
			s.Invoke("{}")
			<-s.API.Asked() // the first GET
			<-s.API.Asked() // it waits
			ended := time.After(looptest.Patience)
			for waiting := true; waiting; {
				runtime.GC()
				select {
				case <-freed:
					waiting = false
				case <-ended:
					t.Fatalf("%s: %d bytes are still there", name, size)
				case <-time.After(time.Millisecond):
				}
			}
			runtime.KeepAlive(kept)
			s.Stop()
		})
	}
}

// A context ends when its handler returns, while the loop goes on, and when it panics; and then the
// Invocation is dead as well.
func TestContextEndsWithItsHandler(t *testing.T) {
	var kept []context.Context
	var last *minlambda.Invocation
	s := looptest.Start(t, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		kept, last = append(kept, inv.Context()), inv
		switch string(inv.Event()) {
		case "fail":
			return errors.New("on purpose")
		case "panic":
			panic("on purpose")
		}
		return nil
	}})
	for i, event := range []string{"{}", "fail", "panic"} {
		s.Invoke(event)
		if err := kept[i].Err(); err != context.Canceled {
			t.Errorf("after %s: %v", event, err)
		}
		if v := panics(func() { last.Event() }); v != usedLate {
			t.Errorf("after %s: panics with %v", event, v)
		}
	}
}

// A goroutine that is in ReadFrom when its handler returns keeps the memory that it reads into; the
// loop takes other memory, says that the handler has not waited, and the goroutine panics when it
// has read.
func TestHandlerLeavesAReader(t *testing.T) {
	t.Parallel()
	failure := errors.New("on purpose")
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, "minlambda: handler returned while Invocation.ReadFrom was running"},
		{failure, failure.Error()},
	} {
		t.Run(fmt.Sprint("handler returns ", c.err), func(t *testing.T) {
			reading, read, died := make(chan struct{}), make(chan struct{}), make(chan any)
			s := looptest.Start(t, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
				if string(inv.Event()) != "leave" {
					inv.WriteString("re ")
					inv.Write(inv.Event())
					if string(inv.Event()) == "meanwhile" { // the response is in the buffer
						close(read)
						if v := <-died; v != usedLate {
							t.Errorf("the goroutine panics with %v", v)
						}
					}
					return nil
				}
				inv.WriteString("left")
				go func() {
					died <- panics(func() {
						inv.ReadFrom(readerFunc(func(p []byte) (int, error) {
							close(reading)
							<-read
							for i := range p {
								p[i] = 'x'
							}
							return len(p), nil
						}))
					})
				}()
				<-reading
				return c.err
			}})
			r := s.Invoke("leave")
			if r.Err == nil || r.Err.Message != c.want {
				t.Errorf("the invocation ended with %q, %v; want %s", r.Body, r.Err, c.want)
			} else if c.err == nil && errorType(r) != "Function.InvocationInUse" {
				t.Errorf("error type %q", errorType(r))
			}
			for _, event := range []string{"before", "meanwhile", strings.Repeat("after", 5000)} {
				if r := s.Invoke(event); string(r.Body) != "re "+event {
					t.Errorf("an invocation after that ended with %.50q, %v", r.Body, r.Err)
				}
			}
			s.Stop()
		})
	}
}

// A goroutine that comes late panics, whatever it was doing, and so nothing of it is seen.
func TestLateGoroutine(t *testing.T) {
	returned, died := make(chan struct{}), make(chan any)
	s := looptest.Start(t, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		if string(inv.Event()) == "fine" {
			inv.WriteString("fi")
			close(returned)
			if v := <-died; v != usedLate {
				t.Errorf("the goroutine panics with %v", v)
			}
			inv.WriteString("ne")
			return nil
		}
		go func() {
			<-returned
			died <- panics(func() { io.Copy(inv, strings.NewReader("late")) })
		}()
		return nil
	}})
	s.Invoke("{}")
	s.Fine()
	s.Stop()
}

// A reader that panics leaves the Invocation as it was, for a handler that recovers.
func TestReaderPanics(t *testing.T) {
	r := during(t, event("{}"), func(inv *minlambda.Invocation) {
		inv.WriteString("before ")
		broken := readerFunc(func([]byte) (int, error) { panic("broken") })
		if v := panics(func() { inv.ReadFrom(broken) }); v != "broken" {
			t.Errorf("recovered %v", v)
		}
		inv.WriteString("after")
	})
	if string(r.Body) != "before after" {
		t.Errorf("ended with %q, %v", r.Body, r.Err)
	}
}

const traceVariable = "_X_AMZN_TRACE_ID"

// unset is t.Setenv for a variable that is not to be there.
func unset(t *testing.T, variable string) {
	t.Helper()
	t.Setenv(variable, "") // puts back what there was
	if err := os.Unsetenv(variable); err != nil {
		t.Fatal(err)
	}
}

// traced is an event with trace IDs, which may be none.
func traced(ids ...string) lambdatest.Event {
	return lambdatest.Event{Payload: []byte("{}"), Header: http.Header{
		"Lambda-Runtime-Trace-Id": ids}}
}

// variable answers with what the environment has for the trace ID.
func variable(dst, event []byte) ([]byte, error) {
	value, set := os.LookupEnv(traceVariable)
	if !set {
		return append(dst, "unset"...), nil
	}
	return append(dst, "is "+value...), nil
}

// Each handler finds its own event's trace ID in the environment, and none if its event has none,
// whatever was there before and whatever a handler has done to it.
func TestExportTraceID(t *testing.T) {
	const first = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1"
	long := strings.Repeat("r", 20_000)
	for name, before := range map[string]string{"unset": "", "empty": "", "set": "another's"} {
		t.Run(name, func(t *testing.T) {
			unset(t, "AWS_LAMBDA_MAX_CONCURRENCY")
			unset(t, traceVariable)
			if name != "unset" {
				os.Setenv(traceVariable, before)
			}
			l := minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
				dst, err := variable(dst, event)
				if string(dst) == "is meddle" {
					os.Setenv(traceVariable, "meddled with")
				}
				return dst, err
			}}
			l.ExportTraceID()
			s := looptest.Start(t, l)
			for _, c := range []struct {
				ids  []string
				want string
			}{
				{nil, "unset"}, {nil, "unset"},
				{[]string{first}, "is " + first}, {[]string{first}, "is " + first},
				{[]string{"Root=2"}, "is Root=2"},
				{nil, "unset"}, {[]string{"Root=2"}, "is Root=2"},
				{[]string{""}, "unset"},
				{[]string{"  Root=3\t"}, "is Root=3"},
				{[]string{"meddle"}, "is meddle"}, {[]string{"meddle"}, "is meddle"},
				{[]string{"\xff=\u00e4"}, "is \xff=\u00e4"},
				{[]string{long}, "is " + long},
				{[]string{"once", "twice"}, "is once"},
				{nil, "unset"},
			} {
				if r := s.Result(s.API.Queue(traced(c.ids...))); string(r.Body) != c.want {
					t.Errorf("%q: the variable %.60q, want %.60q", c.ids, r.Body, c.want)
				}
			}
			s.Quiet()
		})
	}
}

// Nobody who has not asked for it has the environment changed, nor anybody where several
// invocations run at once.
func TestTraceIDNotExported(t *testing.T) {
	for name, c := range map[string]struct {
		export      bool
		concurrency string
	}{"not asked for": {}, "one at once": {true, "1"}, "many at once": {true, "8"}} {
		t.Run(name, func(t *testing.T) {
			unset(t, "AWS_LAMBDA_MAX_CONCURRENCY")
			unset(t, traceVariable)
			if c.concurrency != "" {
				t.Setenv("AWS_LAMBDA_MAX_CONCURRENCY", c.concurrency)
			}
			l := minlambda.Loop{Handler: variable}
			if c.export {
				l.ExportTraceID()
			}
			s := looptest.Start(t, l)
			for _, want := range []string{"unset", "is mine"} {
				if r := s.Result(s.API.Queue(traced("Root=1"))); string(r.Body) != want {
					t.Errorf("the variable %q, want %q", r.Body, want)
				}
				os.Setenv(traceVariable, "mine")
			}
		})
	}
}
