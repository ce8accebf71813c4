package lambda

import (
	"context"
	"sync"
)

// An Option changes how a handler is served.
type Option func(*function)

// WithContext makes the context of every invocation a child of ctx. If ctx ends, so do the contexts
// of invocations; the function goes on to ask for events.
func WithContext(ctx context.Context) Option {
	return func(f *function) { f.base = ctx }
}

// WithContextValue adds a value to the context of every invocation, in front of those of
// WithContext. The last of several with one key counts.
func WithContextValue(key, value any) Option {
	return func(f *function) { f.values[key] = value }
}

// WithSetEscapeHTML is json.Encoder.SetEscapeHTML for responses. It is off without this option.
func WithSetEscapeHTML(escapeHTML bool) Option {
	return func(f *function) { f.escapeHTML = escapeHTML }
}

// WithSetIndent is json.Encoder.SetIndent for responses, which then end with a line end.
func WithSetIndent(prefix, indent string) Option {
	return func(f *function) { f.prefix, f.indent = prefix, indent }
}

// WithUseNumber is json.Decoder.UseNumber for events.
func WithUseNumber(useNumber bool) Option {
	return func(f *function) { f.useNumber = useNumber }
}

// WithDisallowUnknownFields is json.Decoder.DisallowUnknownFields for events.
func WithDisallowUnknownFields(disallowUnknownFields bool) Option {
	return func(f *function) { f.knownOnly = disallowUnknownFields }
}

// WithEnableSIGTERM has Lambda send SIGTERM to the process before it kills it, some 500 ms later,
// or 300 ms beside extensions in layers. The callbacks then run, one after the other in the order
// in which they were given, while events are served as before. They do not end the process: Lambda
// does. Without callbacks the signal ends it at once, unless the program catches the signal itself.
//
// Lambda is asked when the handler is made: by Start and its like, or by NewHandlerWithOptions.
// Where it can't be asked a line on standard error says so, and the function serves.
//
// Package shutdown of the library does more: it ends the contexts of handlers, waits for them, and
// then ends the process. Use one of the two.
func WithEnableSIGTERM(callbacks ...func()) Option {
	return func(f *function) {
		f.callbacks = append(f.callbacks, callbacks...)
		f.enable = enableSIGTERM // here, so that who does not ask for it does not link it
	}
}

// A function is a handler with its options.
type function struct {
	base       context.Context // nil if there is none
	values     map[any]any
	escapeHTML bool
	prefix     string
	indent     string
	useNumber  bool
	knownOnly  bool
	callbacks  []func()
	enable     func(callbacks []func())

	raw    Handler // the handler, if it is one of bytes
	flaw   error   // why the handler is none
	typed  typed   // else
	codecs sync.Pool
}

// newFunction makes what is served of a handler. Package reflect looks at the handler here, and
// never again.
func newFunction(handler any, options []Option) *function {
	if f, ok := handler.(*function); ok {
		return f
	}
	f := &function{values: map[any]any{}}
	for _, option := range options {
		option(f)
	}
	for key, value := range f.values {
		if f.base == nil {
			f.base = context.Background()
		}
		f.base = context.WithValue(f.base, key, value)
	}
	if f.enable != nil {
		f.enable(f.callbacks)
	}
	f.codecs.New = func() any { return f.newCodec() }
	if h, ok := handler.(Handler); ok {
		f.raw = h
	} else {
		f.flaw = f.typed.look(handler)
	}
	return f
}
