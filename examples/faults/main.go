// Faults fails in the way that the event asks for: {"fail":"text"} returns an error,
// {"panic":"text"} panics, {"exit":3} exits. Any other event is echoed.
package main

import (
	"errors"
	"os"

	"github.com/minlambda/minlambda"
	"github.com/valyala/fastjson"
)

func main() {
	var parser fastjson.Parser
	minlambda.Run(func(dst, event []byte) ([]byte, error) {
		v, err := parser.ParseBytes(event)
		if err != nil {
			return event, nil // not JSON, so not an instruction
		}
		switch {
		case v.Exists("fail"):
			// Reported to the caller; the next event is served as if nothing had happened.
			return nil, errors.New(string(v.GetStringBytes("fail")))
		case v.Exists("panic"):
			// Reported to the caller with a stack trace; then the process exits, and Lambda starts
			// a fresh one.
			panic(string(v.GetStringBytes("panic")))
		case v.Exists("exit"):
			// Nothing is reported: Lambda finds the process gone.
			os.Exit(v.GetInt("exit"))
		}
		return event, nil
	})
}
