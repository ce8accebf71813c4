package faults

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/lambdatest"
)

// The library reads the clock in one place, Invocation.Context, and sleeps in one, between attempts
// to connect. No test can change the system's clock; what a clock that jumps comes to is a deadline
// that makes no sense.
func TestDeadlinesWithoutSense(t *testing.T) {
	in := func(d time.Duration) string { return fmt.Sprint(time.Now().Add(d).UnixMilli()) }
	for name, c := range map[string]struct {
		value string
		known bool // Deadline has it
		used  bool // Context has it
	}{
		"in an hour":              {in(time.Hour), true, true},
		"an hour ago":             {in(-time.Hour), true, false},
		"a minute ago":            {in(-time.Minute), true, true},
		"1970":                    {"0", true, false},
		"in 10 years":             {in(10 * 365 * 24 * time.Hour), true, true},
		"beyond time.Duration":    {"253402300799999", true, true}, // the year 9999
		"15 digits":               {"999999999999999", true, true},
		"16 digits":               {"1000000000000000", false, false},
		"an int64, and more":      {"9223372036854775808", false, false},
		"many digits":             {"99999999999999999999999999999999999999", false, false},
		"negative":                {"-1", false, false},
		"signed":                  {"+1795465865693", false, false},
		"a fraction":              {"1795465865693.5", false, false},
		"hexadecimal":             {"0x1", false, false},
		"empty":                   {"", false, false},
		"no number":               {"tomorrow", false, false},
		"digits that aren't ours": {"١٢٣", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			api := looptest.Serve(t)
			start(t, api.Addr(), minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
				deadline, ok := inv.Deadline()
				if ok != c.known || ok && fmt.Sprint(deadline.UnixMilli()) != c.value {
					return fmt.Errorf("Deadline is %v, %v", deadline, ok)
				}
				ctx := inv.Context()
				if got, ok := ctx.Deadline(); ok != c.used || ok && !got.Equal(deadline) {
					return fmt.Errorf("the context's deadline is %v, %v", got, ok)
				}
				var want error
				if name == "a minute ago" {
					want = context.DeadlineExceeded
				}
				if err := ctx.Err(); err != want {
					return fmt.Errorf("the context has ended with %v; want %v", err, want)
				}
				return nil
			}})
			e := lambdatest.Event{NoDeadline: true,
				Header: map[string][]string{"Lambda-Runtime-Deadline-Ms": {c.value}}}
			if r := looptest.Result(t, api.Queue(e)); r.Err != nil {
				t.Error(r.Err)
			}
		})
	}
}

// A deadline that comes while the handler runs, or before it asks, ends its context, and nothing
// else: the response is sent, and it is for the server to refuse it.
func TestDeadlineComes(t *testing.T) {
	t.Parallel()
	api := looptest.Serve(t)
	over := make(chan struct{})
	defer close(over) // ends a handler whose context does not
	s := start(t, api.Addr(), minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		if string(inv.Event()) == "fine" {
			inv.WriteString("re fine")
			return nil
		}
		select {
		case <-inv.Context().Done():
			inv.WriteString(inv.Context().Err().Error())
		case <-over:
		}
		return nil
	}})
	for _, ahead := range []time.Duration{50 * time.Millisecond, 0} {
		r := looptest.Result(t, api.Queue(lambdatest.Event{Deadline: time.Now().Add(ahead)}))
		if string(r.Body) != "context deadline exceeded" {
			t.Errorf("%v ahead: the invocation ended with %s", ahead, outcome(r))
		}
	}
	fine(t, api)
	s.Stop()
}
