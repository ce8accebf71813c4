package minlambda

import (
	"errors"
	"syscall"

	"github.com/minlambda/minlambda/internal/ascii"
	"github.com/minlambda/minlambda/internal/hosts"
	"github.com/minlambda/minlambda/wire"
)

const apiVariable = "AWS_LAMBDA_RUNTIME_API"

// An Error says where talking to the Runtime API failed, why, and what was
// found there. Its cause, for errors.Is, is one of the Err values of packages
// wire and parse, or the system's error number.
type Error = wire.Error

// failed makes an Error.
//
//go:noinline
func failed(op string, err error, found string) error {
	return &Error{Op: op, Err: err, Found: found}
}

var errUnset = errors.New("not set")

// howToRun ends the message that somebody sees who has just started a
// bootstrap by hand. The command works in the directory of the program: the
// tool is a module of its own, which the user's module does not require, so
// that go run needs a version.
const howToRun = "; Lambda sets it to an address like 127.0.0.1:9001, and elsewhere so does" +
	" go run github.com/minlambda/minlambda/cmd/minlambda@latest invoke . -d '{}'"

// addr is where the Runtime API is.
func (l *Loop) addr() (addr wire.Addr, err error) {
	name, value, ok := "Loop.API", l.API, true
	if value == "" {
		name = apiVariable
		value, ok = syscall.Getenv(apiVariable)
	}
	found, where := "the Runtime API's address is unknown", ""
	if !ok {
		err = errUnset
	} else {
		found = ascii.Quote(value)
		if addr, err = wire.ParseAddr(value); err == nil {
			file := hosts.File()
			err, where = addr.Lookup(file), " in "+file
		}
	}
	if err != nil {
		err = failed(name, err, found+where+howToRun)
	}
	return addr, err
}
