package faults

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/internal/peerscript"
	"github.com/minlambda/minlambda/lambdatest"
	"github.com/minlambda/minlambda/wire"
)

// The connection is cut at every byte of the answer to restore/next, and of the answer to the
// report about what comes after it: each is asked for, or sent, once more, and what is to be done
// after the restore is done once.
func TestRestoreCutAtEveryByte(t *testing.T) {
	t.Setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
	const get = "GET /2018-06-01/runtime/restore/next HTTP/1.1\r\n"
	const report = "POST /2018-06-01/runtime/restore/error HTTP/1.1\r\n"
	const restored = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	peer := peerscript.Listen(t)
	for n := range max(len(restored), len(peerscript.Accepted)) {
		ended := make(chan error, 1)
		did := 0
		go func() {
			l := minlambda.Loop{API: peer.Addr, Log: func(minlambda.Record) {}}
			ended <- l.SnapStart(context.Background(), nil, func() error {
				did++
				return errors.New("no table")
			})
		}()
		for i, step := range []struct{ request, answer string }{
			{get, restored[:min(n, len(restored)-1)]}, {get, restored},
			{report, peerscript.Accepted[:min(n, len(peerscript.Accepted)-1)]},
			{report, peerscript.Accepted},
		} {
			conn := peer.Accept()
			if request := conn.Request(step.request); i >= 2 && !strings.HasSuffix(request,
				`{"errorMessage":"no table","errorType":"Runtime.AfterRestoreError"}`) {
				t.Errorf("reported %q", request)
			}
			conn.Send(step.answer)
			conn.CloseWrite()
			conn.Ended()
		}
		if err := <-ended; did != 1 || err == nil || err.Error() !=
			"minlambda: after restore: no table" {
			t.Fatalf("cut after %d bytes: done %d times, returned %v", n, did, err)
		}
	}
}

// snapStart runs loop.SnapStart against api, in the environment of SnapStart, and returns what it
// does.
func snapStart(t *testing.T, ctx context.Context, api string, before, after func() error) (
	err <-chan error, logged func() []minlambda.Record) {
	t.Helper()
	t.Setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
	ended := make(chan error, 1)
	var records []minlambda.Record
	l := minlambda.Loop{API: api, Log: func(r minlambda.Record) { records = append(records, r) }}
	go func() {
		defer close(ended) // also after a Goexit
		ended <- l.SnapStart(ctx, before, after)
	}()
	return ended, func() []minlambda.Record { return records }
}

// returned waits for the end of a start-up.
func returned(t *testing.T, ended <-chan error) error {
	t.Helper()
	return looptest.Await(t, "the start-up ends", ended)
}

func snapServer(t *testing.T) *lambdatest.Server {
	t.Helper()
	api := looptest.Serve(t)
	api.SnapStart = true
	return api
}

// What is to be done before comes before the GET, what is to be done after after its answer.
func TestSnapStart(t *testing.T) {
	api := snapServer(t)
	var did []string
	ended, logged := snapStart(t, context.Background(), api.Addr(),
		func() error { did = append(did, "before"); return nil },
		func() error { did = append(did, "after"); return nil })
	await(t, "it asks to be restored", api.Snapshot())
	api.Restore()
	if err := returned(t, ended); err != nil || !slices.Equal(did, []string{"before", "after"}) ||
		len(logged()) > 0 {
		t.Errorf("got %v, did %q, logged %v", err, did, logged())
	}
}

// Without snap-start nothing is run, and nobody asked; functions that are nil are none.
func TestSnapStartElsewhere(t *testing.T) {
	for _, kind := range []string{"", "on-demand", "provisioned-concurrency",
		"lambda-managed-instances", "Snap-Start"} {
		t.Setenv("AWS_LAMBDA_INITIALIZATION_TYPE", kind)
		called := func() error { t.Error("called"); return nil }
		minlambda.SnapStart(called, called)
		l := minlambda.Loop{API: "nonsense"}
		if err := l.SnapStart(context.Background(), called, called); err != nil {
			t.Errorf("%q: %v", kind, err)
		}
	}
	api := snapServer(t)
	api.Restore()
	ended, _ := snapStart(t, context.Background(), api.Addr(), nil, nil)
	if err := returned(t, ended); err != nil {
		t.Error(err)
	}
}

// What fails before is an init error, what fails after a restore error; the loop has logged it, and
// returns it. A Goexit goes on.
func TestSnapStartFails(t *testing.T) {
	const before, after = "Runtime.BeforeSnapshotError", "Runtime.AfterRestoreError"
	cause := namedError{}
	for name, c := range map[string]struct {
		f             func() error
		message, says string
	}{
		"error": {func() error { return cause }, cause.Error(), "STAGE: " + cause.Error()},
		"panic": {func() error { panic("a\nb") }, "a\nb", `STAGE: panic: "a\nb"`},
		"exit":  {func() error { runtime.Goexit(); return nil }, "STAGE called runtime.Goexit", ""},
	} {
		for _, kind := range []string{before, after} {
			t.Run(name+" "+kind, func(t *testing.T) {
				api := snapServer(t)
				api.Restore()
				fs := map[string]func() error{kind: c.f}
				if kind == before {
					fs[after] = func() error { t.Error("after was called"); return nil }
				}
				ended, logged := snapStart(t, context.Background(), api.Addr(), fs[before],
					fs[after])
				err := returned(t, ended)
				e, other, stage := api.InitError(), api.RestoreError(), "before snapshot"
				if kind == after {
					e, other, stage = other, e, "after restore"
				}
				message := strings.ReplaceAll(c.message, "STAGE", stage)
				if e == nil || other != nil || e.Message != message || e.Type != kind ||
					e.Header.Get("Lambda-Runtime-Function-Error-Type") != kind ||
					(len(e.StackTrace) > 0) != (name != "error") {
					t.Errorf("reported %v, %v", e, other)
				}
				says := strings.ReplaceAll("minlambda: "+c.says, "STAGE", stage)
				if (err == nil) != (c.says == "") || err != nil && err.Error() != says ||
					name == "error" && !errors.Is(err, cause) {
					t.Errorf("returned %v", err)
				}
				if got := logged(); len(got) != 1 || got[0].Type != kind ||
					got[0].Message != message || got[0].Level != minlambda.LevelFatal ||
					got[0].Panic != (name != "error") {
					t.Errorf("logged %+v", got)
				}
			})
		}
	}
}

// A connection that is lost at restore/next is made anew, and asked again; the report about what
// comes after goes over another.
func TestSnapStartConnectionLost(t *testing.T) {
	const get = "GET /2018-06-01/runtime/restore/next HTTP/1.1\r\n"
	peer := peerscript.Listen(t)
	ended, logged := snapStart(t, context.Background(), peer.Addr, nil,
		func() error { return errors.New("x") })
	conn := peer.Accept()
	conn.Request(get)
	conn.Close()
	conn = peer.Accept()
	conn.Request(get)
	conn.Send("HTTP/1.1 200 OK\r\nContent-")
	conn.Reset()
	conn = peer.Accept()
	conn.Request(get)
	conn.Send("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
	conn.Ended()
	conn = peer.Accept()
	conn.Request(get)
	conn.Send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	conn.Ended()
	conn = peer.Accept()
	conn.Request("POST /2018-06-01/runtime/restore/error HTTP/1.1\r\n")
	conn.Close()
	conn = peer.Accept()
	conn.Request("POST /2018-06-01/runtime/restore/error HTTP/1.1\r\n")
	conn.Send(peerscript.Accepted)
	if err := returned(t, ended); err == nil || err.Error() != "minlambda: after restore: x" {
		t.Errorf("returned %v", err)
	}
	if len(logged()) != 1 {
		t.Errorf("logged %v", logged())
	}
}

// What refuses to restore ends it, with one line that says where; so does one that is never there.
func TestSnapStartRefused(t *testing.T) {
	after := func() error { t.Error("after was called"); return nil }
	for answer, want := range map[string]error{
		peerscript.Answer(403, `{"errorType":"InvalidStateTransition"}`): wire.ErrStatus,
		peerscript.Answer(404, "404 page not found\n"):                   wire.ErrStatus,
		peerscript.Answer(500, ""):                                       wire.ErrStatus,
		peerscript.Answer(200, "") + "x":                                 wire.ErrUnasked,
		"HTTP/1.1 200 OK\r\n\r\n":                                        wire.ErrUnframed,
	} {
		peer := peerscript.Listen(t)
		ended, _ := snapStart(t, context.Background(), peer.Addr, nil, after)
		conn := peer.Accept()
		conn.Request("GET /2018-06-01/runtime/restore/next")
		conn.Send(answer)
		conn.CloseWrite()
		conn.Ended()
		err := returned(t, ended)
		var e *minlambda.Error
		if !errors.As(err, &e) || e.Op != "restore/next" || !errors.Is(err, want) ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("answer %q: %v", answer, err)
		}
	}
	nobody := peerscript.Listen(t)
	nobody.Close()
	ended, _ := snapStart(t, context.Background(), nobody.Addr, nil, after)
	var e *minlambda.Error
	if err := returned(t, ended); !errors.As(err, &e) || e.Op != "connect" {
		t.Errorf("nobody there: %v", err)
	}
	never := func() error { t.Error("before was called"); return nil }
	ended, _ = snapStart(t, context.Background(), "nonsense:", never, after)
	if err := returned(t, ended); !errors.As(err, &e) || e.Op != "Loop.API" {
		t.Errorf("a bad address: %v", err)
	}
}

// A report that is refused is logged, with what the API said, before what it was about.
func TestRestoreErrorRefused(t *testing.T) {
	api := snapServer(t)
	api.Restore()
	api.Script(lambdatest.Answer{Status: 403})
	ended, logged := snapStart(t, context.Background(), api.Addr(), nil,
		func() error { return errors.New("x") })
	err := returned(t, ended)
	if got := logged(); err == nil || len(got) != 2 || !strings.HasPrefix(got[0].Message,
		"minlambda: restore/error: unexpected status: 403 {") || got[1].Message != "x" {
		t.Errorf("returned %v, logged %+v", err, got)
	}
}

// A context that ends ends the wait, and nothing is done after it.
func TestSnapStartContext(t *testing.T) {
	api := snapServer(t)
	ctx, cancel := context.WithCancel(context.Background())
	ended, logged := snapStart(t, ctx, api.Addr(), nil,
		func() error { t.Error("after was called"); return nil })
	await(t, "it asks to be restored", api.Snapshot())
	cancel()
	if err := returned(t, ended); err != context.Canceled || len(logged()) > 0 {
		t.Errorf("returned %v, logged %v", err, logged())
	}
}

// An event that comes as the answer to restore/next, as from AWS's emulator, is lost, and said to
// be.
func TestSnapStartAnsweredWithAnEvent(t *testing.T) {
	peer := peerscript.Listen(t)
	did := false
	ended, logged := snapStart(t, context.Background(), peer.Addr, nil,
		func() error { did = true; return nil })
	conn := peer.Accept()
	conn.Request("GET /2018-06-01/runtime/restore/next")
	conn.Send(peerscript.Event("an-id", "{}"))
	conn.Ended()
	if err := returned(t, ended); err != nil || !did || len(logged()) != 1 ||
		!strings.Contains(logged()[0].Message, `the event "an-id", which is lost`) {
		t.Errorf("returned %v, logged %v", err, logged())
	}
}
