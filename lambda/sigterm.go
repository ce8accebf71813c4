package lambda

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/hosts"
	"github.com/minlambda/minlambda/wire"
)

const (
	apiVariable = "AWS_LAMBDA_RUNTIME_API"

	// extensionName is aws-lambda-go's: a function may have one of that name.
	extensionName = "GoLangEnableSIGTERM"

	// patience is for a server that takes the registration and says nothing. Lambda's answers
	// within a millisecond.
	patience = 2 * time.Second
)

// extensions are kept for ever, with their connections: as long as one lives, Lambda sends SIGTERM.
var extensions []*wire.Extension

// enableSIGTERM has the callbacks called on the first SIGTERM, and Lambda asked to send it.
func enableSIGTERM(callbacks []func()) {
	if len(callbacks) > 0 {
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGTERM)
		go func() {
			<-signals
			for _, callback := range callbacks {
				callback()
			}
		}()
	}
	if err := register(); err != nil {
		minlambda.Record{Level: minlambda.LevelWarn, Message: "minlambda: WithEnableSIGTERM:" +
			" Lambda will send no SIGTERM, for the extension that asks for it could not be" +
			" registered: " + err.Error()}.Print()
	}
}

// register registers an internal extension, which makes Lambda send SIGTERM before SIGKILL.
func register() error {
	api, err := wire.ParseAddr(os.Getenv(apiVariable))
	if err == nil {
		err = api.Lookup(hosts.File())
	}
	if err != nil {
		return &minlambda.Error{Op: apiVariable, Err: err, Found: os.Getenv(apiVariable)}
	}
	e := wire.NewExtension(api)
	timer := time.AfterFunc(patience, e.Abort)
	err = e.Register(extensionName)
	timer.Stop()
	if err != nil {
		e.Close()
		return err
	}
	extensions = append(extensions, e)
	return nil
}
