package minlambda

import (
	"context"
	"sync/atomic"

	"github.com/minlambda/minlambda/internal/halt"
)

// FailInit reports that the program's start-up has failed, in place of a call
// of Run, and exits with status 1. Lambda then answers the invocations that
// wait for this process with err, and starts another.
func FailInit(err error) {
	rec, header := initRecord(err)
	if err := new(Loop).failInit(context.Background(), rec, header); err != nil {
		(&Record{Level: LevelError, Message: err.Error()}).print()
	}
	die(rec)
}

// FailInit reports that the program's start-up has failed: it sends err to the
// Runtime API's /init/error, and returns an error if that was not accepted.
func (l *Loop) FailInit(ctx context.Context, err error) error {
	rec, header := initRecord(err)
	return l.failInit(ctx, rec, header)
}

func (l *Loop) failInit(ctx context.Context, rec *Record, header string) error {
	conn, err := l.dial()
	if err != nil {
		return err
	}
	r := runner{Loop: *l, ctx: ctx, conn: conn, hand: l.tell, sends: new(atomic.Uint32)}
	defer halt.Watch(ctx, conn, r.sends)()
	r.sends.Add(1)
	answer, err := conn.FailInit(append(conn.Dst(), reportOf(rec)...), header)
	err = r.settle(initError, answer, err)
	r.sends.Add(1)
	return err
}

// initRecord is what is said of an error of which nothing is known: it may be
// nil, and its methods may panic.
func initRecord(err error) (rec *Record, header string) {
	kind, message := describeAny(err)
	return new(runner).record(LevelFatal, kind, message), headerType(kind)
}
