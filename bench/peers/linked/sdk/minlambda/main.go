// Minlambda calls S3 with AWS's SDK for each event, and answers with the number of buckets.
package main

import (
	"context"
	"os"
	"strconv"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/bench/internal/linked/buckets"
)

func main() {
	counter, err := buckets.NewCounter(context.Background())
	if err != nil {
		_, _ = os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	minlambda.RunInvocation(func(inv *minlambda.Invocation) error {
		n, err := counter.Count(inv.Context())
		if err != nil {
			return err
		}
		_, err = inv.Write(strconv.AppendInt(nil, int64(n), 10))
		return err
	})
}
