package minlambda_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdatest"
)

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
		s := start(t, nil, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
			return writeToTheLimit(t, inv, write)
		}})
		s.api.Keep(0)
		if r := s.invoke("largest"); r.Err != nil || len(r.Body) != minlambda.MaxResponse {
			t.Errorf("%s: the largest ended with %d bytes, %v", name, len(r.Body), r.Err)
		}
		for how, want := range map[string]string{
			"ignored":  tooLarge(minlambda.MaxResponse + 10),
			"returned": tooLarge(minlambda.MaxResponse + 1),
			"wrapped":  "page 7: minlambda: response is longer than 6291556 bytes",
		} {
			r := s.invoke(how)
			if r.Err == nil || r.Err.Message != want || r.Err.Type != kind || errorType(r) != kind {
				t.Errorf("%s, error %s: ended with %d bytes, %v, %s; want %q",
					name, how, len(r.Body), r.Err, errorType(r), want)
			}
		}
		if r := s.invoke("own"); r.Err == nil || r.Err.Message != "of its own" {
			t.Errorf("%s: an error of its own: ended with %d bytes, %v", name, len(r.Body), r.Err)
		}
		if r := s.invoke("replaced"); string(r.Body) != "too long, sorry" {
			t.Errorf("%s: a new response: ended with %.50q, %v", name, r.Body, r.Err)
		}
		s.fine()
		s.stop()
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
		s := start(t, nil, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
			write(inv)
			return nil
		}})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if r := s.invoke("{}"); r.Err == nil || r.Err.Type != "Function.ResponseSizeTooLarge" {
			t.Errorf("%s: ended with %d bytes, %v", name, len(r.Body), r.Err)
		}
		runtime.ReadMemStats(&after)
		// Twice the largest response for a buffer that doubles, and as much on the way there.
		if took := after.TotalAlloc - before.TotalAlloc; took > 4*minlambda.MaxResponse {
			t.Errorf("%s: took %d bytes", name, took)
		}
		s.stop()
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
	s := start(t, nil, minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
		if cap(dst) < len(event) {
			t.Errorf("an event of %d bytes has room for %d", len(event), cap(dst))
		}
		return nil, nil
	}})
	for _, size := range []int{9_000, 40_000, 1_000_000} {
		s.invoke(strings.Repeat("x", size))
	}
	s.stop()
}
