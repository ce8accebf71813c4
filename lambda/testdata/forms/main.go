// Forms is every form of handler, one for each name that the environment variable FORM may have. A
// test builds it twice, on this package and on aws-lambda-go's.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda/handlertrace"
	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/minlambda/minlambda/lambda"
)

func main() {
	name := os.Getenv("FORM")
	if start := special[name]; start != nil {
		start()
		return
	}
	form, ok := forms[name]
	if !ok {
		log.Fatalf("no form %q", name)
	}
	lambda.StartWithOptions(form.handler, form.options...)
}

type form struct {
	handler any
	options []lambda.Option
}

func just(handler any) form { return form{handler: handler} }

func typeOf(v any) (string, error) { return fmt.Sprintf("%T", v), nil }

type (
	ctx = context.Context

	in struct {
		Name string         `json:"name"`
		N    int            `json:"n"`
		More map[string]any `json:"more"`
	}
	out struct {
		Text string `json:"text"`
		N    int    `json:"n"`
	}
)

func greet(i in) (out, error) {
	if i.Name == "" {
		return out{}, errors.New("no <name>")
	}
	return out{"Hello, <" + i.Name + "> & all", i.N}, nil
}

// forms are all that Start is enough for.
var forms = map[string]form{
	"func()":                just(func() {}),
	"func() error":          just(func() error { return errors.New("always") }),
	"func() (out, error)":   just(func() (out, error) { return greet(in{Name: "you"}) }),
	"func(in)":              just(func(in) {}),
	"func(in) error":        just(func(i in) error { _, err := greet(i); return err }),
	"func(in) (out, error)": just(greet),
	"func(ctx)":             just(func(ctx) {}),
	"func(ctx) error":       just(func(ctx) error { return nil }),
	"func(ctx) (out, error)": just(func(c ctx) (string, error) {
		lc, _ := lambdacontext.FromContext(c)
		return lc.AwsRequestID, nil
	}),
	"func(ctx, in)":              just(func(ctx, in) {}),
	"func(ctx, in) error":        just(func(_ ctx, i in) error { _, err := greet(i); return err }),
	"func(ctx, in) (out, error)": just(func(_ ctx, i in) (out, error) { return greet(i) }),

	"in string":  just(func(s string) (string, error) { return s, nil }),
	"in any":     just(func(v any) (any, error) { return v, nil }),
	"in pointer": just(func(i *in) (*in, error) { return i, nil }),
	"in bytes":   just(func(b []byte) ([]byte, error) { return b, nil }),
	"in raw":     just(func(r json.RawMessage) (json.RawMessage, error) { return r, nil }),
	"in raw out any": just(func(_ ctx, r json.RawMessage) (any, error) { // as Datadog's wrapper is
		return map[string]any{"raw": r}, nil
	}),
	"in map":     just(func(m map[string]any) (map[string]any, error) { return m, nil }),
	"in own":     just(func(o own) (own, error) { return o, nil }),
	"in int":     just(func(n int) (int, error) { return n, nil }),
	"in context": just(func(c fake) error { return nil }),
	"in event":   just(func(e events.SQSEvent) (int, error) { return len(e.Records), nil }),

	"out nil":       just(func() (*out, error) { return nil, nil }),
	"out channel":   gives(func() any { return make(chan int) }),
	"out NaN":       just(func() (float64, error) { return math.NaN(), nil }),
	"out own fails": gives(func() any { return broken{} }),
	"out raw":       gives(func() any { return json.RawMessage(`{"<a>": 1}`) }),
	"out bad raw":   gives(func() any { return json.RawMessage(`{`) }),
	"out large":     just(func() (string, error) { return strings.Repeat("x", 1<<20), nil }),
	"out UTF-8":     just(func() (string, error) { return "λ\xff\u2028", nil }),
	"out too large": just(func() (string, error) { return strings.Repeat("x", 7<<20), nil }),

	"reader": just(func() (io.Reader, error) {
		return strings.NewReader("<b>a</b>"), nil
	}),
	"reader buffer": just(func() (*bytes.Buffer, error) {
		return bytes.NewBufferString("<b>"), nil
	}),
	"reader nil":         just(func() (io.Reader, error) { return nil, nil }),
	"reader nil buffer":  just(func() (*bytes.Buffer, error) { return nil, nil }),
	"reader empty":       gives(func() any { return strings.NewReader("") }),
	"reader typed":       gives(func() any { return &typed{pieces: pieces{"<b>", "a", "</b>"}} }),
	"reader no type":     gives(func() any { return &typed{kind: "-", pieces: pieces{"a"}} }),
	"reader in JSON":     gives(func() any { return inJSON{"json", strings.NewReader("a")} }),
	"reader not in JSON": gives(func() any { return notInJSON{strings.NewReader("a")} }),
	"reader large":       gives(func() any { return &typed{pieces: many(1000, 1500)} }),
	"reader too large":   gives(func() any { return &typed{pieces: many(7<<10, 1<<10)} }),
	"reader fails first": gives(func() any { return &typed{err: errors.New("<early>")} }),
	"reader fails": just(func() (any, error) {
		return &typed{pieces: pieces{"a", "b"}, err: &failure{"<late>"}}, nil
	}),
	"reader fails at length": just(func() (any, error) {
		return &typed{pieces: pieces{"a"}, err: errors.New(strings.Repeat("<λ>", 5000))}, nil
	}),
	"reader fails with data": just(func() (any, error) {
		return &typed{pieces: pieces{"a", "b"}, err: io.ErrUnexpectedEOF, together: true}, nil
	}),
	"reader fails with its own report": just(func() (any, error) {
		return &typed{pieces: pieces{"a"}, err: told(false)}, nil
	}),
	"reader ends with data": just(func() (any, error) {
		return &typed{pieces: pieces{"a", "b"}, err: io.EOF, together: true}, nil
	}),
	"reader panics first": gives(func() any { return &typed{panics: true} }),
	"reader panics":       gives(func() any { return &typed{pieces: pieces{"a"}, panics: true} }),
	"reader bad type":     gives(func() any { return &typed{kind: "a\nb", pieces: pieces{"a"}} }),
	"reader long type":    gives(func() any { return &typed{kind: strings.Repeat("a", 2000)} }),
	"reader pipe": just(func() (io.Reader, error) {
		r, w := io.Pipe()
		go func() {
			for _, piece := range []string{"<html>", "<body>", "</body>"} {
				io.WriteString(w, piece)
			}
			w.CloseWithError(errors.New("no </html>"))
		}()
		return r, nil
	}),
	"reader closes": just(func() (any, error) {
		last := closed
		closed = "not "
		return &closer{strings.NewReader(last + "closed")}, nil
	}),
	"url": just(func(in) (*events.LambdaFunctionURLStreamingResponse, error) {
		return &events.LambdaFunctionURLStreamingResponse{
			StatusCode: 404, Headers: map[string]string{"Content-Type": "text/html"},
			Cookies: []string{"a=b"}, Body: &typed{pieces: pieces{"<b>", "a", "</b>"}},
		}, nil
	}),
	"url empty": just(func() (*events.LambdaFunctionURLStreamingResponse, error) {
		return &events.LambdaFunctionURLStreamingResponse{}, nil
	}),
	"url with NULs": just(func() (any, error) {
		return &events.LambdaFunctionURLStreamingResponse{
			Body: strings.NewReader("a" + string(make([]byte, 9))),
		}, nil
	}),
	"url fails": just(func() (any, error) {
		return &events.LambdaFunctionURLStreamingResponse{
			Body: &typed{pieces: pieces{"a"}, err: errors.New("gone")},
		}, nil
	}),

	"Invoke":          just(echo{}),
	"Invoke pointer":  just(&echo{}),
	"Invoke function": just(echoFunc(func(b []byte) []byte { return append([]byte("> "), b...) })),
	"Invoke fails":    just(&echo{err: &failure{"<no>"}}),
	"Invoke panics":   just(&echo{panics: true}),
	"Invoke nil":      just(echoFunc(func([]byte) []byte { return nil })),
	"NewHandler":      just(lambda.NewHandler(greet)),
	"NewHandler wrapped": just(wrapper{lambda.NewHandlerWithOptions(greet,
		lambda.WithSetEscapeHTML(true))}),
	"NewHandler wrapped reader": just(wrapper{lambda.NewHandler(func() (io.Reader, error) {
		return &typed{pieces: pieces{"a", "b"}}, nil
	})}),
	"NewHandler wrapped failing reader": just(wrapper{lambda.NewHandler(func() (io.Reader, error) {
		return &typed{pieces: pieces{"a"}, err: &failure{"late"}}, nil
	})}),
	"NewHandler keeps its options": {
		lambda.NewHandlerWithOptions(greet, lambda.WithSetIndent(">", " ")),
		opts(lambda.WithSetEscapeHTML(true), lambda.WithSetIndent("", "")),
	},

	"not a function":    just(struct{}{}),
	"nil":               just(nil),
	"nil function":      just((func(in) (out, error))(nil)),
	"three arguments":   just(func(_ ctx, _, _ string) error { return nil }),
	"context second":    just(func(string, ctx) error { return nil }),
	"part of a context": just(func(interface{ Err() error }, string) error { return nil }),
	"three results":     just(func() (_, _, _ error) { return }),
	"error first":       just(func() (error, string) { return nil, "" }),
	"no error":          just(func() string { return "" }),
	"variadic":          just(func(...string) error { return nil }),
	"own error type":    just(func() *failure { return nil }),
	"own error value":   just(func() (string, failure) { return "a", failure{"b"} }),

	"error own":          fails(&failure{"own <html> & \u2028 \"quoted\"\n"}),
	"error by value":     fails(failure{"value"}),
	"error wrapped":      fails(fmt.Errorf("outer: %w", &failure{"inner"})),
	"error joined":       fails(errors.Join(errors.New("a"), errors.New("b"))),
	"error generic":      fails(&generic[int]{}),
	"error without name": fails(struct{ error }{errors.New("anonymous")}),
	"error not UTF-8":    fails(errors.New("a\xffb\x00")),
	"error typed":        fails(kinded{}),
	"error of a nil":     fails((*failure)(nil)),
	"error empty":        fails(errors.New("")),
	"error long":         fails(errors.New(strings.Repeat("λ", 30_000))),
	"error too long":     fails(errors.New(strings.Repeat("x", 2<<20))),
	"error report":       fails(told(false)),
	"error report exits": fails(told(true)),
	"error report empty": fails(messages.InvokeResponse_Error{}),
	"error report wrapped": fails(fmt.Errorf("outer: %w",
		messages.InvokeResponse_Error{Message: "m", Type: "t", ShouldExit: true})),
	"error report pointer":  fails(&messages.InvokeResponse_Error{Message: "m", Type: "t"}),
	"error whose text ends": fails(panicking{}),

	"panic string":       panics("<no> tea"),
	"panic error":        panics(errors.New("no tea")),
	"panic own":          panics(&failure{"no tea"}),
	"panic struct":       panics(out{"a", 1}),
	"panic int":          panics(7),
	"panic pointer":      panics(&out{"a", 1}),
	"panic nil":          panics(nil),
	"panic slice":        panics([]string{"a"}),
	"panic Stringer":     panics(stringer{}),
	"panic text panics":  panics(panicking{}),
	"panic report":       panics(told(false)),
	"panic report exits": panics(told(true)),
	"panic runtime": just(func(i in) (string, error) {
		return i.Name[:i.N], nil
	}),
	"panic in UnmarshalJSON": just(func(panicking) error { return nil }),
	"panic in MarshalJSON":   gives(func() any { return panicking{} }),
	"os.Exit":                just(func() error { os.Exit(7); return nil }),
	"os.Exit 0":              just(func() error { os.Exit(0); return nil }),
	"log.Fatal":              just(func() error { log.Fatal("bye"); return nil }),

	"WithUseNumber":    {typeOf, opts(lambda.WithUseNumber(true))},
	"WithUseNumber no": {typeOf, opts(lambda.WithUseNumber(false))},
	"WithDisallowUnknownFields": {func(struct {
		Name string `json:"name"`
	}) {
	}, opts(lambda.WithDisallowUnknownFields(true))},
	"WithSetEscapeHTML": {greet, opts(lambda.WithSetEscapeHTML(true))},
	"WithSetEscapeHTML no": {greet, opts(lambda.WithSetEscapeHTML(true),
		lambda.WithSetEscapeHTML(false))},
	"WithSetIndent":        {greet, opts(lambda.WithSetIndent(">", "  "))},
	"WithSetIndent prefix": {greet, opts(lambda.WithSetIndent(">", ""))},
	"WithSetIndent indent": {greet, opts(lambda.WithSetIndent("", " "))},
	"WithSetIndent reader": {func() (io.Reader, error) { return &typed{pieces: pieces{"a"}}, nil },
		opts(lambda.WithSetIndent("", " "))},
	"WithContext": {values, opts(lambda.WithContext(with("a", "base")))},
	"WithContextValue": {values, opts(lambda.WithContextValue("a", "value"),
		lambda.WithContextValue("b", "value"))},
	"WithContext and WithContextValue": {values, opts(lambda.WithContextValue("a", "value"),
		lambda.WithContext(context.WithValue(with("a", "base"), "b", "base")))},
	"WithContext that has ended": {func(c ctx) (string, error) {
		return fmt.Sprint(c.Err(), context.Cause(c)), nil
	}, opts(lambda.WithContext(ended()))},
	"WithEnableSIGTERM": {greet, opts(lambda.WithEnableSIGTERM())},
	"handlertrace": {func(c ctx, i in) (string, error) {
		if i.N == 0 {
			return "", errors.New("n")
		}
		return *c.Value("log").(*string) + i.Name, nil
	}, traced()},

	"context": just(about),
}

// special are those that another function starts.
var special = map[string]func(){
	"StartHandlerFunc": func() {
		lambda.StartHandlerFunc(func(_ ctx, i in) (out, error) { return greet(i) })
	},
	"StartHandlerFunc options": func() {
		lambda.StartHandlerFunc(func(_ ctx, i in) (out, error) { return greet(i) },
			lambda.WithSetEscapeHTML(true))
	},
	"Start":            func() { lambda.Start(greet) },
	"StartWithContext": func() { lambda.StartWithContext(with("a", "base"), values) },
	"StartHandler":     func() { lambda.StartHandler(echo{}) },
	"StartHandler nil": func() { lambda.StartHandler(nil) },
	"StartHandlerWithContext": func() {
		lambda.StartHandlerWithContext(with("a", "base"), valuesHandler{})
	},
	"panic before Start": func() { panic("early") },
}

func opts(o ...lambda.Option) []lambda.Option { return o }

// gives is of a handler that makes its result anew for each event.
func gives(make func() any) form { return just(func() (any, error) { return make(), nil }) }

func fails(err error) form { return just(func() (string, error) { return "", err }) }

func panics(v any) form {
	return just(func(i in) (string, error) {
		if i.Name == "" {
			return "fine", nil
		}
		panic(v)
	})
}

func told(exit bool) messages.InvokeResponse_Error {
	return messages.InvokeResponse_Error{
		Message: "<told>", Type: "Told.Type", ShouldExit: exit,
		StackTrace: []*messages.InvokeResponse_Error_StackFrame{
			{Path: "a/<b>.go", Line: 1, Label: "f"},
			{Path: "c.go", Line: -2}, {Path: "c.go", Line: 3},
		},
	}
}

func with(key, value string) ctx { return context.WithValue(context.Background(), key, value) }

func ended() ctx {
	c, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("before"))
	return c
}

func values(c ctx) (string, error) {
	return fmt.Sprint(c.Value("a"), c.Value("b"), c.Value("x-amzn-trace-id"), c.Err()), nil
}

type valuesHandler struct{}

func (valuesHandler) Invoke(c ctx, _ []byte) ([]byte, error) {
	s, err := values(c)
	return []byte(s), err
}

func traced() []lambda.Option {
	var log string
	note := func(name string) func(ctx, any) {
		return func(c ctx, v any) {
			lc, _ := lambdacontext.FromContext(c)
			log += fmt.Sprintf("%s %v %s;", name, v, lc.AwsRequestID)
		}
	}
	base := handlertrace.NewContext(context.WithValue(context.Background(), "log", &log),
		handlertrace.HandlerTrace{RequestEvent: note("request"), ResponseEvent: note("response")})
	return opts(lambda.WithContext(base))
}

// about is what a context says.
func about(c ctx) (any, error) {
	lc, ok := lambdacontext.FromContext(c)
	deadline, limited := c.Deadline()
	ms := deadline.UnixMilli()
	if !limited {
		ms = 0
	}
	return map[string]any{
		"lambdacontext": lc, "ok": ok, "trace": c.Value("x-amzn-trace-id"),
		"err":      fmt.Sprint(c.Err()),
		"variable": os.Getenv("_X_AMZN_TRACE_ID"), "deadline": ms, "limited": limited,
		"concurrency": lambdacontext.MaxConcurrency(),
	}, nil
}

type own struct{ text string }

func (o *own) UnmarshalJSON(b []byte) error {
	if string(b) == `"fail"` {
		return &failure{"own"}
	}
	o.text = string(b)
	return nil
}

func (o own) MarshalJSON() ([]byte, error) { return json.Marshal("own " + o.text) }

type broken struct{}

func (broken) MarshalJSON() ([]byte, error) { return nil, &failure{"broken"} }

// fake has what a context has.
type fake interface {
	ctx
	More()
}

type failure struct{ text string }

func (f failure) Error() string { return f.text }

type generic[T any] struct{}

func (*generic[T]) Error() string { return "generic" }

// kinded has what other runtimes look for.
type kinded struct{}

func (kinded) Error() string     { return "kinded" }
func (kinded) ErrorType() string { return "Other.Type" }

type stringer struct{}

func (stringer) String() string { return "a stringer" }

type panicking struct{}

func (panicking) Error() string                { panic("in Error") }
func (panicking) MarshalJSON() ([]byte, error) { panic("in MarshalJSON") }
func (*panicking) UnmarshalJSON([]byte) error  { panic("in UnmarshalJSON") }

type echo struct {
	err    error
	panics bool
}

func (e echo) Invoke(_ ctx, b []byte) ([]byte, error) {
	if e.panics {
		panic("invoked")
	}
	return b, e.err
}

type echoFunc func([]byte) []byte

func (f echoFunc) Invoke(_ ctx, b []byte) ([]byte, error) { return f(b), nil }

type wrapper struct{ lambda.Handler }

func (w wrapper) Invoke(c ctx, b []byte) ([]byte, error) {
	b, err := w.Handler.Invoke(c, b)
	return append(b, "!"...), err
}

type pieces []string

func many(n, size int) (p pieces) {
	for i := range n {
		p = append(p, strings.Repeat(string(rune('a'+i%26)), size))
	}
	return p
}

// typed is a reader of pieces, which may end badly.
type typed struct {
	pieces
	kind     string
	err      error
	together bool // the last piece, and the error
	panics   bool
}

func (t *typed) MarshalJSON() ([]byte, error) { return nil, errors.New("a reader") }

func (t *typed) ContentType() string {
	switch t.kind {
	case "":
		return "text/html; charset=utf-8"
	case "-":
		return ""
	}
	return t.kind
}

func (t *typed) Read(p []byte) (int, error) {
	if len(t.pieces) == 0 {
		if t.panics {
			panic(&failure{"while reading"})
		}
		if t.err == nil {
			return 0, io.EOF
		}
		return 0, t.err
	}
	n := copy(p, t.pieces[0])
	if t.pieces[0] = t.pieces[0][n:]; t.pieces[0] == "" {
		t.pieces = t.pieces[1:]
	}
	if t.together && len(t.pieces) == 0 {
		return n, t.err
	}
	return n, nil
}

var closed string

type closer struct{ r io.Reader }

func (c *closer) Read(p []byte) (int, error) { return c.r.Read(p) }
func (c *closer) Close() error               { closed = ""; return nil }

type inJSON struct {
	A         string
	io.Reader `json:"-"`
}

type notInJSON struct{ io.Reader }

func (notInJSON) MarshalJSON() ([]byte, error) { return nil, errors.New("not JSON") }
