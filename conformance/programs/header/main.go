// Header answers an event, which is the name of one of its headers, with that.
package main

import "github.com/minlambda/minlambda"

func main() {
	minlambda.RunInvocation(func(inv *minlambda.Invocation) error {
		_, err := inv.Write(inv.Header(string(inv.Event())))
		return err
	})
}
