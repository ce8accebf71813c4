package minlambda

import (
	"context"
	"errors"
	"sync/atomic"
	"syscall"

	"github.com/minlambda/minlambda/internal/ascii"
	"github.com/minlambda/minlambda/internal/halt"
	"github.com/minlambda/minlambda/internal/restores"
	"github.com/minlambda/minlambda/wire"
)

// Init runs f, the program's start-up: what is done once, before the first
// event. Call it at the top of main, before Run or its like. It returns if f
// returns nil. Otherwise it returns to nobody: the error of f, its panic with the
// stack, or its call of runtime.Goexit is reported to the Runtime API's
// /init/error and printed on standard error, and the process exits with status 1.
// Lambda then answers the invocations that wait for this process with the report,
// and starts another. An f that is nil counts as such an error.
//
// The report names the type of an error as it does for a handler's: see
// [TypedError]. Where it cannot be sent, since AWS_LAMBDA_RUNTIME_API is not set or
// nobody answers there, f runs as well, a line says why its failure was not
// reported, and the process exits with status 1.
//
// Init has no limit of time. Lambda has one for everything before the first
// event: 10 seconds, after which it starts the process once more, within the
// timeout of the first invocation; under provisioned concurrency and SnapStart 130
// seconds or, if that is more, the function's timeout (AWS Lambda developer guide,
// "Understanding the Lambda execution environment lifecycle"). f runs on the
// goroutine that calls Init.
func Init(f func() error) {
	over := false
	defer dieUnless(&over)
	if f == nil {
		f = func() error { return errors.New("minlambda: Init was given no function") }
	}
	_ = new(runner).stage(&start, f, failProcess)
	over = true
}

// FailInit reports that the program's start-up has failed, in place of a call
// of Run, and exits with status 1. Lambda then answers the invocations that
// wait for this process with err, and starts another. [Init] does the same for a
// function that fails.
func FailInit(err error) {
	over := false
	defer dieUnless(&over)
	failProcess(initRecord(err))
}

// failProcess reports a start-up that has failed, and ends the process.
func failProcess(rec *Record, header string) {
	r := runner{hand: (*Record).print}
	if err := r.failInit(nil, rec, header); err != nil {
		(&Record{Level: LevelError, Message: err.Error()}).print()
	}
	die(rec)
}

// dieUnless ends a process whose start-up calls runtime.Goexit where nothing can
// be said of it: in a method of the error that it has failed with.
func dieUnless(over *bool) {
	if !*over {
		die(&Record{Level: LevelFatal,
			Message: "minlambda: init: a method of its error called runtime.Goexit or panicked"})
	}
}

// FailInit reports that the program's start-up has failed: it sends err to the
// Runtime API's /init/error, and returns an error if that was not accepted.
func (l *Loop) FailInit(ctx context.Context, err error) error {
	rec, header := initRecord(err)
	r := runner{Loop: *l, ctx: ctx, hand: l.tell}
	return r.failInit(halt.Watch, rec, header)
}

func (r *runner) failInit(watch halt.Watcher, rec *Record, header string) error {
	shut, err := r.open(watch)
	if err != nil {
		return err
	}
	defer shut()
	return r.report(initError, rec, header)
}

// initRecord is what is said of an error of which nothing is known: it may be
// nil, and its methods may panic.
func initRecord(err error) (rec *Record, header string) {
	kind, message := describeAny(err)
	return new(runner).record(LevelFatal, kind, message), headerType(kind)
}

// SnapStart runs before, lets Lambda take its snapshot of this process, and runs
// after in each process that Lambda makes of the snapshot. Call it once, as the
// last step of the start-up, before Run or its like. Where the environment
// variable AWS_LAMBDA_INITIALIZATION_TYPE is not snap-start, it does nothing and
// returns at once. A function that is nil counts as one that returns nil. Package
// snapstart is the same with functions that any package may register, and its
// documentation says what has to be done before and after.
//
// It returns if all is well. Otherwise it returns to nobody: the error of before,
// its panic with the stack, or its call of runtime.Goexit is reported to the
// Runtime API's /init/error as Runtime.BeforeSnapshotError, that of after to
// /restore/error as Runtime.AfterRestoreError; it is printed on standard error, and
// the process exits with status 1. So it does if the Runtime API refuses to restore
// it.
func SnapStart(before, after func() error) {
	over := false
	defer dieUnless(&over)
	r := runner{hand: (*Record).print}
	err := r.snapStart(nil, before, after, die)
	over = true
	if err != nil {
		die(&Record{Level: LevelFatal, Message: err.Error()})
	}
}

// SnapStart is the function SnapStart for a program that wants an error: before
// and after are reported as they are there, and logged by l.Log. It returns what
// has failed, or ctx.Err() if ctx ends before the snapshot is restored. A panic of
// before and after is returned as an error; a call of runtime.Goexit ends the
// goroutine, after it was reported.
func (l *Loop) SnapStart(ctx context.Context, before, after func() error) error {
	r := runner{Loop: *l, ctx: ctx, hand: l.tell}
	return r.snapStart(halt.Watch, before, after, l.tell)
}

const initializationVariable = "AWS_LAMBDA_INITIALIZATION_TYPE"

func (r *runner) snapStart(watch halt.Watcher, before, after func() error,
	last func(*Record)) error {
	if kind, _ := syscall.Getenv(initializationVariable); kind != "snap-start" {
		return nil
	}
	shut, err := r.open(watch)
	if err != nil {
		return err
	}
	defer shut()
	fail := func(op string) func(*Record, string) {
		return func(rec *Record, header string) {
			if err := r.report(op, rec, header); err != nil {
				r.log(err.Error())
			}
			last(rec)
		}
	}
	if err = r.stage(&beforeSnapshot, before, fail(initError)); err != nil {
		return err
	}
	if err = r.restore(); err != nil {
		return err
	}
	restores.Add()
	return r.stage(&afterRestore, after, fail(restoreError))
}

// restore waits until the snapshot has been taken and restored.
func (r *runner) restore() error {
	for {
		if err := r.ended(); err != nil {
			return err
		}
		unasked, err := r.conn.Restore()
		switch {
		case err == nil:
			r.failures = 0
			if unasked != "" {
				r.log("minlambda: restore/next: " + wire.ErrUnasked.Error() + ": the event " +
					unasked + ", which is lost: this server restores nothing")
			}
			return nil
		case r.ended() != nil:
			return r.ended()
		case !wire.Gone(err):
			return err
		}
		if err = r.retry(err); err != nil {
			return err
		}
	}
}

// A stage is a part of the start-up that is the user's.
type stage struct {
	name string
	kind string // errorType of what it fails with; empty is that of the error
}

var (
	start          = stage{name: "init"}
	beforeSnapshot = stage{"before snapshot", "Runtime.BeforeSnapshotError"}
	afterRestore   = stage{"after restore", "Runtime.AfterRestoreError"}
)

// stage runs f. If it fails, what is said of it is given to report, before the
// stack of a panic is gone, and stage returns an error.
func (r *runner) stage(s *stage, f func() error,
	report func(rec *Record, header string)) (err error) {
	if f == nil {
		return nil
	}
	tell := func(rec *Record, header string) {
		if s.kind != "" {
			rec.Type, header = s.kind, s.kind
		}
		report(rec, header)
	}
	over := false
	defer func() {
		if !over {
			rec, message := r.panicked(s.name, recover())
			err = failed(s.name, errPanic, ascii.Quote(message))
			tell(rec, typePanic)
		}
	}()
	if err = f(); err == nil {
		over = true
		return nil
	}
	rec, header := initRecord(err) // calls methods of the user's, too
	over = true
	tell(rec, header)
	return failed(s.name, err, "")
}

// open makes the connection of a start-up. shut ends it, as the context does. The
// watch is an argument, as it is run's, so that a process without a context does not
// link what watches one.
func (r *runner) open(watch halt.Watcher) (shut func(), err error) {
	if r.conn, err = r.dial(); err != nil {
		return nil, err
	}
	r.sends = new(atomic.Uint32)
	if watch == nil {
		return r.conn.Close, nil
	}
	return watch(r.ctx, r.conn, r.sends), nil
}

// report sends what is said of a start-up that has failed.
func (r *runner) report(op string, rec *Record, header string) error {
	send := r.conn.FailInit
	if op == restoreError {
		send = r.conn.FailRestore
	}
	r.sends.Add(1)
	answer, err := send(append(r.conn.Dst(), reportOf(rec)...), header)
	err = r.settle(op, answer, err)
	r.sends.Add(1)
	return err
}
