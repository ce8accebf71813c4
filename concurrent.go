package minlambda

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/minlambda/minlambda/internal/ascii"
	"github.com/minlambda/minlambda/internal/halt"
)

const (
	// concurrencyVariable is how Lambda says how many events it may hand out at once, and that it
	// may do so at all: on Lambda Managed Instances it is set even if it is 1.
	concurrencyVariable = "AWS_LAMBDA_MAX_CONCURRENCY"

	// maxConcurrency bounds the loops: each has a thread while it waits, and Lambda gives a
	// function 1,024 (the page "Lambda quotas").
	maxConcurrency = 1000
)

// RunConcurrent serves several events at once, as Lambda Managed Instances hand them out: as many
// as the environment variable AWS_LAMBDA_MAX_CONCURRENCY says, from 1 to 1,000, and one where it
// is not set. It returns to nobody: what ends it is reported on standard error, and the process
// exits with status 1.
//
// newLoop makes the Loop of each worker, all of them before the first event is asked for. A Loop
// has a handler of its own, since handlers keep scratch memory between events; it is an error if
// newLoop returns nil, or the same Loop twice. What handlers share (clients, caches) newLoop gives
// to each, and is safe for use by several at once.
//
//	minlambda.RunConcurrent(func() *minlambda.Loop {
//		var parser fastjson.Parser // one for each worker
//		return &minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) { … }}
//	})
//
// Each worker has a connection, two buffers of 8 KiB that grow with its events, and, while it
// waits, a thread of the system's. A connection that is lost is that worker's alone, and a
// response that is refused ends nothing. A panic, a call of runtime.Goexit or a broken answer of
// the Runtime API ends all of them: nobody asks for another event, those that have one finish it
// and send the response, however long that takes, and then the process exits. Standard error has
// the cause at once, and no process lives on with a worker less.
//
// The platform does not stop a handler whose time is over, here: [Invocation.Context] ends then,
// and a response that comes later is refused (410), and logged.
//
// An event that the Runtime API hands to a loop in the moment in which it is told to end is lost:
// its caller gets the error of a process that has exited.
func RunConcurrent(newLoop func() *Loop) {
	g := group{say: fatal}
	defer func() {
		if g.end == nil && new(Record).trace() {
			g.fail(failed(concurrentOp, errGoexit, "in newLoop"))
		} // otherwise this is a panic of newLoop's, and goes on
		if g.first != nil {
			quit()
		}
	}()
	if g.end = g.run(context.Background(), newLoop); g.first == nil {
		g.fail(g.end)
	}
}

// RunConcurrentContext is RunConcurrent for tests, and for programs with more to do. It returns
// ctx.Err() after ctx has ended, as [Loop.Run] does, or what has ended the first worker that
// failed. Then no worker is running any more. If the number of workers is 1, it runs in the
// caller's goroutine, and calls of runtime.Goexit end that, as with Loop.Run.
func RunConcurrentContext(ctx context.Context, newLoop func() *Loop) error {
	var g group
	return g.run(ctx, newLoop)
}

const concurrentOp = "RunConcurrent"

var (
	errConcurrency = errors.New("not a number from 1 to 1000")
	errNilLoop     = errors.New("newLoop has returned nil")
	errSameLoop    = errors.New("newLoop has returned the same Loop twice; loops share nothing")
)

// concurrency is how many events to serve at once.
func concurrency() (int, error) {
	value, ok := syscall.Getenv(concurrencyVariable)
	if !ok {
		return 1, nil
	}
	n, ok := ascii.Decimal([]byte(value), maxConcurrency)
	if !ok || n < 1 {
		return 0, failed(concurrencyVariable, errConcurrency, ascii.Quote(value))
	}
	return int(n), nil
}

// toldOfRunConcurrent is set when a loop has said, once in a process, what it does not do.
var toldOfRunConcurrent atomic.Bool

// noteConcurrency looks for the variable that Lambda Managed Instances set, and tells somebody who
// serves one event at a time there of what there is. Nothing of an invocation may go where other
// loops of the process see it, such as the environment, where the variable is set.
func (r *runner) noteConcurrency() {
	value, ok := syscall.Getenv(concurrencyVariable)
	r.managed = ok
	if ok && value != "1" && r.stop == nil && !toldOfRunConcurrent.Swap(true) {
		r.log("minlambda: " + concurrencyVariable + " is " + ascii.Quote(value) +
			", and this loop serves one event at a time; RunConcurrent serves as many at once")
	}
}

// A group is loops that run together, and end together.
type group struct {
	say    func(err error) // told of first, at once; may be nil
	cancel context.CancelFunc
	end    error // what run has returned

	mu    sync.Mutex
	first error // what has ended the first that failed
	loops sync.WaitGroup
}

// run makes the loops and runs them.
func (g *group) run(ctx context.Context, newLoop func() *Loop) error {
	n, err := concurrency()
	if err != nil {
		return err
	}
	loops, err := makeLoops(n, newLoop)
	if err != nil {
		return err
	}
	runners := make([]*runner, n)
	for i, l := range loops {
		runners[i] = &runner{Loop: *l, ctx: ctx, hand: l.tell, invoke: new(invocations).handle}
	}
	if p := halt.Process.Load(); p != nil {
		if _, err = loops[0].addr(); err != nil {
			return err
		}
		runners[0].join(p)
		defer g.left(runners[0])
	}
	var stop context.Context
	stop, g.cancel = context.WithCancel(runners[0].ctx)
	defer g.cancel()
	g.loops.Add(n)
	for _, r := range runners {
		r.ctx, r.stop = runners[0].ctx, stop
		if n == 1 {
			g.serve(r)
		} else {
			go g.serve(r)
		}
	}
	g.loops.Wait()
	if g.first == nil {
		return ctx.Err()
	}
	return g.first
}

// makeLoops has all loops made, before any of them asks for an event: Lambda then sends as many
// as it was told that there may be.
func makeLoops(n int, newLoop func() *Loop) ([]*Loop, error) {
	loops := make([]*Loop, n)
	seen := make(map[*Loop]bool, n)
	for i := range loops {
		l := newLoop()
		which := ascii.Itoa(i+1) + " of " + ascii.Itoa(n)
		switch {
		case l == nil:
			return nil, failed(concurrentOp, errNilLoop, which)
		case seen[l]:
			return nil, failed(concurrentOp, errSameLoop, which)
		}
		loops[i], seen[l] = l, true
	}
	return loops, nil
}

// serve runs a loop. If it fails, no other asks for an event again. Whatever ends this goroutine,
// a handler's runtime.Goexit too, the loop is missed.
func (g *group) serve(r *runner) {
	defer func() {
		if !r.gone() {
			return // a panic of the loop's own ends the process
		}
		if !r.stopped {
			g.fail(r.end)
			g.cancel()
		}
		g.loops.Done()
	}()
	r.end = r.run(halt.Watch)
}

// fail keeps err if it is the first.
func (g *group) fail(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.first == nil {
		if g.first = err; g.say != nil {
			g.say(err)
		}
	}
}

// left is runner.left for all of them.
func (g *group) left(r *runner) {
	if g.first != nil && g.say == nil && halt.Process.Load().Ending() {
		r.hand(&Record{Level: LevelFatal, Message: g.first.Error()}) // nobody else will say it
	}
	r.leave(g.first != nil)
}
