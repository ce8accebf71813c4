package halt

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/minlambda/minlambda/wire"
)

// grace is what a response that is being sent has, at least, when a context ends.
const grace = time.Second

// A Watcher is what Watch is.
type Watcher func(ctx context.Context, conn *wire.Conn, sends *atomic.Uint32) (stop func())

// Watch stops the connection when the context ends: a wait for an event ends at
// once, and a request whose count in sends stays odd for a grace is aborted. The
// function that Watch returns ends the watch, and closes the connection. It takes
// no goroutine as long as the context has not ended.
func Watch(ctx context.Context, conn *wire.Conn, sends *atomic.Uint32) (stop func()) {
	if ctx.Done() == nil {
		return conn.Close
	}
	over, stopped := make(chan struct{}), make(chan struct{})
	forget := context.AfterFunc(ctx, func() {
		defer close(stopped)
		conn.Stop()
		tick := time.NewTicker(grace)
		defer tick.Stop()
		for last := uint32(0); ; {
			select {
			case <-over:
				return
			case <-tick.C:
			}
			now := sends.Load()
			if now%2 == 1 && now == last { // in one and the same send as a grace ago
				conn.Abort()
			}
			last = now
		}
	})
	return func() {
		close(over)
		if !forget() {
			<-stopped
		}
		conn.Close()
	}
}
