package minlambda

import (
	"context"
	"syscall"
)

// FailInit reports that the program's start-up has failed, in place of a call
// of Run, and exits with status 1. Lambda then answers the invocations that
// wait for this process with err, and starts another.
func FailInit(err error) {
	if failed := new(Loop).FailInit(context.Background(), err); failed != nil {
		logLine(failed.Error())
	}
	logLine("minlambda: init: " + err.Error())
	syscall.Exit(1)
}

// FailInit reports that the program's start-up has failed: it sends err to the
// Runtime API's /init/error, and returns an error if that was not accepted.
func (l *Loop) FailInit(ctx context.Context, err error) error {
	conn, dialErr := l.dial()
	if dialErr != nil {
		return dialErr
	}
	defer conn.Close()
	r := runner{Loop: l, ctx: ctx, conn: conn}
	defer r.watch()()
	report, failure := appendError(conn.Dst(), err)
	r.sends.Add(1)
	answer, sendErr := conn.FailInit(report, failure)
	sendErr = r.settle(initError, answer, sendErr)
	r.sends.Add(1)
	return sendErr
}
