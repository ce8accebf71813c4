//go:build !race

// The race detector allocates where the program does not.

package minlambda_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"strconv"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/valyala/fastjson"
)

// serveCanned serves one connection without allocating: each request that ends with a GET is answered with the 202 for the
// POST before it and the next event, in one write. It counts the reads that it took.
func serveCanned(l net.Listener, event string, events int, reads *int) {
	c, err := l.Accept()
	if err != nil {
		return
	}
	defer c.Close()
	next := []byte("HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n" +
		"Lambda-Runtime-Deadline-Ms: 4102444800000\r\nContent-Length: " + strconv.Itoa(len(event)) + "\r\n\r\n" + event)
	accepted := []byte("HTTP/1.1 202 Accepted\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n")
	both := append(bytes.Clone(accepted), next...)
	answer, end := next, []byte("HTTP/1.1\r\nHost: "+l.Addr().String())
	buf := make([]byte, 1<<20)
	for have := 0; ; {
		n, err := c.Read(buf[have:])
		if err != nil {
			return
		}
		have += n
		*reads++
		// The GET is the last request, and the last to have the end of a head behind its Host.
		i := bytes.LastIndex(buf[:have], end)
		if !bytes.HasSuffix(buf[:have], []byte("\r\n\r\n")) || i < 5 || !bytes.HasSuffix(buf[:i], []byte("/invocation/next ")) {
			continue
		}
		have = 0
		if _, err = c.Write(answer); err != nil {
			return
		}
		if answer = both; events == 0 {
			answer = accepted
		}
		if events--; events < -1 {
			return
		}
	}
}

// steady runs the loop for n invocations after a warm-up, and returns what was allocated and collected, and how many
// reads the server needed, meanwhile.
func steady(t *testing.T, l minlambda.Loop, event string, n int) (mallocs uint64, gcs uint32, reads int) {
	t.Helper()
	const warmUp = 500
	for range 2 { // empties the pool, so that the buffers of this loop have to grow
		runtime.GC()
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var before, after runtime.MemStats
	count, served := 0, make(chan struct{})
	tick := func() {
		switch count++; count {
		case warmUp:
			runtime.GC()
			runtime.ReadMemStats(&before)
		case warmUp + n:
			runtime.ReadMemStats(&after)
		}
	}
	if h := l.Handler; h != nil {
		l.Handler = func(dst, event []byte) ([]byte, error) { tick(); return h(dst, event) }
	} else {
		h := l.Invoke
		l.Invoke = func(inv *minlambda.Invocation) error { tick(); return h(inv) }
	}
	listener := listen(t)
	go func() {
		defer close(served)
		defer cancel()
		serveCanned(listener, event, warmUp+n-1, &reads)
	}()
	l.API = listener.Addr().String()
	l.Run(ctx)
	<-served
	if count < warmUp+n {
		t.Fatalf("only %d invocations", count)
	}
	return after.Mallocs - before.Mallocs, after.NumGC - before.NumGC, reads - count
}

func TestAllocations(t *testing.T) {
	own := bytes.Repeat([]byte("o"), 2000)
	large := bytes.Repeat([]byte("l"), 20_000)
	huge := bytes.Repeat([]byte("h"), 40_000)
	failure := errors.New("on purpose")
	body := bytes.NewReader(nil)
	onlyReader := &struct{ io.Reader }{body} // without its WriteTo
	var text []byte
	greet := minlambda.JSON(func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
		text = append(append(text[:0], "Hello, "...), event.GetStringBytes("name")...)
		response := a.NewObject()
		response.Set("greeting", a.NewStringBytes(text))
		return response, nil
	})
	greetID := minlambda.JSONInvocation(
		func(
			inv *minlambda.Invocation, a *fastjson.Arena, event *fastjson.Value,
		) (*fastjson.Value, error) {
			response := a.NewObject()
			response.Set("name", event.Get("name"))
			response.Set("id", a.NewStringBytes(inv.RequestID()))
			return response, nil
		})
	for name, l := range map[string]minlambda.Loop{
		"append":     {Handler: echo},
		"event":      {Handler: func(dst, event []byte) ([]byte, error) { return event, nil }},
		"own":        {Handler: func(dst, event []byte) ([]byte, error) { return own, nil }},
		"large":      {Handler: func(dst, event []byte) ([]byte, error) { return append(dst, large...), nil }},
		"gathered":   {Handler: func(dst, event []byte) ([]byte, error) { return huge, nil }},
		"OK":         {Handler: minlambda.OK(func(dst, event []byte) []byte { return append(dst, "ok"...) })},
		"JSON":       {Handler: greet},
		"JSONInvoke": {Invoke: greetID},
		"poison":     {Handler: echo, Poison: true},
		"Invocation": {Invoke: func(inv *minlambda.Invocation) error { inv.Deadline(); inv.Write(inv.RequestID()); return nil }},
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
	} {
		if poisonTag && l.Invoke != nil {
			continue // each invocation has an Invocation of its own
		}
		if n, gcs, _ := steady(t, l, `{"name":"Ada"}`, 10_000); n >= 20 || gcs > 0 {
			t.Errorf("%s: %d allocations and %d garbage collections in 10,000 invocations", name, n, gcs)
		}
	}
	// The guard itself: it must see one allocation an invocation.
	n, _, _ := steady(t, minlambda.Loop{Handler: func(dst, event []byte) ([]byte,
		error) {
		return nil, failure
	},
		Log: func(minlambda.Record) {}}, "", 1000)
	m, _, _ := steady(t, minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) { return bytes.Clone(own), nil }}, "", 1000)
	if m < 1000 {
		t.Errorf("the guard counts %d of 1,000 allocations; errors make %d", m, n)
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
		// One read an invocation is the least; two writes would now and then take two, and the first GET is one more.
		if _, _, more := steady(t, minlambda.Loop{Handler: h}, "{}", 5000); more > 1 {
			t.Errorf("%s: %d reads more than invocations", name, more)
		}
	}
}
