package faults

import (
	"context"
	"errors"
	"regexp"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/peerscript"
	"github.com/minlambda/minlambda/lambdatest"
)

func TestFailInit(t *testing.T) {
	api := lambdatest.NewServer()
	defer api.Close()
	if err := (&minlambda.Loop{API: api.Addr()}).FailInit(context.Background(),
		errors.New("no table")); err != nil {
		t.Fatal(err)
	}
	e := api.InitError()
	if e == nil || e.Message != "no table" || e.Type != "errorString" {
		t.Fatalf("reported %v", e)
	}
	if v := api.Violations(); len(v) > 0 {
		t.Error(v)
	}
}

// FailInit has a connection of its own, and closes it.
func TestFailInitConnection(t *testing.T) {
	peer := peerscript.Listen(t)
	ended := make(chan error, 1)
	go func() {
		ended <- (&minlambda.Loop{API: peer.Addr}).FailInit(context.Background(),
			errors.New("no table"))
	}()
	conn := peer.Accept()
	conn.Request("POST /2018-06-01/runtime/init/error ")
	conn.Send(peerscript.Accepted)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	conn.Ended()
}

// A report that was refused is an error, unlike a refused response: no other invocation comes.
func TestFailInitRefused(t *testing.T) {
	api := lambdatest.NewServer()
	defer api.Close()
	api.Script(
		lambdatest.Answer{Status: 403, Body: []byte(`{"errorType":"InvalidStateTransition"}`)},
	)
	err := (&minlambda.Loop{API: api.Addr()}).FailInit(context.Background(), errors.New("no table"))
	const want = `minlambda: init/error: unexpected status: 403 ` +
		`{"errorType":"InvalidStateTransition"}`
	if err == nil ||
		err.Error() != want {
		t.Errorf("got %v; want %s", err, want)
	}
}

func init() {
	children["FailInit"] = func() { minlambda.FailInit(errors.New("no table")) }
	children["FailInit nil"] = func() { minlambda.FailInit(nil) }
	children["FailInit of an error that panics"] = func() {
		minlambda.FailInit(&spitefulError{"x"})
	}
}

// A start-up that fails is reported and printed, whatever it fails with.
func TestFailInitOfAnything(t *testing.T) {
	for name, c := range map[string]struct{ kind, message string }{
		"FailInit": {"errorString", "no table"},
		"FailInit nil": {"nil",
			"start-up failed, of which FailInit was given no error"},
		"FailInit of an error that panics": {"spitefulError",
			"spitefulError whose method panicked: Error panics: x"},
	} {
		t.Run(name, func(t *testing.T) {
			p := child(t, name)
			want := "minlambda: init: error: " + c.kind + ": " + c.message + "\n"
			if got := p.Exits(1); got != want {
				t.Errorf("printed %q, want %q", got, want)
			}
			if e := p.API.InitError(); e == nil || e.Type != c.kind || e.Message != c.message {
				t.Errorf("reported %v", e)
			}
		})
	}
	p := child(t, "FailInit", "AWS_LAMBDA_LOG_FORMAT=JSON")
	want := regexp.MustCompile(`^\{"timestamp":"[^"]+","level":"FATAL","message":"no table",` +
		`"errorType":"errorString","errorMessage":"no table"\}` + "\n$")
	if got := p.Exits(1); !want.MatchString(got) {
		t.Errorf("printed %s", got)
	}
}
