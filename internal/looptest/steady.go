package looptest

import (
	"bytes"
	"context"
	"net"
	"runtime"
	"strconv"
	"testing"

	"github.com/minlambda/minlambda"
)

// A Cost is what a number of invocations have cost.
type Cost struct {
	Mallocs uint64 // allocations of the process
	GCs     uint32 // garbage collections
	Reads   int    // reads that the server needed, beyond one an invocation
}

// Steady runs l for n invocations of event after a warm-up, and returns what was
// allocated, collected and read meanwhile, by the loop, its handler and a server
// that allocates nothing.
func Steady(t testing.TB, l minlambda.Loop, event string, n int) Cost {
	t.Helper()
	const warmUp = 500
	for range 2 { // empties the pool, so that the buffers of this loop have to grow
		runtime.GC()
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var before, after runtime.MemStats
	count, reads, served := 0, 0, make(chan struct{})
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
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
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
	return Cost{
		Mallocs: after.Mallocs - before.Mallocs,
		GCs:     after.NumGC - before.NumGC,
		Reads:   reads - count,
	}
}

// serveCanned serves one connection without allocating: each request that ends
// with a GET is answered with the 202 for the POST before it and the next event,
// in one write. It counts the reads that it took.
func serveCanned(l net.Listener, event string, events int, reads *int) {
	c, err := l.Accept()
	if err != nil {
		return
	}
	defer c.Close()
	next := []byte("HTTP/1.1 200 OK\r\n" +
		"Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n" +
		"Lambda-Runtime-Deadline-Ms: 4102444800000\r\n" +
		"Content-Length: " + strconv.Itoa(len(event)) + "\r\n\r\n" + event)
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
		// The GET is the last request, and the last to have the end of a head after its Host.
		i := bytes.LastIndex(buf[:have], end)
		if !bytes.HasSuffix(buf[:have], []byte("\r\n\r\n")) || i < 5 ||
			!bytes.HasSuffix(buf[:i], []byte("/invocation/next ")) {
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
