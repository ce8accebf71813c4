package minlambda_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/invoked"
	"github.com/minlambda/minlambda/lambdatest"
)

// said is all that a Metadata says, in one text.
func said(m minlambda.Metadata) string {
	deadline, ok := m.Deadline()
	return fmt.Sprint([]any{m.RequestID(), m.FunctionARN(), m.TraceID(), m.TenantID(),
		m.ClientContext(), m.CognitoIdentity(), deadline.UnixMilli(), ok, m.Header("x-own")})
}

// A context says what Lambda says about its invocation, as do those that are derived from it; what
// was said can be kept while the loop overwrites its buffers, and after the invocation nothing more
// is said.
func TestMetadata(t *testing.T) {
	type key struct{}
	type kept struct {
		ctx context.Context
		m   minlambda.Metadata
	}
	var all []kept
	s := start(t, nil, minlambda.Loop{Poison: true, Invoke: func(inv *minlambda.Invocation) error {
		for _, k := range all {
			if m, ok := minlambda.FromContext(k.ctx); ok || said(m) != said(minlambda.Metadata{}) {
				return errors.New("a context of another invocation says " + said(m))
			}
		}
		ctx, cancel := context.WithCancel(inv.ContextBefore(time.Second))
		defer cancel()
		m, ok := minlambda.FromContext(context.WithValue(ctx, key{}, 1))
		if !ok {
			return errors.New("nothing is said")
		}
		all = append(all, kept{ctx, m})
		return nil
	}})
	var want []string
	for i := range 5 {
		id, n := fmt.Sprint("id-", i), fmt.Sprint(i)
		p := s.api.Queue(lambdatest.Event{RequestID: id, Deadline: time.UnixMilli(4102444800000),
			Header: map[string][]string{
				"Lambda-Runtime-Invoked-Function-Arn": {"arn" + n},
				"Lambda-Runtime-Trace-Id":             {"trace" + n},
				"Lambda-Runtime-Aws-Tenant-Id":        {"tenant" + n},
				"Lambda-Runtime-Client-Context":       {`{"client":` + n + `}`},
				"Lambda-Runtime-Cognito-Identity":     {`{"cognito":` + n + `}`},
				"X-Own":                               {" own " + n + " "},
			}})
		if r := s.result(p); r.Err != nil {
			t.Fatal(r.Err)
		}
		want = append(want, fmt.Sprint([]any{id, "arn" + n, "trace" + n, "tenant" + n,
			`{"client":` + n + `}`, `{"cognito":` + n + `}`, int64(4102444800000), true,
			"own " + n}))
	}
	for i, k := range all {
		if got := said(k.m); got != want[i] {
			t.Errorf("said %s\nwant %s", got, want[i])
		}
		if m, ok := minlambda.FromContext(k.ctx); ok || said(m) != said(minlambda.Metadata{}) {
			t.Errorf("after the invocation: %s", said(m))
		}
	}
	if m, ok := minlambda.FromContext(context.Background()); ok || m.RequestID() != "" {
		t.Errorf("a context of nothing says %s", said(m))
	}
}

// Goroutines that outlive their handler and ask all the while get their own invocation or none, in
// every form of the question, and never get it back.
func TestMetadataOfGoroutinesLeftBehind(t *testing.T) {
	const goroutines, invocations = 6, 150
	var left sync.WaitGroup
	problems := make(chan string, goroutines*invocations)
	ask := func(ctx context.Context, id, tenant string, wait int) {
		defer left.Done()
		if wait&1 == 1 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithCancel(ctx)
			defer cancel()
		}
		for over := 0; over < 3; {
			m, ok := minlambda.FromContext(ctx)
			requestID, tenantID, _ := ctx.Value(invoked.Key{}).(invoked.Names).Names()
			switch {
			case ok && over > 0:
				problems <- "an invocation that was over is not"
			case ok && (m.RequestID() != id || m.TenantID() != tenant):
				problems <- id + " is told " + said(m)
			case len(requestID) > 0 && (string(requestID) != id || string(tenantID) != tenant):
				problems <- id + " has the names " + string(requestID)
			}
			if !ok {
				over++
			}
			if wait&2 == 2 && over == 0 {
				select {
				case <-ctx.Done():
				default:
				}
			}
			runtime.Gosched()
		}
		if ctx.Err() != context.Canceled {
			problems <- fmt.Sprint("ended with ", ctx.Err())
		}
	}
	s := start(t, nil, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		id, tenant := string(inv.RequestID()), string(inv.Header("Lambda-Runtime-Aws-Tenant-Id"))
		ctx := inv.Context()
		for i := range goroutines {
			left.Add(1)
			go ask(ctx, id, tenant, i)
		}
		return nil
	}})
	for i := range invocations {
		n := fmt.Sprint(i)
		p := s.api.Queue(lambdatest.Event{RequestID: strings.Repeat(n, 8),
			Header: map[string][]string{"Lambda-Runtime-Aws-Tenant-Id": {"t" + n}}})
		if r := s.result(p); r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	left.Wait()
	close(problems)
	for p := range problems {
		t.Error(p)
	}
}

// A context is one of package context's in all it does, whichever of its methods is called first:
// it ends with the handler, its children end with it, and it says why.
func TestContextLikeAnyOther(t *testing.T) {
	type key struct{}
	var after []func() string
	check := func(what string, got, want any) string {
		if got != want {
			return fmt.Sprintf("%s: %v, want %v", what, got, want)
		}
		return ""
	}
	first := map[string]func(ctx context.Context) any{
		"Done":     func(ctx context.Context) any { return ctx.Done() },
		"Err":      func(ctx context.Context) any { return ctx.Err() },
		"Value":    func(ctx context.Context) any { return ctx.Value(key{}) },
		"Deadline": func(ctx context.Context) any { d, _ := ctx.Deadline(); return d },
		"Cause":    func(ctx context.Context) any { return context.Cause(ctx) },
		"nothing":  func(ctx context.Context) any { return nil },
	}
	for name, ask := range first {
		s := start(t, nil, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
			ctx := inv.Context()
			ask(ctx)
			child, cancel := context.WithTimeout(ctx, time.Hour)
			after = append(after, func() string {
				defer cancel()
				select {
				case <-ctx.Done():
				case <-time.After(patience):
					return name + ": the context has not ended"
				}
				select {
				case <-child.Done():
				case <-time.After(patience):
					return name + ": its child has not ended"
				}
				return check(name, ctx.Err(), context.Canceled) +
					check(name+", child", child.Err(), context.Canceled) +
					check(name+", cause", context.Cause(ctx), context.Canceled) +
					check(name+", value", ctx.Value(key{}), nil)
			})
			if name == "nothing" {
				kept := inv.ContextBefore(time.Second)
				after = append(after, func() string { // nobody has asked it anything before
					return check("cause of a late one", context.Cause(kept), context.Canceled)
				})
			}
			return nil
		}})
		if r := s.invoke("x"); r.Err != nil {
			t.Fatal(r.Err)
		}
		s.stop()
		for _, f := range after {
			if wrong := f(); wrong != "" {
				t.Error(wrong)
			}
		}
		after = nil
	}
}

// The context given to Run is the parent: its values are found, its end and its deadline count.
func TestContextOfRun(t *testing.T) {
	type key struct{}
	api := lambdatest.NewServer()
	defer api.Close()
	deadline := time.Now().Add(30 * time.Second)
	valued := context.WithValue(context.Background(), key{}, "v")
	ctx, cancel := context.WithDeadline(valued, deadline)
	defer cancel()
	why := errors.New("why")
	parent, end := context.WithCancelCause(ctx)
	failed := make(chan string, 1)
	l := minlambda.Loop{API: api.Addr(), Invoke: func(inv *minlambda.Invocation) error {
		ctx := inv.Context()
		got, ok := ctx.Deadline()
		if v := ctx.Value(key{}); v != "v" || !ok || !got.Equal(deadline) || ctx.Err() != nil {
			failed <- fmt.Sprint(v, got, ok, ctx.Err())
		}
		end(why)
		<-ctx.Done()
		if ctx.Err() != context.Canceled || context.Cause(ctx) != why {
			failed <- fmt.Sprint(ctx.Err(), context.Cause(ctx))
		}
		return nil
	}}
	api.Queue(lambdatest.Event{})
	if err := l.Run(parent); err != context.Canceled {
		t.Errorf("Run returned %v", err)
	}
	select {
	case what := <-failed:
		t.Error(what)
	default:
	}
}

// Each margin has its context; that without one is the same as before.
func TestContextBefore(t *testing.T) {
	s := start(t, nil, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		deadline, _ := inv.Deadline()
		a, b := inv.ContextBefore(time.Second), inv.Context()
		ends := func(ctx context.Context) time.Duration {
			d, _ := ctx.Deadline()
			return deadline.Sub(d)
		}
		if a == b || a != inv.ContextBefore(time.Second) || b != inv.ContextBefore(-1) ||
			ends(a) != time.Second || ends(b) != 0 {
			return fmt.Errorf("they end %v and %v before", ends(a), ends(b))
		}
		return nil
	}})
	for range 3 {
		if r := s.invoke("x"); r.Err != nil {
			t.Error(r.Err)
		}
	}
}

// Contexts that are derived from an invocation's cost no goroutine each, as package context starts
// for those that it does not know.
func TestContextStartsNoGoroutine(t *testing.T) {
	const many = 50
	s := start(t, nil, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		ctx, before := inv.Context(), runtime.NumGoroutine()
		for range many {
			_, cancel := context.WithCancel(ctx)
			defer cancel()
		}
		if n := runtime.NumGoroutine() - before; n >= many {
			return fmt.Errorf("%d goroutines for %d contexts", n, many)
		}
		return nil
	}})
	if r := s.invoke("x"); r.Err != nil {
		t.Error(r.Err)
	}
}
