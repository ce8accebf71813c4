package faults

import (
	"runtime"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdatest"
)

const concurrency = "AWS_LAMBDA_MAX_CONCURRENCY=4"

func goexitInLog(minlambda.Record) { runtime.Goexit() }

// A process that has another goroutine lives on without its first: so each of these has one.
func init() {
	for name, serve := range map[string]func(){
		"concurrent, goexit": func() {
			minlambda.RunConcurrent(func() *minlambda.Loop {
				return &minlambda.Loop{Handler: goexit}
			})
		},
		"concurrent, goexit in newLoop": func() {
			minlambda.RunConcurrent(func() *minlambda.Loop { runtime.Goexit(); return nil })
		},
		"concurrent, panic in newLoop": func() {
			minlambda.RunConcurrent(func() *minlambda.Loop { panic("no loop today") })
		},
		"concurrent, goexit in Log": func() {
			minlambda.RunConcurrent(func() *minlambda.Loop {
				return &minlambda.Loop{Handler: answer, Log: goexitInLog}
			})
		},
		"Main, goexit": func() { (&minlambda.Loop{Handler: goexit}).Main() },
		"Main, goexit in Log": func() {
			(&minlambda.Loop{Handler: answer, Log: goexitInLog}).Main()
		},
		"Main, no handler": func() { new(minlambda.Loop).Main() },
	} {
		children[name] = func() {
			go func() { select {} }()
			serve()
		}
	}
}

// Whatever ends a loop ends the process under the functions that never return, with a status that
// is not 0 and the cause in its log: a handler or a log that calls runtime.Goexit, with one loop
// and with several, and a newLoop that does, or panics.
func TestNoLoopLess(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		event, says string
		status      int
	}{
		"concurrent, goexit": {"goexit",
			"minlambda: handler: panic: \"handler called runtime.Goexit\"\n", 1},
		"concurrent, goexit in newLoop": {"",
			"minlambda: RunConcurrent: runtime.Goexit: in newLoop\n", 1},
		"concurrent, panic in newLoop": {"", "panic: no loop today\n", 2},
		"concurrent, goexit in Log":    {"fail", "minlambda: Loop.Log: runtime.Goexit\n", 1},
		"Main, goexit": {"goexit",
			"minlambda: handler: panic: \"handler called runtime.Goexit\"\n", 1},
		"Main, goexit in Log": {"fail", "minlambda: Loop.Log: runtime.Goexit\n", 1},
		"Main, no handler": {"",
			"minlambda: Loop needs Handler or Invoke, and not both\n", 1},
	} {
		for _, env := range []string{concurrency, "NONE=1"} {
			if env == concurrency && !strings.HasPrefix(name, "concurrent") {
				continue // it logs that there is RunConcurrent
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := child(t, name, env)
				if c.event != "" {
					fine(t, p.api)
					p.api.Queue(lambdatest.Event{Payload: []byte(c.event)})
				}
				if says := p.exits(c.status); !strings.Contains(says, c.says) {
					t.Errorf("it said %q; want %q", says, c.says)
				}
			})
		}
	}
}
