// Ours streams what its events ask for, on minlambda, as many at once as Lambda
// says.
package main

import (
	"errors"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/conformance/programs/act"
)

func main() {
	minlambda.RunConcurrent(func() *minlambda.Loop { return &minlambda.Loop{Invoke: handle} })
}

func handle(inv *minlambda.Invocation) error {
	inv.SetContentType("text/plain")
	s, err := act.Sent(inv.Event(), func(piece []byte) error {
		if _, err := inv.Write(piece); err != nil {
			return err
		}
		return inv.Flush()
	})
	switch {
	case err != nil:
		return err
	case s.Panic != nil:
		panic(*s.Panic)
	case s.Fail != nil:
		return errors.New(*s.Fail)
	}
	return nil
}
