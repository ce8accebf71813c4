package minlambda_test

import (
	"errors"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/internal/verbatim"
	"github.com/minlambda/minlambda/lambdatest"
)

// ownReport is an error that says its report itself.
type ownReport struct{ report verbatim.Report }

func (o *ownReport) Error() string            { return "not this" }
func (o *ownReport) Report() *verbatim.Report { return &o.report }

// The report of an error that says it itself is sent as it is, in a POST or in the trailers of a
// stream; what X-Ray and the header get is made of it. The loop goes on.
func TestOwnReport(t *testing.T) {
	const report = `{"errorMessage":"\u003cno\u003e","errorType":"Shop.closed","stackTrace":[` +
		`{"path":"a.go","line":1,"label":"f"}]}`
	s := looptest.Start(t, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		if string(inv.Event()) == "stream" {
			inv.WriteString("begun")
			if err := inv.Flush(); err != nil {
				return err
			}
		}
		return &ownReport{verbatim.Report{
			Type: "Shop.closed", Message: "<no>", JSON: []byte(report),
			Frames: []byte(`{"path":"a.go","line":1,"label":"f"}`), Paths: `,"a.go"`,
		}}
	}})
	for _, event := range []string{"", "stream", ""} {
		r := s.Invoke(event)
		if r.Err == nil || string(r.Err.Raw) != report {
			t.Fatalf("%q: %s, %+v", event, r.Body, r.Err)
		}
		const header = "Lambda-Runtime-Function-Error-Type"
		got := r.Header.Get(header)
		if event == "stream" {
			got = r.Trailer.Get(header)
		} else if c := r.Err.Cause; c == nil || c.Exceptions[0].Message != "<no>" ||
			c.Exceptions[0].Type != "Shop.closed" || len(c.Exceptions[0].Stack) != 1 ||
			len(c.Paths) != 1 {
			t.Errorf("%q: the cause is %+v", event, c)
		}
		if got != "Function.Shopclosed" {
			t.Errorf("%q: the header says %q", event, got)
		}
	}
}

// One that says that the process should exit ends the loop, after it was reported; that of a panic
// is told as one.
func TestOwnReportEnds(t *testing.T) {
	for name, c := range map[string]struct {
		panics       bool
		header, ends string
	}{
		"error": {false, "Function.Unknown",
			`minlambda: handler: the error asks for the process to exit: "m"`},
		"panic": {true, "Runtime.Panic", `minlambda: handler: panic: "m"`},
	} {
		t.Run(name, func(t *testing.T) {
			var logged []minlambda.Record
			l, p := endingLoop(t, &ownReport{verbatim.Report{
				Message: "m", JSON: []byte(`{"errorMessage":"m","errorType":""}`), Stack: "f(...)",
				Panic: c.panics, Exit: true,
			}}, &logged)
			err := l.Run(t.Context())
			var ours *minlambda.Error
			if !errors.As(err, &ours) || err.Error() != c.ends {
				t.Errorf("the loop ended with %v, want %s", err, c.ends)
			}
			r, err := p.Wait(t.Context())
			got := r.Header.Get("Lambda-Runtime-Function-Error-Type")
			if err != nil || got != c.header {
				t.Errorf("%v, the header says %q, want %q", err, got, c.header)
			}
			if len(logged) != 1 || logged[0].Level != minlambda.LevelFatal ||
				logged[0].Panic != c.panics || logged[0].Stack != "f(...)" {
				t.Errorf("logged %+v", logged)
			}
		})
	}
}

// endingLoop is a loop whose handler fails, and the first of two events: the second must stay where
// it is.
func endingLoop(t *testing.T, err error, logged *[]minlambda.Record) (
	*minlambda.Loop, *lambdatest.Pending,
) {
	api := lambdatest.NewServer()
	t.Cleanup(func() {
		if n := api.Waiting(); n > 0 {
			t.Errorf("%d requests for another event", n)
		}
		api.Close()
	})
	first := api.Queue(lambdatest.Event{})
	second := api.Queue(lambdatest.Event{})
	t.Cleanup(func() {
		select {
		case <-second.Done():
			t.Error("another event was handled")
		default:
		}
	})
	return &minlambda.Loop{
		API: api.Addr(), Invoke: func(*minlambda.Invocation) error { return err },
		Log: func(r minlambda.Record) { *logged = append(*logged, r) },
	}, first
}
