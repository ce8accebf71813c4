package lambda

import (
	"bytes"
	"context"
	"io"
	"reflect"

	"github.com/aws/aws-lambda-go/lambda/handlertrace"
)

// A Handler takes events, and makes responses, as they are on the wire. The event may be used until
// the response was sent; the response until the next event comes.
type Handler interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// NewHandler makes a Handler of a handler over Go types, for middleware that wraps it, or for a
// test that calls it. The package comment says what handlerFunc may be; what is none makes a
// Handler that returns an error which says so. The Handler may be called by several goroutines at
// once, and what it returns is the caller's.
func NewHandler(handlerFunc any) Handler { return newFunction(handlerFunc, nil) }

// NewHandlerWithOptions is NewHandler with options. Those about the context are for Start, which
// makes contexts.
func NewHandlerWithOptions(handlerFunc any, options ...Option) Handler {
	return newFunction(handlerFunc, options)
}

// Invoke has the handler handle an event. A response that is a reader is read to its end, and
// closed.
func (f *function) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	switch {
	case f.flaw != nil:
		return nil, f.flaw
	case f.raw != nil:
		return f.raw.Invoke(ctx, payload)
	}
	c := f.codecs.Get().(*codec)
	r, err := f.handle(ctx, payload, c, handlertrace.FromContext(ctx))
	var response []byte
	if r == nil && err == nil {
		response = bytes.Clone(c.out)
	}
	c.putBack()
	if err != nil || r == nil {
		return response, err
	}
	if closer, ok := r.(io.Closer); ok {
		defer closer.Close()
	}
	if b, ok := r.(*bytes.Buffer); ok {
		return b.Bytes(), nil
	}
	response, err = io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return response, nil
}

// handle calls a handler over Go types. The response is r or, where that is nil, in c.out.
func (f *function) handle(
	ctx context.Context, event []byte, c *codec, trace handlertrace.HandlerTrace,
) (r io.Reader, err error) {
	t := &f.typed
	var room [2]reflect.Value
	args := room[:0]
	if t.takesContext {
		args = append(args, reflect.ValueOf(ctx))
	}
	if t.in != nil {
		in, err := c.decode(event, t.in)
		if err != nil {
			return nil, err
		}
		if trace.RequestEvent != nil {
			trace.RequestEvent(ctx, in.Interface())
		}
		args = append(args, in)
	}

	outs := t.call.Call(args)
	if t.outs > 0 {
		if err, ok := outs[t.outs-1].Interface().(error); ok {
			return nil, err
		}
	}
	var out any
	if t.outs == 2 {
		out = outs[0].Interface()
		if trace.ResponseEvent != nil {
			trace.ResponseEvent(ctx, out)
		}
	}
	r, _ = out.(io.Reader)
	if err := c.encode(out); err != nil {
		if r != nil {
			return r, nil
		}
		return nil, err
	}
	// A reader that has something to say in JSON is not read.
	if bytes.HasPrefix(c.out, []byte("{}")) {
		return r, nil
	}
	return nil, nil
}
