package minlambda

import (
	"errors"

	"github.com/minlambda/minlambda/internal/ascii"
	"github.com/minlambda/minlambda/internal/verbatim"
)

// A recorder is an error that says itself what the Record of it is, and what the header of the
// report is to say. It is an interface so that a program that only calls Run does not link what is
// in this file.
type recorder interface {
	record(rec *Record) (failure string)
}

// An ownReport is an error of package lambda, whose report is sent as it is.
type ownReport struct {
	error
	report *verbatim.Report
}

func (o *ownReport) record(rec *Record) (failure string) {
	own := o.report
	rec.Type, rec.Message, rec.Stack, rec.Panic = own.Type, own.Message, own.Stack, own.Panic
	rec.frames, rec.paths, rec.own = own.Frames, own.Paths, own.JSON
	if own.Exit {
		why := errExit
		if own.Panic {
			why = errPanic
		}
		rec.Level, rec.end = LevelFatal, failed("handler", why, ascii.Quote(own.Message))
	}
	if own.Panic {
		return typePanic
	}
	return headerType(own.Type)
}

var errExit = errors.New("the error asks for the process to exit")
