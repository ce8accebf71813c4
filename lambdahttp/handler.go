package lambdahttp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"

	"github.com/minlambda/minlambda"
)

// An Option changes how a handler is served.
type Option func(*options)

type options struct{ always, never bool }

// WithStreaming makes every response a stream: its status and header leave with the first 2 KiB of
// the body, and the rest as it is written. The function URL must be configured for that
// (InvokeMode: RESPONSE_STREAM), as must an integration of API Gateway's REST API
// (ResponseTransferMode: STREAM, and the URI that ends in response-streaming-invocations);
// otherwise the client gets what should have become the header, or an error. The event does not
// tell which it is. API Gateway's HTTP API and load balancers take no streams, and get their
// responses whole.
//
// Without this option a response becomes a stream when its handler calls Flush.
func WithStreaming() Option { return func(o *options) { o.always, o.never = true, false } }

// WithoutStreaming makes no response a stream, even if its handler calls Flush. A function URL and
// an integration that are not configured for streams, which is the default, need that if a handler
// flushes, as httputil.ReverseProxy does.
func WithoutStreaming() Option { return func(o *options) { o.always, o.never = false, true } }

// Run serves h for ever, as many events at once as Lambda hands out (see
// [minlambda.RunConcurrent]): h is called concurrently then, as handlers are by net/http's server.
// Where it is one at a time, the trace ID is in the environment, where AWS's SDKs look for it (see
// [minlambda.Loop.ExportTraceID]). Run returns to nobody: what ends it is reported on standard
// error, and the process exits with status 1.
func Run(h http.Handler, opts ...Option) {
	minlambda.RunConcurrent(func() *minlambda.Loop {
		l := &minlambda.Loop{Invoke: NewHandler(h, opts...)}
		l.ExportTraceID()
		return l
	})
}

// NewHandler returns what a Loop takes as Invoke. h is called for one event at a time by one Loop,
// and by several at once if several Loops have it.
//
// An event that is not an HTTP request is the function's error, of the type Function.InvalidEvent.
func NewHandler(h http.Handler, opts ...Option) func(*minlambda.Invocation) error {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	return func(inv *minlambda.Invocation) error { return serve(inv, h, o) }
}

// errAborted is the report of a handler that has panicked with http.ErrAbortHandler.
var errAborted = errors.New("lambdahttp: handler aborted the response with http.ErrAbortHandler")

// serve has h answer the event of inv.
func serve(inv *minlambda.Invocation, h http.Handler, o options) (err error) {
	e, err := parseEvent(inv.Event())
	if err != nil {
		return err
	}
	d := &details{inv: inv, context: e.RequestContext}
	defer d.end()
	ctx := context.WithValue(inv.Context(), http.ServerContextKey, server{})
	r, err := e.request(context.WithValue(ctx, detailsKey{}, d))
	if err != nil {
		return err
	}
	w := &response{inv: inv, from: e.from, request: r, header: make(http.Header),
		always: o.always && e.from.takesStreams(), never: o.never || !e.from.takesStreams()}
	defer func() {
		w.close()
		if v := recover(); v == http.ErrAbortHandler {
			err = errAborted
		} else if v != nil {
			panic(v)
		}
	}()
	h.ServeHTTP(w, r)
	return w.finish()
}

// A server is what a request's context has as http.ServerContextKey. httputil.ReverseProxy looks
// whether there is something: only then it aborts a response that it cannot complete, which would
// otherwise look complete. An http.Server, which others look for, would make a program 1.4 MB
// larger.
type server struct{}

// details are what the context of a request says about its event.
type details struct {
	mu      sync.Mutex
	inv     *minlambda.Invocation // nil when its handler has returned
	context json.RawMessage
}

type detailsKey struct{}

func (d *details) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inv = nil
}

// RequestContext returns the requestContext of the event that a request came in, as JSON: who has
// called, as API Gateway's authorizer says, the stage, the service's request ID. It is nil if the
// event has none, or if ctx is not of a request of this package. It is the caller's to keep.
func RequestContext(ctx context.Context) json.RawMessage {
	d, _ := ctx.Value(detailsKey{}).(*details)
	if d == nil {
		return nil
	}
	return bytes.Clone(d.context)
}

// Event returns the event that a request came in, as it was received. It is nil after the handler
// has returned, or if ctx is not of a request of this package. It is a copy, and the caller's to
// keep.
func Event(ctx context.Context) []byte {
	d, _ := ctx.Value(detailsKey{}).(*details)
	if d == nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.inv == nil {
		return nil
	}
	return bytes.Clone(d.inv.Event())
}
