package minlambda_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdatest"
)

const concurrency = "AWS_LAMBDA_MAX_CONCURRENCY"

// A crowd is loops that run together against a fake Runtime API.
type crowd struct {
	t      *testing.T
	api    *lambdatest.Server
	cancel context.CancelFunc
	done   chan struct{} // closed when they have ended
	err    error         // what RunConcurrentContext has returned

	mu     sync.Mutex
	logged []minlambda.Record
}

// together runs n loops until the test ends, and returns when all of them ask.
func together(t *testing.T, n int, newLoop func() *minlambda.Loop) *crowd {
	t.Helper()
	t.Setenv(concurrency, fmt.Sprint(n))
	c := &crowd{t: t, api: lambdatest.NewServer(), done: make(chan struct{})}
	var ctx context.Context
	ctx, c.cancel = context.WithCancel(context.Background())
	go func() {
		defer close(c.done)
		c.err = minlambda.RunConcurrentContext(ctx, func() *minlambda.Loop {
			l := newLoop()
			l.API, l.Log = c.api.Addr(), c.log
			return l
		})
	}()
	t.Cleanup(func() {
		c.cancel()
		c.wait()
		c.api.Close()
		for _, v := range c.api.Violations() {
			t.Errorf("violation: %s", v)
		}
	})
	c.idle(n)
	return c
}

func (c *crowd) log(r minlambda.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.logged = append(c.logged, r)
}

// records is what was logged so far.
func (c *crowd) records() []minlambda.Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]minlambda.Record(nil), c.logged...)
}

// logs waits until n records were logged: a loop asks for its next event before it has read the
// answer to its last response.
func (c *crowd) logs(n int) []minlambda.Record {
	c.t.Helper()
	for end := time.Now().Add(patience); len(c.records()) != n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			c.t.Fatalf("logged %v; want %d records", c.records(), n)
		}
	}
	return c.records()
}

// idle waits until n loops wait for an event.
func (c *crowd) idle(n int) {
	c.t.Helper()
	awaitWaiting(c.t, c.api, n)
}

func awaitWaiting(t *testing.T, api *lambdatest.Server, n int) {
	t.Helper()
	for end := time.Now().Add(patience); api.Waiting() != n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d loops wait for an event; want %d", api.Waiting(), n)
		}
	}
}

func (c *crowd) wait() {
	c.t.Helper()
	select {
	case <-c.done:
	case <-time.After(patience):
		c.t.Fatal("the loops hang")
	}
}

func (c *crowd) queue(e lambdatest.Event, payload string) *lambdatest.Pending {
	e.Payload = []byte(payload)
	return c.api.Queue(e)
}

func (c *crowd) result(p *lambdatest.Pending) lambdatest.Result {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := p.Wait(ctx)
	if err != nil {
		c.t.Fatalf("%v; logged %v", err, c.records())
	}
	return r
}

// A gate makes a handler wait.
type gate struct {
	in   atomic.Int32 // handlers that have come to it
	open chan struct{}
}

func newGate() *gate { return &gate{open: make(chan struct{})} }

// echo waits at the gate, for an event that says so, and echoes.
func (g *gate) echo(dst, event []byte) ([]byte, error) {
	if bytes.HasPrefix(event, []byte("wait")) {
		g.in.Add(1)
		<-g.open
	}
	return append(dst, event...), nil
}

// came waits until n handlers are at the gate.
func (g *gate) came(t *testing.T, n int32) {
	t.Helper()
	for end := time.Now().Add(patience); g.in.Load() != n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d handlers are at the gate; want %d", g.in.Load(), n)
		}
	}
}

// As many events as the variable says are handled at once, by a loop each, and each gets its own
// answer; the context ends all of them.
func TestConcurrent(t *testing.T) {
	const n = 16
	g := newGate()
	var made atomic.Int32
	c := together(t, n, func() *minlambda.Loop {
		made.Add(1)
		return &minlambda.Loop{Handler: g.echo}
	})
	if made.Load() != n {
		t.Errorf("%d loops were made", made.Load())
	}
	var pending [n]*lambdatest.Pending
	for i := range pending {
		pending[i] = c.queue(lambdatest.Event{}, fmt.Sprint("wait ", i))
	}
	g.came(t, n)
	close(g.open)
	conns := map[int]bool{}
	for i, p := range pending {
		r := c.result(p)
		conns[r.ConnID] = true
		if string(r.Body) != fmt.Sprint("wait ", i) {
			t.Errorf("%d ended with %q, %v", i, r.Body, r.Err)
		}
	}
	if len(conns) != n {
		t.Errorf("%d connections", len(conns))
	}
	c.idle(n)
	c.cancel()
	if c.wait(); c.err != context.Canceled {
		t.Errorf("returned %v", c.err)
	}
	if got := c.records(); len(got) > 0 {
		t.Errorf("logged %v", got)
	}
}

// The number of loops comes from the environment, 1 without it; what is not a number from 1 to
// 1,000 is refused, before a loop is made.
func TestConcurrency(t *testing.T) {
	never, cancel := context.WithCancel(context.Background())
	cancel()
	count := func() (n int, err error) {
		err = minlambda.RunConcurrentContext(never, func() *minlambda.Loop {
			n++
			return &minlambda.Loop{Handler: echo, API: "127.0.0.1:1"}
		})
		return n, err
	}
	for value, want := range map[string]int{"1": 1, "2": 2, "064": 64, "1000": 1000} {
		t.Setenv(concurrency, value)
		if n, err := count(); n != want || err != context.Canceled {
			t.Errorf("%s: %d loops, %v", value, n, err)
		}
	}
	for _, value := range []string{"", "0", "1001", "-1", "+1", " 1", "1.0", "x",
		"99999999999999999999"} {
		t.Setenv(concurrency, value)
		n, err := count()
		var e *minlambda.Error
		if n != 0 || !errors.As(err, &e) || e.Op != concurrency ||
			!strings.HasSuffix(err.Error(), `: not a number from 1 to 1000: "`+value+`"`) {
			t.Errorf("%q: %d loops, %v", value, n, err)
		}
	}
	os.Unsetenv(concurrency)
	if n, err := count(); n != 1 || err != context.Canceled {
		t.Errorf("without the variable: %d loops, %v", n, err)
	}
}

// A loop that is missing, or made twice, is an error that says which, and nobody asks for an event.
func TestConcurrentLoops(t *testing.T) {
	t.Setenv(concurrency, "3")
	one := &minlambda.Loop{Handler: echo}
	for want, newLoop := range map[string]func(i int) *minlambda.Loop{
		"newLoop has returned nil: 2 of 3": func(i int) *minlambda.Loop {
			return []*minlambda.Loop{{Handler: echo}, nil}[i]
		},
		"same Loop twice; loops share nothing: 3 of 3": func(i int) *minlambda.Loop {
			return []*minlambda.Loop{one, {Handler: echo}, one}[i]
		},
		"needs Handler or Invoke": func(int) *minlambda.Loop { return new(minlambda.Loop) },
	} {
		api, i := lambdatest.NewServer(), -1
		err := minlambda.RunConcurrentContext(context.Background(), func() *minlambda.Loop {
			i++
			l := newLoop(i)
			if l != nil {
				l.API = api.Addr()
			}
			return l
		})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("returned %v; want %q", err, want)
		}
		if api.Connections() > 0 {
			t.Errorf("%s: %d connections", want, api.Connections())
		}
		api.Close()
	}
}

// A response that is refused ends nothing: neither its loop nor others.
func TestConcurrentRefusals(t *testing.T) {
	const n = 4
	c := together(t, n, func() *minlambda.Loop { return &minlambda.Loop{Handler: echo} })
	statuses := []int{400, 403, 410, 413}
	for _, status := range statuses {
		for range n {
			e := lambdatest.Event{Answers: []lambdatest.Answer{{Status: status}}}
			r := c.result(c.queue(e, "x"))
			if r.Status != status {
				t.Errorf("status %d; want %d", r.Status, status)
			}
		}
	}
	c.idle(n)
	for _, r := range c.logs(n * len(statuses)) {
		if r.RequestID == "" || !strings.Contains(r.String(), r.RequestID) {
			t.Errorf("a line without the request ID %q: %s", r.RequestID, r)
		}
	}
}

// What is lost with one connection is that loop's alone: the others wait on theirs all along.
func TestConcurrentConnectionLost(t *testing.T) {
	const n = 4
	c := together(t, n, func() *minlambda.Loop { return &minlambda.Loop{Handler: echo} })
	lost := lambdatest.Answer{Raw: []byte{}, Reset: true, Lost: true}
	p := c.queue(lambdatest.Event{Answers: []lambdatest.Answer{lost}}, "x")
	if r := c.result(p); string(r.Body) != "x" || r.Err != nil {
		t.Errorf("ended with %q, %v", r.Body, r.Err)
	}
	c.idle(n)
	if got := c.api.Connections(); got != n+1 {
		t.Errorf("%d connections; want one more than %d", got, n)
	}
	c.api.Drop()
	for i := range 2 * n {
		r := c.result(c.queue(lambdatest.Event{}, fmt.Sprint(i)))
		if string(r.Body) != fmt.Sprint(i) {
			t.Errorf("%d ended with %q, %v", i, r.Body, r.Err)
		}
	}
	c.idle(n)
	if got := c.records(); len(got) > 0 {
		t.Errorf("logged %v", got)
	}
}

// When one loop fails, in whatever way, no loop asks for another event; those that have one finish
// it and send the response; then all have ended, and the first cause is what is returned.
func TestConcurrentFailure(t *testing.T) {
	for name, c := range map[string]struct {
		answers []lambdatest.Answer
		handle  func()
		want    string
	}{
		"panic": {handle: func() { panic("on purpose") },
			want: `handler: panic: "on purpose"`},
		"Goexit": {handle: runtime.Goexit,
			want: `handler: panic: "handler called runtime.Goexit"`},
		"broken answer": {answers: []lambdatest.Answer{{Status: 500}},
			want: "response: unexpected status: 500"},
		"no answer": {answers: []lambdatest.Answer{{Raw: []byte("junk\r\n"), Close: true}},
			want: "response: status line"},
	} {
		t.Run(name, func(t *testing.T) {
			const n = 4
			g := newGate()
			s := together(t, n, func() *minlambda.Loop {
				return &minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
					if string(event) == "fail" && c.handle != nil {
						c.handle()
					}
					return g.echo(dst, event)
				}}
			})
			busy := []*lambdatest.Pending{s.queue(lambdatest.Event{}, "wait 1"),
				s.queue(lambdatest.Event{}, "wait 2")}
			g.came(t, 2) // the other two loops wait for events
			s.result(s.queue(lambdatest.Event{Answers: c.answers}, "fail"))
			awaitWaiting(t, s.api, 0)
			late := s.queue(lambdatest.Event{}, "late")
			select {
			case <-s.done:
				t.Fatalf("returned %v before all have finished", s.err)
			default:
			}
			close(g.open)
			for i, p := range busy {
				if r := s.result(p); string(r.Body) != fmt.Sprint("wait ", i+1) {
					t.Errorf("%d ended with %q, %v", i, r.Body, r.Err)
				}
			}
			if s.wait(); s.err == nil || !strings.Contains(s.err.Error(), c.want) {
				t.Errorf("returned %v; want %s", s.err, c.want)
			}
			select {
			case <-late.Done():
				t.Error("an event was handled after the failure")
			default:
			}
		})
	}
}

// The context of an invocation ends at its deadline, and with nothing that happens to another loop.
// The platform does not stop the handler; its late response is refused, which ends nothing.
func TestConcurrentContexts(t *testing.T) {
	g, expired, ended := newGate(), make(chan struct{}), make(chan error, 2)
	c := together(t, 2, func() *minlambda.Loop {
		return &minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
			ctx := inv.Context()
			switch string(inv.Event()) {
			case "deadline":
				<-ctx.Done()
				ended <- ctx.Err()
				<-expired // the deadline is the server's too, which may be slower
			case "panic":
				panic("on purpose")
			case "wait":
				g.in.Add(1)
				<-g.open
				ended <- ctx.Err()
			}
			return nil
		}}
	})
	soon := time.Now().Add(30 * time.Millisecond)
	p := c.queue(lambdatest.Event{Deadline: soon, Expires: true}, "deadline")
	if r := c.result(p); r.Err == nil || r.Err.Type != "Sandbox.Timedout" {
		t.Errorf("ended with %q, %v", r.Body, r.Err)
	}
	close(expired)
	if err := <-ended; err != context.DeadlineExceeded {
		t.Errorf("the context ended with %v", err)
	}
	c.idle(2)
	if got := c.logs(1); !strings.Contains(got[0].Message, "410") {
		t.Errorf("logged %v", got)
	}
	waits := c.queue(lambdatest.Event{}, "wait")
	g.came(t, 1)
	c.result(c.queue(lambdatest.Event{}, "panic"))
	awaitWaiting(t, c.api, 0)
	close(g.open)
	c.result(waits)
	if err := <-ended; err != nil {
		t.Errorf("a panic in another loop has ended the context with %v", err)
	}
}

// Loop.Run and its like serve one event at a time, whatever the variable says, and say once in a
// process that there is RunConcurrent.
func TestOneAtATimeUnderConcurrency(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		example, value string
		lines          int
	}{{"echo", "16", 1}, {"echo", "nonsense", 1}, {"echo", "1", 0}} {
		p := run(t, c.example, concurrency+"="+c.value)
		for range 3 {
			if got, err := p.invoke("x"); got != "x" || err != nil {
				t.Errorf("ended with %q, %v", got, err)
			}
		}
		p.cmd.Process.Kill()
		p.cmd.Wait()
		out := p.output.String()
		says := strings.Contains(out, `is "`+c.value+`"`) && strings.Contains(out, "RunConcurrent")
		if strings.Count(out, "\n") != c.lines || c.lines > 0 && !says {
			t.Errorf("%s=%s prints %q", concurrency, c.value, out)
		}
		if n := p.api.Connections(); n != 1 {
			t.Errorf("%d connections", n)
		}
	}
}

// The example answers sixteen events at the same time, each with its own answer: all of them have
// been handed out before the first one is answered.
func TestConcurrentExample(t *testing.T) {
	t.Parallel()
	const n = 16
	p := run(t, "concurrent", concurrency+"=16")
	awaitWaiting(t, p.api, n)
	var pending [n]*lambdatest.Pending
	for i := range pending {
		event := fmt.Appendf(nil, `{"ms":1000,"echo":"%d"}`, i)
		pending[i] = p.api.Queue(lambdatest.Event{Payload: event})
	}
	var lastSent, firstAnswered time.Time
	for i, one := range pending {
		r, err := one.Wait(p.ctx)
		if err != nil || r.Err != nil || string(r.Body) != fmt.Sprintf(`"%d"`, i) {
			t.Fatalf("%d ended with %q, %v, %v", i, r.Body, r.Err, err)
		}
		if r.Sent.After(lastSent) {
			lastSent = r.Sent
		}
		if firstAnswered.IsZero() || r.Received.Before(firstAnswered) {
			firstAnswered = r.Received
		}
	}
	if !lastSent.Before(firstAnswered) {
		t.Error("an event was answered before the last one was handed out")
	}
	if _, err := p.invoke(`{"fail":"text"}`); err == nil || err.Message != "text" {
		t.Errorf("fail: %v", err)
	}
	slow := p.api.Queue(lambdatest.Event{Payload: []byte(`{"ms":300,"echo":"slow"}`)})
	if _, err := p.invoke(`{"panic":"text"}`); err == nil || err.Message != "text" ||
		len(err.StackTrace) == 0 {
		t.Errorf("panic: %v", err)
	}
	if r, err := slow.Wait(p.ctx); err != nil || string(r.Body) != `"slow"` {
		t.Errorf("beside a panic: %q, %v", r.Body, err)
	}
	if out := p.exits(1); strings.Count(out, ` string: text`) != 1 ||
		!strings.HasSuffix(out, "minlambda: handler: panic: \"text\"\n") {
		t.Errorf("prints %q", out)
	}
}

// A number that is none is one line, and the end, before anything is asked.
func TestConcurrencyIsOneLine(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"", "0", "1001", "x"} {
		p := run(t, "concurrent", concurrency+"="+value)
		want := "minlambda: " + concurrency + ": not a number from 1 to 1000: \"" + value + "\"\n"
		if out := p.exits(1); out != want || p.api.Connections() > 0 {
			t.Errorf("%q prints %q", value, out)
		}
	}
}

// Sixteen loops that fail at the same time, again and again, write whole lines of JSON, each with
// the request ID of its event.
func TestConcurrentLog(t *testing.T) {
	t.Parallel()
	const n, each = 16, 20
	p := run(t, "concurrent", concurrency+"=16", "AWS_LAMBDA_LOG_FORMAT=json")
	awaitWaiting(t, p.api, n)
	want := map[string]string{} // message by request ID
	var pending []*lambdatest.Pending
	for i := range n * each {
		text := fmt.Sprint(i, strings.Repeat("x", 10_000+i))
		e := p.api.Queue(lambdatest.Event{Payload: []byte(`{"fail":"` + text + `"}`),
			Header: http.Header{"Lambda-Runtime-Aws-Tenant-Id": {fmt.Sprint("tenant", i)}}})
		pending = append(pending, e)
		want[e.RequestID()] = text
	}
	for _, e := range pending {
		r, err := e.Wait(p.ctx)
		if err != nil || r.Err == nil || r.Err.Message != want[e.RequestID()] {
			t.Fatalf("ended with %.50q, %v, %v", r.Body, r.Err, err)
		}
	}
	p.cmd.Process.Kill()
	p.cmd.Wait()
	for line := range strings.Lines(p.output.String()) {
		var got struct{ RequestID, TenantID, ErrorMessage string }
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatalf("%v in %.100q", err, line)
		}
		if text := want[got.RequestID]; text == "" || got.ErrorMessage != text ||
			got.TenantID != "tenant"+text[:strings.IndexByte(text, 'x')] {
			t.Errorf("a line of %q, %s has %.20q", got.RequestID, got.TenantID, got.ErrorMessage)
		}
		delete(want, got.RequestID)
	}
	if len(want) > 0 {
		t.Errorf("%d events have no line", len(want))
	}
}
