package minlambda_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/race"
	"github.com/minlambda/minlambda/lambdatest"
)

// asked counts the requests that the API has seen.
func asked(api *lambdatest.Server) (gets, posts int) {
	for _, r := range api.Requests() {
		if r.Method == "GET" {
			gets++
		} else {
			posts++
		}
	}
	return gets, posts
}

// After runs once for each invocation, when its answer has come and before the next event is asked
// for, whatever the handler has returned and the API has said.
func TestAfter(t *testing.T) {
	api := lambdatest.NewServer()
	var seen []string // by the loop alone, until it has ended
	s := start(t, api, minlambda.Loop{Handler: failing, After: func() {
		gets, posts := asked(api)
		seen = append(seen, fmt.Sprint(gets, " ", posts))
		time.Sleep(time.Millisecond) // a GET that is on its way would be there
		if again, _ := asked(api); again != gets {
			t.Errorf("%d GETs, and %d a moment later", gets, again)
		}
	}})
	api.Script(lambdatest.Answer{}, lambdatest.Answer{}, lambdatest.Answer{Status: 413},
		lambdatest.Answer{Status: 410}, lambdatest.Answer{Status: 413, Close: true})
	for _, event := range []string{"fine", "fail", "large", "late", "closed", "fine"} {
		s.invoke(event)
	}
	s.fine()
	s.stop()
	want := "1 1, 2 2, 3 3, 4 4, 5 5, 6 6, 7 7"
	if got := strings.Join(seen, ", "); got != want {
		t.Errorf("GETs and POSTs when After ran: %s\nwant %s", got, want)
	}
}

// It runs also where the loop ends after the invocation: ctx has ended, or the API says 500. It
// does not after a panic.
func TestAfterTheLast(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for name, c := range map[string]struct {
		handler minlambda.Handler
		status  int
		calls   int
	}{
		"canceled": {func(dst, event []byte) ([]byte, error) { cancel(); return dst, nil }, 0, 1},
		"500":      {echo, 500, 1},
		"panic":    {func(dst, event []byte) ([]byte, error) { panic("boom") }, 0, 0},
		"Goexit": {func(dst, event []byte) ([]byte, error) {
			runtime.Goexit()
			return nil, nil
		}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			api := lambdatest.NewServer()
			defer api.Close()
			api.Script(lambdatest.Answer{Status: c.status})
			p := api.Queue(lambdatest.Event{})
			calls := 0
			done := make(chan struct{})
			go func() {
				defer close(done)
				within := context.Background()
				if name == "canceled" {
					within = ctx
				}
				l := minlambda.Loop{API: api.Addr(), Handler: c.handler,
					After: func() { calls++ }, Log: func(minlambda.Record) {}}
				l.Run(within)
			}()
			<-done
			if _, err := p.Wait(t.Context()); err != nil {
				t.Error(err)
			}
			if gets, posts := asked(api); calls != c.calls || gets != 1 || posts != 1 {
				t.Errorf("%d calls, %d GETs, %d POSTs; want %d calls", calls, gets, posts, c.calls)
			}
		})
	}
}

//go:noinline
func flushFails(how string) {
	switch how {
	case "panic":
		panic("no collector")
	case "Goexit":
		runtime.Goexit()
	}
}

// What goes wrong in After is logged with its stack and ends the loop; the invocation keeps the
// answer that it has got.
func TestAfterPanics(t *testing.T) {
	for how, c := range map[string]struct{ kind, message string }{
		"panic":  {"string", "Loop.After: no collector"},
		"Goexit": {"Goexit", "Loop.After: Loop.After called runtime.Goexit"},
	} {
		for _, event := range []string{"fine", "fail"} {
			t.Run(how+" "+event, func(t *testing.T) {
				s := start(t, nil, minlambda.Loop{Handler: failing,
					After: func() { flushFails(how) }})
				p := s.queue(event)
				s.queue("not reached")
				if r := s.result(p); (r.Err == nil) != (event == "fine") || r.Status != 202 {
					t.Errorf("ended with %q, %v", r.Body, r.Err)
				}
				rec := s.panicked()
				if rec.Level != minlambda.LevelFatal || rec.RequestID != p.RequestID() ||
					rec.Type != c.kind || rec.Message != c.message ||
					!strings.HasPrefix(rec.Stack, module+"_test.flushFails(...)") {
					t.Errorf("logged %+v", rec)
				}
				if how == "panic" {
					const want = `minlambda: Loop.After: panic: "no collector"`
					if e := s.failed(); e.Error() != want {
						t.Errorf("Run returned %v", e)
					}
				}
				if gets, posts := asked(s.api); gets != 1 || posts != 1 {
					t.Errorf("%d GETs and %d POSTs", gets, posts)
				}
			})
		}
	}
}

func init() {
	children["After panics"] = func() {
		l := minlambda.Loop{Handler: echo, After: func() { flushFails("panic") }}
		if err := l.Run(context.Background()); err != nil {
			os.Exit(3)
		}
	}
}

// A process prints why it ends.
func TestProcessWhoseAfterPanics(t *testing.T) {
	p := child(t, "After panics").start()
	if got, err := p.invoke("text"); got != "text" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	out := p.exits(3)
	if !strings.HasPrefix(out, "minlambda: handler: panic: RequestId: ") ||
		!strings.Contains(out, " string: Loop.After: no collector\n") ||
		!strings.Contains(out, "flushFails(...)\n\t") {
		t.Errorf("printed %s", out)
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
	if race.Enabled {
		t.Skip("the race detector allocates where the program does not")
	}
	l := listen(t)
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
