//go:build !race

// The race detector allocates where the program does not.

package minlambda_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"runtime"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/pool"
)

// steady are loops that allocate nothing in their steady state.
func steady(t *testing.T) map[string]minlambda.Loop {
	own := bytes.Repeat([]byte("o"), 2000)
	large := bytes.Repeat([]byte("l"), 20_000)
	huge := bytes.Repeat([]byte("h"), 40_000)
	body := bytes.NewReader(nil)
	onlyReader := &struct{ io.Reader }{body} // without its WriteTo
	return map[string]minlambda.Loop{
		"append": {Handler: echo},
		"event":  {Handler: func(dst, event []byte) ([]byte, error) { return event, nil }},
		"own":    {Handler: func(dst, event []byte) ([]byte, error) { return own, nil }},
		"large": {Handler: func(dst, event []byte) ([]byte, error) {
			return append(dst, large...), nil
		}},
		"gathered": {Handler: func(dst, event []byte) ([]byte, error) { return huge, nil }},
		"OK": {Handler: minlambda.OK(func(dst, event []byte) []byte {
			return append(dst, "ok"...)
		})},
		"poison": {Handler: echo, Poison: true},
		"Invocation": {Invoke: func(inv *minlambda.Invocation) error {
			inv.Deadline()
			inv.Write(inv.RequestID())
			return nil
		}},
		"huge": {Handler: func(dst, event []byte) ([]byte, error) {
			return append(dst, huge...), nil
		}},
		"written in pieces": {Invoke: func(inv *minlambda.Invocation) error {
			for i := 0; i < len(huge); i += 1000 {
				inv.Write(huge[i : i+1000])
				inv.WriteString("and a string")
			}
			return nil
		}},
		"set and written": {Invoke: func(inv *minlambda.Invocation) error {
			inv.SetResponse(own)
			inv.Write(huge)
			inv.SetResponse(inv.Event()[:1])
			inv.Write(huge)
			return nil
		}},
		"copied": {Invoke: func(inv *minlambda.Invocation) error {
			body.Reset(huge)
			n, err := io.Copy(inv, onlyReader)
			if n != int64(len(huge)) {
				t.Errorf("copied %d bytes", n)
			}
			return err
		}},
	}
}

// streaming are loops that stream, and allocate nothing in their steady state.
func streaming() map[string]minlambda.Loop {
	own := bytes.Repeat([]byte("o"), 2000)
	huge := bytes.Repeat([]byte("h"), 40_000)
	prelude := []byte(`{"statusCode":200,"headers":{"Content-Type":"text/plain"}}`)
	body := bytes.NewReader(nil)
	onlyReader := &struct{ io.Reader }{body} // without its WriteTo
	return map[string]minlambda.Loop{
		"streamed": {Invoke: func(inv *minlambda.Invocation) error {
			inv.SetContentType("text/plain")
			for range 3 {
				inv.WriteString("part")
				inv.Flush()
			}
			inv.Write(own)
			return nil
		}},
		"streamed, large": {Invoke: func(inv *minlambda.Invocation) error {
			inv.Flush()
			for i := 0; i < len(huge); i += 1000 {
				inv.Write(huge[i : i+1000])
			}
			inv.Write(huge)
			body.Reset(huge)
			_, err := inv.ReadFrom(onlyReader)
			return err
		}},
		"streamed with a prelude": {Invoke: func(inv *minlambda.Invocation) error {
			inv.SetPrelude(prelude)
			inv.Write(own)
			return nil
		}},
	}
}

func TestAllocations(t *testing.T) {
	own := bytes.Repeat([]byte("o"), 2000)
	failure := errors.New("on purpose")
	loops := steady(t)
	maps.Copy(loops, streaming())
	for name, l := range loops {
		t.Run(name, func(t *testing.T) {
			if pool.Always && l.Invoke != nil {
				return // each invocation has an Invocation of its own
			}
			if c := looptest.Steady(t, l, `{"name":"Ada"}`, 10_000); c.Mallocs >= 20 || c.GCs > 0 {
				t.Errorf("%s: %d allocations and %d garbage collections in 10,000 invocations",
					name, c.Mallocs, c.GCs)
			}
		})
	}
	// The guard itself: it must see one allocation an invocation.
	failing := looptest.Steady(t, minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
		return nil, failure
	}, Log: func(minlambda.Record) {}}, "", 1000)
	cloning := looptest.Steady(t, minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
		return bytes.Clone(own), nil
	}}, "", 1000)
	if cloning.Mallocs < 1000 {
		t.Errorf("the guard counts %d of 1,000 allocations; errors make %d",
			cloning.Mallocs, failing.Mallocs)
	}
}

// Response and next GET leave in one write, and a small one arrives in one read.
func TestOneWriteAnInvocation(t *testing.T) {
	own := bytes.Repeat([]byte("o"), 2000)
	for name, h := range map[string]minlambda.Handler{
		"append": echo,
		"own":    func(dst, event []byte) ([]byte, error) { return own, nil },
		"empty":  func(dst, event []byte) ([]byte, error) { return nil, nil },
	} {
		t.Run(name, func(t *testing.T) {
			// One read an invocation is the least; two writes would now and then take two, and the
			// first GET is one more.
			if c := looptest.Steady(t, minlambda.Loop{Handler: h}, "{}", 5000); c.Reads > 1 {
				t.Errorf("%s: %d reads more than invocations", name, c.Reads)
			}
		})
	}
}

// answerEach serves one connection without allocating: a GET gets an event, whose payload is {}, a
// POST of the same text a 202.
func answerEach(l net.Listener) {
	c, err := l.Accept()
	if err != nil {
		return
	}
	defer c.Close()
	next := []byte("HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: id\r\n" +
		"Content-Length: 2\r\n\r\n{}")
	accepted := []byte("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
	buf := make([]byte, 4096)
	for have := 0; err == nil; {
		var n int
		n, err = c.Read(buf[have:])
		have += n
		switch got := buf[:have]; {
		case bytes.HasPrefix(got, []byte("GET")) && bytes.HasSuffix(got, []byte("\r\n\r\n")):
			_, err = c.Write(next)
		case bytes.HasPrefix(got, []byte("POST")) && bytes.HasSuffix(got, []byte("\r\n\r\n{}")):
			_, err = c.Write(accepted)
		default:
			continue
		}
		have = 0
	}
}

// After itself costs nothing, in memory.
func TestAfterAllocations(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go answerEach(l)
	ctx, cancel := context.WithCancel(context.Background())
	var before, after runtime.MemStats
	calls := 0
	loop := minlambda.Loop{API: l.Addr().String(), Handler: echo, After: func() {
		switch calls++; calls {
		case 500:
			runtime.ReadMemStats(&before)
		case 5500:
			runtime.ReadMemStats(&after)
			cancel()
		}
	}}
	loop.Run(ctx)
	if n := after.Mallocs - before.Mallocs; n >= 20 || calls != 5500 {
		t.Errorf("%d allocations in 5,000 invocations, %d calls", n, calls)
	}
}
