package shutdown

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/minlambda/minlambda/internal/halt"
	"github.com/minlambda/minlambda/wire"
)

const (
	// inAll is what Lambda's 500 ms leave after the signal has reached the process, and the end of
	// the process Lambda.
	inAll = 400 * time.Millisecond

	// forHandlers is how long handlers may keep the callbacks waiting: half, and little enough for
	// the 300 ms beside extensions in layers.
	forHandlers = inAll / 2
)

// all is the process.
var all process

// A process is what is registered, and which loops run.
type process struct {
	listening   sync.Once
	registering sync.Once
	extension   *wire.Extension // kept, with its connection

	mu        sync.Mutex
	callbacks []func()
	told      context.Context // ends when a signal has come
	tell      context.CancelCauseFunc
	ending    bool
	loops     int           // that have not ended
	idle      chan struct{} // closed when there are none, once a signal has come
	rested    sync.Once     // closes it
	status    int           // to exit with
}

// add adds a callback, and has loops that begin after the first call join.
func (p *process) add(callback func()) (first bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if callback != nil {
		p.callbacks = append(p.callbacks, callback)
	}
	if first = p.told == nil; first {
		p.told, p.tell = context.WithCancelCause(context.Background())
		p.idle = make(chan struct{})
		halt.Process.Store(&halt.Registered{
			Hook: &halt.Hook{Join: p.join, Watch: halt.Watch, Ending: p.isEnding}})
	}
	return first
}

func (p *process) isEnding() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ending
}

// join is halt.Hook.Join.
func (p *process) join(parent context.Context, api wire.Addr) (
	ctx context.Context, leave func(failed bool), warning string,
) {
	p.listen()
	p.registering.Do(func() { p.extension, warning = register(api) })
	if parent == nil {
		parent = context.Background()
	}
	ctx, cancel := context.WithCancelCause(parent)
	release := context.AfterFunc(p.told, func() { cancel(ErrSignal) })
	p.mu.Lock()
	defer p.mu.Unlock()
	p.loops++
	return ctx, func(failed bool) {
		release()
		cancel(nil)
		p.leave(failed)
	}, warning
}

// leave does not return if a signal has come.
func (p *process) leave(failed bool) {
	p.mu.Lock()
	p.loops--
	ending := p.ending
	if ending && failed {
		p.status = 1
	}
	p.rest()
	p.mu.Unlock()
	if ending {
		select {}
	}
}

// rest closes idle if it is time. It needs mu.
func (p *process) rest() {
	if p.ending && p.loops == 0 {
		p.rested.Do(func() { close(p.idle) })
	}
}

// listen waits for a signal, from now on and once in a process.
func (p *process) listen() {
	p.listening.Do(func() {
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
		go func() {
			<-signals
			p.end()
		}()
	})
}

// end ends the process.
func (p *process) end() {
	over := time.Now().Add(inAll)
	p.mu.Lock()
	p.ending = true
	callbacks := p.callbacks
	p.rest()
	p.mu.Unlock()
	p.tell(ErrSignal)
	await(p.idle, time.Until(over)-inAll+forHandlers)
	for i := len(callbacks) - 1; i >= 0; i-- {
		await(start(callbacks[i]), time.Until(over)/time.Duration(i+1))
	}
	await(p.idle, time.Until(over))
	p.mu.Lock()
	defer p.mu.Unlock()
	os.Exit(p.status)
}

// await waits for c to be closed, for d at most.
func await(c <-chan struct{}, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-c:
	case <-timer.C:
	}
}
