package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/aws/aws-lambda-go/lambda/handlertrace"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/invoked"
)

const (
	bytesType   = "application/octet-stream"
	preludeType = "application/vnd.awslambda.http-integration-response"
)

// serve is what the loop calls.
func (f *function) serve(inv *minlambda.Invocation) (err error) {
	ended := false
	defer func() {
		v := recover()
		if v == nil && !ended { // of panic(nil) under GODEBUG=panicnil=1, or of runtime.Goexit
			v = new(runtime.PanicNilError)
		}
		if v != nil {
			err = panicked(v)
		}
	}()
	ctx, cancel, err := f.context(inv)
	defer cancel()
	if err != nil {
		err = reported(err)
	} else {
		err = f.respond(ctx, inv)
	}
	ended = true
	return err
}

// respond has the handler called, and its response written. What the loop has said it gets back
// as it is; errors of the handler are reported in aws-lambda-go's words.
func (f *function) respond(ctx context.Context, inv *minlambda.Invocation) error {
	switch {
	case f.flaw != nil:
		return reported(f.flaw)
	case f.raw != nil:
		response, err := f.raw.Invoke(ctx, inv.Event())
		if err != nil {
			return reported(err)
		}
		inv.SetContentType(bytesType)
		inv.SetResponse(response)
		return nil
	}
	c := f.codecs.Get().(*codec)
	var trace handlertrace.HandlerTrace
	if f.base != nil { // else ctx has none, and is not made whole by a question for it
		trace = handlertrace.FromContext(ctx)
	}
	r, err := f.handle(ctx, inv.Event(), c, trace)
	if err != nil {
		c.putBack()
		return reported(err)
	}
	if r == nil {
		_, err = inv.Write(c.out)
	}
	c.putBack()
	if r == nil {
		return err
	}
	return stream(inv, r)
}

// stream reads r to its end. What the first Read has read is sent at once, and from then on the
// response is a stream; if it fails before, its error is reported as any other.
func stream(inv *minlambda.Invocation, r io.Reader) error {
	if closer, ok := r.(io.Closer); ok {
		defer closer.Close()
	}
	contentType := bytesType
	if r, ok := r.(interface{ ContentType() string }); ok {
		contentType = r.ContentType()
	}
	inv.SetContentType(contentType)
	s := source{r: r, pieces: 1}
	if err := s.to(inv); err != nil || s.over {
		return err
	}
	if prelude, ok := preludeOf(inv.Dst()); ok && contentType == preludeType {
		if err := inv.SetPrelude(prelude); err != nil {
			return err
		}
		inv.SetResponse(nil)
	}
	if err := inv.Flush(); err != nil {
		return err
	}
	s.pieces = -1
	return s.to(inv)
}

// preludeOf is the prelude that was read, if that is all that was read. It then leaves in a chunk
// of its own, and so do the NULs after it, which is how servers for development find its end.
func preludeOf(read []byte) (prelude []byte, ok bool) {
	prelude, ok = bytes.CutSuffix(read, make([]byte, 8))
	return prelude, ok && bytes.HasPrefix(prelude, []byte("{")) && json.Valid(prelude)
}

// A source is a reader that can tell its own errors from those of the connection.
type source struct {
	r      io.Reader
	pieces int   // to be read; -1 is all
	over   bool  // r has come to its end
	err    error // of r, but io.EOF
}

// Read drops what comes together with an error, as aws-lambda-go does.
func (s *source) Read(p []byte) (int, error) {
	if s.pieces == 0 {
		return 0, io.EOF
	}
	n, err := s.r.Read(p)
	switch {
	case err == io.EOF:
		s.over = true
	case err != nil:
		s.err = err
		return 0, err
	case n > 0 && s.pieces > 0:
		s.pieces--
	}
	return n, err
}

// to sends what s reads.
func (s *source) to(inv *minlambda.Invocation) error {
	_, err := inv.ReadFrom(s)
	if s.err != nil {
		return reported(s.err)
	}
	return err
}

// context makes what the handler is given. cancel ends it, and is never nil.
func (f *function) context(inv *minlambda.Invocation) (
	ctx context.Context, cancel context.CancelFunc, err error,
) {
	cancel = func() {}
	if ctx = f.base; ctx == nil {
		ctx = inv.Context()
	} else {
		ctx, cancel = under(ctx, inv)
	}
	about := &lambdacontext.LambdaContext{
		AwsRequestID:       string(inv.RequestID()),
		InvokedFunctionArn: string(inv.Header("Lambda-Runtime-Invoked-Function-Arn")),
		TenantID:           string(inv.Header("Lambda-Runtime-Aws-Tenant-Id")),
	}
	if text := inv.Header("Lambda-Runtime-Client-Context"); len(text) > 0 {
		if err := json.Unmarshal(text, &about.ClientContext); err != nil {
			return ctx, cancel, fmt.Errorf("failed to unmarshal client context json: %v", err)
		}
	}
	if text := inv.Header("Lambda-Runtime-Cognito-Identity"); len(text) > 0 {
		if err := json.Unmarshal(text, &about.Identity); err != nil {
			return ctx, cancel, fmt.Errorf("failed to unmarshal cognito identity json: %v", err)
		}
	}
	id := string(inv.Header("Lambda-Runtime-Trace-Id"))
	return withInvocation(ctx, about, id), cancel, nil
}

// withInvocation puts into ctx what middleware looks for there.
func withInvocation(
	ctx context.Context, about *lambdacontext.LambdaContext, traceID string,
) context.Context {
	ctx = lambdacontext.NewContext(ctx, about)
	//lint:ignore SA1029 X-Ray's SDK looks for this string
	return context.WithValue(ctx, "x-amzn-trace-id", traceID)
}

// tooOld is as for Invocation.Context: such a deadline is none.
const tooOld = 20 * time.Minute

// under is Invocation.Context as a child of a context of the user's, in which the library finds the
// invocation.
func under(base context.Context, inv *minlambda.Invocation) (context.Context, context.CancelFunc) {
	base = context.WithValue(base, invoked.Key{}, inv.Context().Value(invoked.Key{}))
	if deadline, ok := inv.Deadline(); ok && time.Since(deadline) < tooOld {
		return context.WithDeadline(base, deadline)
	}
	return context.WithCancel(base)
}
