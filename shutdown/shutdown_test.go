//go:build unix

package shutdown_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdatest"
	"github.com/minlambda/minlambda/shutdown"
)

const (
	four = "AWS_LAMBDA_MAX_CONCURRENCY=4"

	// callbacks is what three callbacks say, the last one registered first.
	callbacks = "third\nsecond\nfirst\n"
)

func registered() {
	for _, line := range []string{"first", "second", "third"} {
		shutdown.Register(func() { say(line) })
	}
}

// invoke is what most functions of these tests do.
func invoke(inv *minlambda.Invocation) error {
	switch event := string(inv.Event()); event {
	case "wait": // as long as the context lives
		ctx := inv.Context()
		say("waits")
		<-ctx.Done()
		say("sees the end")
		fmt.Fprintf(inv, "%v %v", ctx.Err() == context.Canceled,
			errors.Is(context.Cause(ctx), shutdown.ErrSignal))
	case "panic at the end":
		ctx := inv.Context()
		say("waits")
		<-ctx.Done()
		panic("on purpose")
	case "stubborn":
		say("waits")
		time.Sleep(time.Hour)
	default:
		inv.WriteString(event)
	}
	return nil
}

// handle is invoke for a handler of bytes, which has no context.
func handle(dst, event []byte) ([]byte, error) {
	switch string(event) {
	case "slow":
		say("waits")
		time.Sleep(100 * time.Millisecond)
		say("is done")
	case "stubborn":
		say("waits")
		time.Sleep(time.Hour)
	}
	return append(dst, event...), nil
}

func loop() *minlambda.Loop { return &minlambda.Loop{Invoke: invoke} }

// kinds are the ways to run a loop.
var kinds = map[string]func(){
	"Run":           func() { minlambda.Run(handle) },
	"RunInvocation": func() { minlambda.RunInvocation(invoke) },
	"Main":          func() { loop().Main() },
	"Loop.Run":      func() { loop().Run(context.Background()) },
	"RunConcurrent": func() { minlambda.RunConcurrent(loop) },
	"RunConcurrentContext": func() {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		minlambda.RunConcurrentContext(ctx, loop)
	},
	"two loops": func() {
		go loop().Run(context.Background())
		loop().Run(context.Background())
	},
}

var children = map[string]func(){
	"a callback hangs": func() {
		shutdown.Register(func() { say("first") })
		shutdown.Register(func() { say("hangs"); select {} })
		shutdown.Register(func() { say("third") })
		minlambda.Run(handle)
	},
	"callbacks fail": func() {
		shutdown.Register(func() { say("first") })
		shutdown.Register(func() { panic("a callback's") })
		shutdown.Register(func() { panic(errors.New("an error's")) })
		shutdown.Register(runtime.Goexit)
		shutdown.Register(func() { say("last") })
		minlambda.Run(handle)
	},
	"nil": func() {
		shutdown.Register(nil)
		minlambda.RunInvocation(invoke)
	},
	"late": func() {
		minlambda.Run(func(dst, event []byte) ([]byte, error) {
			of := string(event)
			shutdown.Register(func() { say("callback of " + of) })
			return dst, nil
		})
	},
	"another one later": func() {
		shutdown.Register(func() { say("first") })
		minlambda.Run(func(dst, event []byte) ([]byte, error) {
			of := string(event)
			shutdown.Register(func() { say("callback of " + of) })
			return dst, nil
		})
	},
	"the loop ends by itself": func() {
		registered()
		ctx, cancel := context.WithCancel(context.Background())
		(&minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
			cancel()
			return event, nil
		}}).Run(ctx)
	},
}

func init() {
	for name, run := range kinds {
		children[name] = func() { registered(); run() }
	}
}

// loops is how many loops a kind has.
func loops(kind string) int {
	switch {
	case strings.HasPrefix(kind, "RunConcurrent"):
		return 4
	case kind == "two loops":
		return 2
	}
	return 1
}

// asks checks that the extension registered before the first request for an event, and waits.
func (p *process) asks() {
	p.t.Helper()
	e := p.api.Extensions()
	if len(e) != 1 || e[0].Name != "minlambda-shutdown" || len(e[0].Events) != 0 {
		p.t.Errorf("extensions %+v", e)
	}
	var first []string
	p.until("the extension asks", func() bool {
		first = nil
		for _, r := range p.api.Requests() {
			first = append(first, r.Method+" "+r.Path)
		}
		return slices.Contains(first, "GET /2020-01-01/extension/event/next")
	})
	if first[0] != "POST /2020-01-01/extension/register" {
		p.t.Errorf("the first requests are %q", first)
	}
}

// An idle function gets the signal: however its loops run, the callbacks run in the reverse order
// of their registration, and the process ends well.
func TestIdle(t *testing.T) {
	for kind := range kinds {
		for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
			t.Run(kind+" "+s.String(), func(t *testing.T) {
				t.Parallel()
				p := child(t, kind, four)
				p.idle(loops(kind))
				if kind != "two loops" { // which begin at the same time
					p.asks()
				}
				if r := p.result(p.queue("x")); string(r.Body) != "x" {
					t.Errorf("ended with %q, %v", r.Body, r.Err)
				}
				p.idle(loops(kind))
				p.signal(s)
				stderr := p.ends(0, callbacks)
				if loops(kind) == 4 && stderr != "" || strings.Count(stderr, "\n") > 1 {
					t.Errorf("it said %q", stderr)
				}
			})
		}
	}
}

// A handler that runs sees its context end, and why; its response arrives, the callbacks run after
// it, and no other event is taken. With several loops this holds for each.
func TestHandlerRuns(t *testing.T) {
	for kind := range kinds {
		if kind == "Run" {
			continue
		}
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			n := loops(kind)
			p := child(t, kind, four)
			p.idle(n)
			var pending []*lambdatest.Pending
			for range n {
				pending = append(pending, p.queue("wait"))
			}
			p.said("waits", n)
			late := p.queue("late")
			p.signal(syscall.SIGTERM)
			for _, q := range pending {
				if r := p.result(q); string(r.Body) != "true true" || r.Err != nil {
					t.Errorf("ended with %q, %v", r.Body, r.Err)
				}
			}
			p.ends(0, strings.Repeat("waits\n", n)+strings.Repeat("sees the end\n", n)+callbacks)
			select {
			case <-late.Done():
				t.Error("an event was handled after the signal")
			default:
			}
		})
	}
}

// A handler of bytes, which sees nothing of it, is left to finish before the callbacks run.
func TestHandlerOfBytes(t *testing.T) {
	t.Parallel()
	p := child(t, "Run")
	p.idle(1)
	q := p.queue("slow")
	p.said("waits", 1)
	p.signal(syscall.SIGINT)
	if r := p.result(q); string(r.Body) != "slow" {
		t.Errorf("ended with %q, %v", r.Body, r.Err)
	}
	p.ended(0, "waits\nis done\n"+callbacks)
}

// A handler that does not care keeps nobody: the callbacks run, and the process ends.
func TestStubbornHandler(t *testing.T) {
	for _, kind := range []string{"Run", "RunInvocation", "RunConcurrent"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			p := child(t, kind)
			p.idle(1)
			p.queue("stubborn")
			p.said("waits", 1)
			p.signal(syscall.SIGTERM)
			p.ended(0, "waits\n"+callbacks)
		})
	}
}

// A handler that panics at the end is reported as ever; the callbacks run, and the status says so.
// With several loops the others' responses arrive.
func TestPanicAtTheEnd(t *testing.T) {
	for _, kind := range []string{"RunInvocation", "Main", "Loop.Run", "RunConcurrent",
		"RunConcurrentContext"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			p := child(t, kind, four)
			p.idle(loops(kind))
			q := p.queue("panic at the end")
			p.said("waits", 1)
			p.signal(syscall.SIGTERM)
			if r := p.result(q); r.Err == nil || r.Err.Message != "on purpose" {
				t.Errorf("ended with %q, %v", r.Body, r.Err)
			}
			stderr := p.ends(1, "waits\n"+callbacks)
			if strings.Count(stderr, " string: on purpose\n") != 1 ||
				!strings.HasSuffix(stderr, "minlambda: handler: panic: \"on purpose\"\n") {
				t.Errorf("it said %q", stderr)
			}
		})
	}
}

// An answer that is broken, at the end, is said, and the status is not 0.
func TestBrokenAnswerAtTheEnd(t *testing.T) {
	for _, kind := range []string{"RunInvocation", "Loop.Run", "RunConcurrent",
		"RunConcurrentContext"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			p := child(t, kind)
			p.idle(1)
			q := p.api.Queue(lambdatest.Event{Payload: []byte("wait"),
				Answers: []lambdatest.Answer{{Status: 500}}})
			p.said("waits", 1)
			p.signal(syscall.SIGTERM)
			p.result(q)
			stderr := p.ends(1, "waits\nsees the end\n"+callbacks)
			if strings.Count(stderr, "minlambda: response: unexpected status: 500") != 1 ||
				strings.Count(stderr, "\n") != 1 {
				t.Errorf("it said %q", stderr)
			}
		})
	}
}

// A callback that hangs is left behind, and further signals change nothing.
func TestCallbackHangs(t *testing.T) {
	t.Parallel()
	p := child(t, "a callback hangs")
	p.idle(1)
	p.signal(syscall.SIGTERM)
	p.said("hangs", 1)
	p.cmd.Process.Signal(syscall.SIGINT) // unless it has ended
	p.cmd.Process.Signal(syscall.SIGTERM)
	p.ended(0, "third\nhangs\nfirst\n")
}

// A callback that panics is logged, with where it did, and one that calls runtime.Goexit has ended;
// the others run.
func TestCallbacksFail(t *testing.T) {
	t.Parallel()
	p := child(t, "callbacks fail")
	p.idle(1)
	p.signal(syscall.SIGTERM)
	stderr := p.ends(0, "last\nfirst\n")
	said := strings.Split(stderr, "\n")
	if len(said) != 3 ||
		!strings.HasPrefix(said[0], "minlambda: shutdown: a callback panicked: an error's in ") ||
		!strings.HasPrefix(said[1], "minlambda: shutdown: a callback panicked: a callback's in ") ||
		!strings.Contains(said[1], ", shutdown_test.go:") {
		t.Errorf("it said %q", stderr)
	}
}

// No callback at all: the rest holds.
func TestRegisterNil(t *testing.T) {
	t.Parallel()
	p := child(t, "nil")
	p.idle(1)
	p.asks()
	q := p.queue("wait")
	p.said("waits", 1)
	p.signal(syscall.SIGTERM)
	if r := p.result(q); string(r.Body) != "true true" {
		t.Errorf("ended with %q, %v", r.Body, r.Err)
	}
	p.ended(0, "waits\nsees the end\n")
}

// Register comes for the first time when a loop has begun: that is said, once, and the callbacks
// run if a signal comes all the same. If it is not the first time, nothing is to be said.
func TestRegisterLate(t *testing.T) {
	for name, c := range map[string]struct{ callbacks, warning string }{
		"late": {"callback of b\ncallback of a\n",
			"minlambda: shutdown: Register was first called after a loop had begun:" +
				" Lambda was not told, and sends no signal\n"},
		"another one later": {"callback of b\ncallback of a\nfirst\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := child(t, name)
			for _, event := range []string{"a", "b"} {
				p.result(p.queue(event))
			}
			p.idle(1)
			p.signal(syscall.SIGINT)
			if stderr := p.ends(0, c.callbacks); stderr != c.warning {
				t.Errorf("it said %q, want %q", stderr, c.warning)
			}
		})
	}
}

// A loop that ends without a signal returns, and no callback runs.
func TestLoopEndsByItself(t *testing.T) {
	t.Parallel()
	p := child(t, "the loop ends by itself")
	p.result(p.queue("x"))
	p.ended(0, "main returns\n")
}

// If the extension can't be registered, one warning says why; the function serves, and a signal
// that comes all the same is handled.
func TestNotRegistered(t *testing.T) {
	answers := func(text string) func(net.Conn) {
		return func(c net.Conn) { io.WriteString(c, text) }
	}
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
	for name, c := range map[string]struct {
		register func(net.Conn) // nil: an API without extensions
		says     string
	}{
		"no such route": {nil, "unexpected status: 404"},
		"refused": {answers("HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\n{\"a\""),
			"unexpected status: 403"},
		"accepted, not OK": {answers("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"),
			"unexpected status: 202"},
		"closed":        {func(net.Conn) {}, "extension: "},
		"junk":          {answers("junk\r\n\r\n"), "status line"},
		"no identifier": {answers(ok + "\r\n{}"), "without a Lambda-Extension-Identifier"},
		"bad identifier": {answers(ok + "Lambda-Extension-Identifier: a b\r\n\r\n{}"),
			`"a b", byte 1`},
		"silence": {func(c net.Conn) { io.Copy(io.Discard, c) }, "stopped"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api, addr := lambdatest.NewServer(), ""
			if api.NoExtensions = c.register == nil; !api.NoExtensions {
				addr = front(t, api, c.register)
			}
			p := start(t, api, addr, "RunInvocation")
			for range 2 {
				if r := p.result(p.queue("x")); string(r.Body) != "x" {
					t.Errorf("ended with %q, %v", r.Body, r.Err)
				}
			}
			q := p.queue("wait")
			p.said("waits", 1)
			p.signal(syscall.SIGTERM)
			if r := p.result(q); string(r.Body) != "true true" {
				t.Errorf("ended with %q, %v", r.Body, r.Err)
			}
			stderr := p.ends(0, "waits\nsees the end\n"+callbacks)
			if strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, c.says) ||
				!strings.HasPrefix(stderr, "minlambda: shutdown: Lambda will send no signal") {
				t.Errorf("it said %q; want %q", stderr, c.says)
			}
		})
	}
}
