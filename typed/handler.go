package typed

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/minlambda/minlambda"
)

// A Func is a handler over Go types: In is made of the event, and the response of
// Out. In and Out are the handler's: nothing of them is used again.
//
// Where Lambda sets AWS_LAMBDA_MAX_CONCURRENCY, Run calls it from several
// goroutines at once.
type Func[In, Out any] func(ctx context.Context, in In) (Out, error)

// NoContext is a Func of a handler that needs no context.
func NoContext[In, Out any](h func(in In) (Out, error)) Func[In, Out] {
	if h == nil {
		return nil
	}
	return func(_ context.Context, in In) (Out, error) { return h(in) }
}

// NoInput is a Func of a handler that does not look at the event, which may be
// anything, and empty.
func NoInput[Out any](h func(ctx context.Context) (Out, error)) Func[Ignored, Out] {
	if h == nil {
		return nil
	}
	return func(ctx context.Context, _ Ignored) (Out, error) { return h(ctx) }
}

// NoOutput is a Func of a handler that has nothing to say but that it has failed,
// such as one for a queue's messages. The response is null.
func NoOutput[In any](h func(ctx context.Context, in In) error) Func[In, Null] {
	if h == nil {
		return nil
	}
	return func(ctx context.Context, in In) (Null, error) { return nil, h(ctx, in) }
}

// NoError is a Func of a handler that cannot fail.
func NoError[In, Out any](h func(ctx context.Context, in In) Out) Func[In, Out] {
	if h == nil {
		return nil
	}
	return func(ctx context.Context, in In) (Out, error) { return h(ctx, in), nil }
}

// Task is a Func of a handler that has neither input nor output, such as one that
// runs on a schedule. The event may be anything; the response is null.
func Task(h func(ctx context.Context) error) Func[Ignored, Null] {
	if h == nil {
		return nil
	}
	return func(ctx context.Context, _ Ignored) (Null, error) { return nil, h(ctx) }
}

// Ignored is the input of a handler that has none: the event is not read.
type Ignored struct{}

// Null is the output of a handler that has none: nil, of which every codec makes
// null.
type Null *struct{}

// An Option changes how a handler is served.
type Option func(*options)

type options struct {
	codec  Codec
	margin time.Duration
}

// WithMargin lets the handler's context end so much before the function times
// out, so that a handler that gives up then can still say so. With a timeout of
// half a second 50 ms are about right. The margin is at most half of the time that
// is left when the event comes. Without WithMargin it is 0.
func WithMargin(margin time.Duration) Option {
	return func(o *options) { o.margin = margin }
}

// WithCodec has events read and responses written by c in place of encoding/json.
func WithCodec(c Codec) Option { return func(o *options) { o.codec = c } }

// Metadata is what Lambda says about an invocation: its request ID, the function's
// ARN, trace ID, tenant, client context, Cognito identity and deadline.
type Metadata = minlambda.Metadata

// FromContext returns what Lambda says about the invocation whose context ctx is,
// or is derived from. After the handler has returned ok is false; it is never about
// another invocation. It may be called from any goroutine. See
// [minlambda.FromContext].
func FromContext(ctx context.Context) (m Metadata, ok bool) { return minlambda.FromContext(ctx) }

var errNoHandler = errors.New("typed: the handler is nil")

// New makes of h what minlambda.Loop takes as Invoke, for one loop: what it
// returns has a decoder and an encoder of its own, and handles one event at a
// time. If h is nil, every event is an error.
func New[In, Out any](h Func[In, Out], opts ...Option) func(inv *minlambda.Invocation) error {
	if h == nil {
		return func(*minlambda.Invocation) error { return errNoHandler }
	}
	var o options
	for _, set := range opts {
		set(&o)
	}
	w := &worker[In, Out]{handle: h, margin: o.margin}
	w.ignores = ignores[In]()
	if o.codec != nil {
		w.decode, w.encode = o.codec.Decode, o.codec.Encode
	} else {
		j := new(jsonCodec)
		w.decode, w.encode = j.decode, j.encode
	}
	return w.invoke
}

func ignores[In any]() bool {
	_, ok := any((*In)(nil)).(*Ignored)
	return ok
}

// A worker is a handler and what it needs for one event after the other.
type worker[In, Out any] struct {
	handle  Func[In, Out]
	margin  time.Duration
	ignores bool // the event
	decode  func(event []byte, v any) error
	encode  func(w io.Writer, v any) error
	out     response

	// The places that a codec is given pointers to. They are here so that they are
	// not allocated, and are emptied after each use.
	in     In
	result Out
}

func (w *worker[In, Out]) invoke(inv *minlambda.Invocation) error {
	var in, noIn In
	if !w.ignores {
		err := w.decode(inv.Event(), &w.in)
		in, w.in = w.in, noIn
		if err != nil {
			return err
		}
	}
	result, err := w.handle(inv.ContextBefore(w.margin), in)
	if err != nil {
		return err
	}
	var noResult Out
	w.result = result
	err = w.encode(w.out.to(inv), &w.result)
	w.out.to(nil)
	w.result = noResult
	return err
}
