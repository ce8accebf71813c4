// Minlambda streams with Flush and Write.
package main

import (
	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/bench/internal/fill"
)

func main() { minlambda.RunInvocation(handle) }

func handle(inv *minlambda.Invocation) error {
	pieces, rest, err := fill.Answer(inv.Event())
	if err != nil {
		return err
	}
	if pieces > 0 {
		if err := inv.Flush(); err != nil {
			return err
		}
	}
	for range pieces {
		if _, err := inv.Write(fill.Piece); err != nil {
			return err
		}
	}
	_, err = inv.Write(rest)
	return err
}
