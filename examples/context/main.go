// Context answers with what Lambda says about the invocation. A header is looked up only when the
// handler asks for it; a handler that asks for none pays nothing.
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

		// The slices that inv returns live until the handler returns. NewStringBytes copies them,
		// so nothing lives longer.
		response.Set("requestId", arena.NewStringBytes(inv.RequestID()))
		response.Set("functionArn", header(&arena, inv, "Lambda-Runtime-Invoked-Function-Arn"))
		response.Set("traceId", header(&arena, inv, "Lambda-Runtime-Trace-Id"))
		response.Set("tenantId", header(&arena, inv, "Lambda-Runtime-Aws-Tenant-Id"))

		remaining := arena.NewNull() // stays null if there is no deadline
		if deadline, ok := inv.Deadline(); ok {
			remaining = arena.NewNumberInt(int(time.Until(deadline).Milliseconds()))
		}
		response.Set("remainingMs", remaining)

		inv.SetResponse(response.MarshalTo(inv.Dst()))
		return nil
	})
}

// header returns a header's value, or null if the event does not have the header.
func header(a *fastjson.Arena, inv *minlambda.Invocation, name string) *fastjson.Value {
	value := inv.Header(name)
	if value == nil {
		return a.NewNull()
	}
	return a.NewStringBytes(value)
}
