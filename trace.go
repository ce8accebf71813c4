package minlambda

import (
	"syscall"

	"github.com/minlambda/minlambda/parse"
)

const traceVariable = "_X_AMZN_TRACE_ID"

// ExportTraceID makes the loop put the trace ID of each event, the value of its header
// Lambda-Runtime-Trace-Id, into the environment variable _X_AMZN_TRACE_ID before the handler runs.
// AWS's SDKs copy the variable into their requests. By that X-Ray finds the invocation that a
// request belongs to, and Lambda finds functions that call each other in a circle (AWS's pages
// "Building a custom runtime for AWS Lambda" and "Use Lambda recursive loop detection to prevent
// infinite loops"). The SDKs do so where AWS_LAMBDA_FUNCTION_NAME is set, as it is on Lambda.
//
// An event without the header removes the variable, so that no handler sees another invocation's
// ID. Otherwise the variable stays until the next event comes, also while the process waits.
//
// The environment is the whole process's. Where several invocations run at once, which is where
// Lambda sets AWS_LAMBDA_MAX_CONCURRENCY to whatever number, ExportTraceID changes nothing. A
// program that runs several loops at once by itself must not call ExportTraceID: a handler would
// see another's ID.
//
// The price is two allocations of the ID's size for each event whose ID differs from the one
// before, some 180 bytes in all, and 0.3 microseconds: whoever has read the variable may keep the
// string, so its memory can't be used again. In a program that links C code (CGO_ENABLED=1), C's
// environment is set as well, and the GNU C library never frees a value: 150 bytes an event, 150 MB
// in a million. Build with CGO_ENABLED=0 where that counts.
//
// Call it before Run.
func (l *Loop) ExportTraceID() { l.export = exportTraceID }

// exportTraceID takes the head of the event. The parser has refused control characters in it, among
// them NUL, which no variable may have. If the system refuses an ID all the same, the variable is
// removed.
func exportTraceID(head []byte) {
	id, _ := parse.Field(head, "Lambda-Runtime-Trace-Id")
	last, set := syscall.Getenv(traceVariable)
	if string(id) == last && set == (len(id) > 0) {
		return
	}
	if len(id) == 0 || syscall.Setenv(traceVariable, string(id)) != nil {
		// Not emptied: an SDK would send an empty header then. Go's copy of the environment keeps
		// an entry of 16 bytes for each removal.
		_ = syscall.Unsetenv(traceVariable)
	}
}
