// Told answers with what its environment tells it about itself: the zone that the
// metadata endpoint knows, and the trace ID that AWS's SDKs would send.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/metadata"
)

func main() {
	minlambda.RunConcurrent(func() *minlambda.Loop {
		l := &minlambda.Loop{Invoke: handle}
		l.ExportTraceID()
		return l
	})
}

func handle(inv *minlambda.Invocation) error {
	zone, err := metadata.AvailabilityZoneID(context.Background())
	if err != nil {
		zone = err.Error()
	}
	id, ok := os.LookupEnv("_X_AMZN_TRACE_ID")
	_, err = fmt.Fprintf(inv, "zone %s; trace %q %v; header %q", zone, id, ok,
		inv.Header("Lambda-Runtime-Trace-Id"))
	return err
}
