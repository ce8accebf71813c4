// Minlambda calls a web server for each event, and answers with the status.
package main

import (
	"strconv"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/bench/internal/linked/web"
)

func main() {
	minlambda.RunInvocation(func(inv *minlambda.Invocation) error {
		status, err := web.Status(inv.Context())
		if err != nil {
			return err
		}
		_, err = inv.Write(strconv.AppendInt(nil, int64(status), 10))
		return err
	})
}
