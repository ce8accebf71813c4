// Context answers with what Lambda says about the invocation. The headers are
// looked up when they are asked for; an event whose handler asks for none costs
// nothing more than one without them.
package main

import (
	"time"

	"github.com/minlambda/minlambda"
	"github.com/valyala/fastjson"
)

func main() {
	var arena fastjson.Arena
	minlambda.RunInvocation(func(inv *minlambda.Invocation) error {
		arena.Reset()
		response := arena.NewObject()

		// What inv hands out lasts as long as the handler, and NewStringBytes
		// makes a copy, so nothing outlives it.
		response.Set("requestId", arena.NewStringBytes(inv.RequestID()))
		response.Set("functionArn", header(&arena, inv, "Lambda-Runtime-Invoked-Function-Arn"))
		response.Set("traceId", header(&arena, inv, "Lambda-Runtime-Trace-Id"))
		response.Set("tenantId", header(&arena, inv, "Lambda-Runtime-Aws-Tenant-Id"))

		remaining := arena.NewNull() // where there is no deadline
		if deadline, ok := inv.Deadline(); ok {
			remaining = arena.NewNumberInt(int(time.Until(deadline).Milliseconds()))
		}
		response.Set("remainingMs", remaining)

		inv.SetResponse(response.MarshalTo(inv.Dst()))
		return nil
	})
}

// header is a header's value, or null where the event has none.
func header(a *fastjson.Arena, inv *minlambda.Invocation, name string) *fastjson.Value {
	value := inv.Header(name)
	if value == nil {
		return a.NewNull()
	}
	return a.NewStringBytes(value)
}
