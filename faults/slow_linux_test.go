package faults

import (
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/lambdatest"
)

// smallWindow gives the sockets of a listener a receive buffer of a few KB, and with it the
// smallest window that the kernel has.
func smallWindow(_, _ string, c syscall.RawConn) (err error) {
	if failed := c.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd),
			syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4<<10)
	}); failed != nil {
		return failed
	}
	return err
}

// A server that reads slowly, through a small window, makes every write a short one.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	for name, handler := range sized {
		for _, size := range []int{10 << 10, 40 << 10, 64 << 10, 200 << 10, 6 << 20} {
			t.Run(fmt.Sprint(name, ", ", size), func(t *testing.T) {
				t.Parallel()
				api := looptest.Serve(t)
				l := slowLine(t, api.Addr())
				s := start(
					t,
					l.addr,
					minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
						out, err := handler(dst, event)
						return out[:min(size, len(out))], err
					}},
				)
				for range 3 {
					p := api.Queue(lambdatest.Event{Payload: []byte(largest[:size])})
					if r := looptest.Result(t, p); r.Err != nil ||
						string(r.Body) != largest[:size] {
						t.Fatalf("%d bytes came, %v", len(r.Body), r.Err)
					}
				}
				s.Stop()
				if got := s.Logged(); len(got) > 0 || l.connections() != 1 {
					t.Errorf("logged %q, on %d connections", got, l.connections())
				}
			})
		}
	}
}

func slowLine(t *testing.T, target string) *line {
	l := newLine(t, target)
	l.down()
	l.control = smallWindow
	var pieces atomic.Int32
	l.pace = func() {
		if pieces.Add(1)%16 == 0 {
			time.Sleep(time.Microsecond)
		}
		runtime.Gosched()
	}
	l.up(t)
	return l
}

// One that goes away in the middle of that gets the whole response once more.
func TestSlowReaderGoesAway(t *testing.T) {
	t.Parallel()
	places := []int{5000, 3 << 20}
	if !testing.Short() {
		places = append(places, 300, 100_000, 6<<20)
	}
	for name, handler := range sized {
		for how := closed; how <= reset; how++ {
			for _, after := range places {
				t.Run(fmt.Sprint(name, ", ", how, " after ", after), func(t *testing.T) {
					t.Parallel()
					api := lambdatest.NewServer() // which may take half a request for a violation
					defer api.Close()
					l := slowLine(t, api.Addr())
					broke := l.arm(cut{true, after, how})
					s := start(t, l.addr, minlambda.Loop{Handler: handler})
					p := api.Queue(lambdatest.Event{Payload: []byte(largest)})
					await(t, "the cut", broke)
					if r := looptest.Result(t, p); r.Err != nil || string(r.Body) != largest {
						t.Fatalf("%d bytes came, %v", len(r.Body), r.Err)
					}
					s.Stop()
					if got := strings.Join(s.Logged(), "\n"); got != "" || s.times(largest) != 1 ||
						l.connections() != 2 {
						t.Errorf("logged %q, handled %d times, on %d connections", got,
							s.times(largest), l.connections())
					}
				})
			}
		}
	}
}
