//go:build linux

package conformance

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A counter hands connections on to the API, and counts them.
type counter struct {
	l    net.Listener
	api  string
	n    atomic.Int64
	mu   sync.Mutex
	open []net.Conn
	all  sync.WaitGroup
}

func newCounter(t *testing.T, api string) *counter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &counter{l: l, api: api}
	c.all.Go(c.serve)
	t.Cleanup(func() {
		l.Close()
		c.mu.Lock()
		for _, conn := range c.open {
			conn.Close()
		}
		c.mu.Unlock()
		c.all.Wait()
	})
	return c
}

func (c *counter) serve() {
	for {
		in, err := c.l.Accept()
		if err != nil {
			return
		}
		c.n.Add(1)
		out, err := net.Dial("tcp", c.api)
		if err != nil {
			in.Close()
			continue
		}
		c.mu.Lock()
		c.open = append(c.open, in, out)
		c.mu.Unlock()
		c.all.Go(func() { c.copy(in, out) })
		c.all.Go(func() { c.copy(out, in) })
	}
}

// copy ends both directions when one has ended.
func (c *counter) copy(to, from net.Conn) {
	_, _ = io.Copy(to, from) // an end is an end
	to.Close()
	from.Close()
}

// A process that is frozen for seconds between its response and the next event,
// as on Lambda: the event comes before the thaw or after it. None is lost or comes
// twice, the process is the same, ours keeps its one connection and says nothing.
func TestFreeze(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		runtime
		early, signals bool
	}{
		{ours, false, false}, {ours, true, false}, {ours, false, true}, {ours, true, true},
		{control, false, false}, {control, true, false},
	} {
		name := fmt.Sprint(c.runtime, map[bool]string{true: "/early"}[c.early],
			map[bool]string{true: "/signals"}[c.signals])
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var connections *counter
			e := start(t, setup{
				program: c.program(),
				between: func(t *testing.T, api string) string {
					connections = newCounter(t, api)
					return connections.l.Addr().String()
				},
			})
			first := e.who()
			f := &freezer{how: "signals", pid: first.PID}
			if !c.signals {
				f = newFreezer(t, first.PID)
			}
			t.Logf("frozen by %s", f.how)
			const rounds = 4
			for i := range rounds {
				if i%2 == 1 { // it may not have read the answer to its response yet
					e.own(i)
				}
				e.sleepsThrough(f, 100+i, c.early)
			}
			w := e.who()
			if want := 2 + rounds + rounds/2; w.PID != first.PID || w.Served != want {
				t.Errorf("the last event meets %+v; want %d served by %d", w, want, first.PID)
			}
			if n := connections.n.Load(); n != 1 && c.runtime == ours {
				t.Errorf("%d connections", n)
			}
			if strings.Contains(e.said(), "minlambda:") {
				t.Error("it has something to say")
			}
		})
	}
}

// sleepsThrough freezes the function, and thaws it before an event comes or after
// that.
func (e *emulator) sleepsThrough(f *freezer, event int, early bool) {
	e.t.Helper()
	f.stop(e.t)
	if testing.Short() {
		time.Sleep(200 * time.Millisecond)
	} else {
		time.Sleep(2 * time.Second)
	}
	if !early {
		f.goOn(e.t)
		e.own(event)
		return
	}
	var caller sync.WaitGroup
	caller.Go(func() { e.own(event) })
	time.Sleep(50 * time.Millisecond) // it is there by now: likely, and not needed
	f.goOn(e.t)
	caller.Wait()
}
