package minlambda

import (
	"errors"

	"github.com/minlambda/minlambda/internal/verbatim"
)

// An ownReport is that of an error of package lambda. The loop knows it as a func value: a program
// that only calls Run does not link it.
type ownReport verbatim.Report

// record puts what is reported into rec, and returns the type of the error for the header.
func (own *ownReport) record(rec *Record) (header string) {
	rec.Type, rec.Message, rec.Stack, rec.Panic = own.Type, own.Message, own.Stack, own.Panic
	rec.frames, rec.paths, rec.own = own.Frames, own.Paths, string(own.JSON)
	if own.Exit {
		rec.Level, rec.end = LevelFatal, errExit
		if own.Panic {
			rec.end = errPanic
		}
	}
	if own.Panic {
		return typePanic
	}
	return headerType(own.Type)
}

var errExit = errors.New("the error asks for the process to exit")
