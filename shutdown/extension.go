package shutdown

import (
	"time"

	"github.com/minlambda/minlambda/wire"
)

const (
	// name is the extension's, of which there may be one in a function.
	name = "minlambda-shutdown"

	// patience is for a server that takes the registration and says nothing. Lambda's answers
	// within a millisecond.
	patience = 2 * time.Second
)

// register registers the extension, which lives as long as its connection; or warns.
func register(api wire.Addr) (e *wire.Extension, warning string) {
	e = wire.NewExtension(api)
	timer := time.AfterFunc(patience, e.Abort)
	err := e.Register(name)
	timer.Stop()
	if err == nil {
		return e, ""
	}
	e.Close()
	return nil, "minlambda: shutdown: Lambda will send no signal, for the extension that asks for" +
		" one could not be registered: " + err.Error()
}
