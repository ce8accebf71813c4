package minlambda_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdatest"
)

const traceVariable = "_X_AMZN_TRACE_ID"

// unset is t.Setenv for a variable that is not to be there.
func unset(t *testing.T, variable string) {
	t.Helper()
	t.Setenv(variable, "") // puts back what there was
	if err := os.Unsetenv(variable); err != nil {
		t.Fatal(err)
	}
}

// traced is an event with trace IDs, which may be none.
func traced(ids ...string) lambdatest.Event {
	return lambdatest.Event{Payload: []byte("{}"), Header: http.Header{
		"Lambda-Runtime-Trace-Id": ids}}
}

// variable answers with what the environment has for the trace ID.
func variable(dst, event []byte) ([]byte, error) {
	value, set := os.LookupEnv(traceVariable)
	if !set {
		return append(dst, "unset"...), nil
	}
	return append(dst, "is "+value...), nil
}

// Each handler finds its own event's trace ID in the environment, and none if its event has none,
// whatever was there before and whatever a handler has done to it.
func TestExportTraceID(t *testing.T) {
	const first = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1"
	long := strings.Repeat("r", 20_000)
	for name, before := range map[string]string{"unset": "", "empty": "", "set": "another's"} {
		t.Run(name, func(t *testing.T) {
			unset(t, "AWS_LAMBDA_MAX_CONCURRENCY")
			unset(t, traceVariable)
			if name != "unset" {
				os.Setenv(traceVariable, before)
			}
			l := minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
				dst, err := variable(dst, event)
				if string(dst) == "is meddle" {
					os.Setenv(traceVariable, "meddled with")
				}
				return dst, err
			}}
			l.ExportTraceID()
			s := start(t, nil, l)
			for _, c := range []struct {
				ids  []string
				want string
			}{
				{nil, "unset"}, {nil, "unset"},
				{[]string{first}, "is " + first}, {[]string{first}, "is " + first},
				{[]string{"Root=2"}, "is Root=2"},
				{nil, "unset"}, {[]string{"Root=2"}, "is Root=2"},
				{[]string{""}, "unset"},
				{[]string{"  Root=3\t"}, "is Root=3"},
				{[]string{"meddle"}, "is meddle"}, {[]string{"meddle"}, "is meddle"},
				{[]string{"\xff=\u00e4"}, "is \xff=\u00e4"},
				{[]string{long}, "is " + long},
				{[]string{"once", "twice"}, "is once"},
				{nil, "unset"},
			} {
				if r := s.result(s.api.Queue(traced(c.ids...))); string(r.Body) != c.want {
					t.Errorf("%q: the variable %.60q, want %.60q", c.ids, r.Body, c.want)
				}
			}
			s.quiet()
		})
	}
}

// Nobody who has not asked for it has the environment changed, nor anybody where several
// invocations run at once.
func TestTraceIDNotExported(t *testing.T) {
	for name, c := range map[string]struct {
		export      bool
		concurrency string
	}{"not asked for": {}, "one at once": {true, "1"}, "many at once": {true, "8"}} {
		t.Run(name, func(t *testing.T) {
			unset(t, "AWS_LAMBDA_MAX_CONCURRENCY")
			unset(t, traceVariable)
			if c.concurrency != "" {
				t.Setenv("AWS_LAMBDA_MAX_CONCURRENCY", c.concurrency)
			}
			l := minlambda.Loop{Handler: variable}
			if c.export {
				l.ExportTraceID()
			}
			s := start(t, nil, l)
			for _, want := range []string{"unset", "is mine"} {
				if r := s.result(s.api.Queue(traced("Root=1"))); string(r.Body) != want {
					t.Errorf("the variable %q, want %q", r.Body, want)
				}
				os.Setenv(traceVariable, "mine")
			}
		})
	}
}
