package lambdatest

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// FunctionTimeout is how far away the deadline of an event is that does not name one.
const FunctionTimeout = time.Minute

// SmallEvent is the largest payload, in bytes, that Lambda sends with a Content-Length. Anything larger comes chunked.
const SmallEvent = 2048

const (
	headerRequestID    = "Lambda-Runtime-Aws-Request-Id"
	headerInvocationID = "Lambda-Runtime-Invocation-Id"
	headerDeadline     = "Lambda-Runtime-Deadline-Ms"
	headerARN          = "Lambda-Runtime-Invoked-Function-Arn"

	defaultARN = "arn:aws:lambda:us-east-1:012345678912:function:test_function"
)

// Event is one answer to GET /next. The zero value is an empty payload, sent as Lambda would.
//
// Neither Payload, Header nor Raw is copied: they are not to be changed until the event has been answered.
type Event struct {
	Payload []byte

	// RequestID defaults to a fresh random one; with Raw, to the one that Raw carries. If an open invocation has the
	// same, this one takes its place, as after a timeout: the older one is never answered.
	RequestID string

	// InvocationID is the nonce of this delivery, which the response must repeat. Default: none is sent, and none
	// may come back.
	InvocationID string

	Deadline   time.Time // default: FunctionTimeout after the event is sent
	NoDeadline bool      // leaves the deadline header out

	// Header adds headers (trace ID, client context, Cognito identity, tenant ID) and replaces the ones that every
	// event has. Names are sent as they are written here, sorted; a name without values takes a header away.
	Header http.Header

	// Chunks is the framing. 0: what Lambda does, see SmallEvent. n > 0: chunked, in n chunks of nearly equal size,
	// or fewer, for a chunk holds at least one byte. -1: Content-Length, whatever the size.
	Chunks int

	// Trickle, if positive, cuts the answer into writes of that many bytes, each a TCP segment of its own. Default:
	// one write.
	Trickle int

	// Raw, if not nil, is sent instead of everything above but Trickle: every byte, nothing else. A POST is accepted
	// for it if RequestID is set, or if Raw is an HTTP response with a request ID.
	Raw []byte

	Close  bool          // after the answer, close the connection
	Reset  bool          // after the answer, reset the connection (RST)
	Silent bool          // never answer
	Delay  time.Duration // wait before the answer

	// Answers are those to the POSTs about this event, one each, before those of Script. Where
	// several loops ask at once it is open whose POST comes next, and a script for the server hits
	// any.
	Answers []Answer

	// Expires ends the invocation at its deadline, as Lambda does where several run at once: the
	// runtime is not stopped. The Result is then the error that the caller gets, Sandbox.Timedout,
	// and a response that comes later is answered with 410.
	Expires bool
}

// faulty events are never sent twice: whoever queued them wanted the fault once.
func (e *Event) faulty() bool { return e.Raw != nil || e.Close || e.Reset || e.Silent }

// complete fills in the IDs.
func (e *Event) complete() {
	switch {
	case e.Raw != nil:
		head, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(e.Raw)), nil)
		if err != nil {
			return
		}
		head.Body.Close()
		if e.RequestID == "" {
			e.RequestID = head.Header.Get(headerRequestID)
		}
		if e.InvocationID == "" {
			e.InvocationID = head.Header.Get(headerInvocationID)
		}
	case e.RequestID == "":
		e.RequestID = NewRequestID()
	}
}

func (e *Event) deadline(now time.Time) time.Time {
	if e.Deadline.IsZero() {
		return now.Add(FunctionTimeout)
	}
	return e.Deadline
}

// append appends the bytes that are sent for the event at the time now.
func (e *Event) append(dst []byte, now time.Time) []byte {
	if e.Raw != nil {
		return append(dst, e.Raw...)
	}
	header := http.Header{
		"Content-Type":  {"application/json"},
		headerRequestID: {e.RequestID},
		headerARN:       {defaultARN},
	}
	if e.InvocationID != "" {
		header[headerInvocationID] = []string{e.InvocationID}
	}
	if !e.NoDeadline {
		header[headerDeadline] = []string{strconv.FormatInt(e.deadline(now).UnixMilli(), 10)}
	}
	override(header, e.Header)

	dst = appendHead(dst, http.StatusOK, header, now)
	switch {
	case e.Chunks < 0, e.Chunks == 0 && len(e.Payload) <= SmallEvent:
		dst = appendContentLength(dst, len(e.Payload))
		return append(dst, e.Payload...)
	default:
		dst = append(dst, "Transfer-Encoding: chunked\r\n\r\n"...)
		return appendChunks(dst, e.Payload, max(e.Chunks, 1))
	}
}

// appendChunks appends body in n chunks, or in len(body) if that is less, and the last chunk.
func appendChunks(dst, body []byte, n int) []byte {
	for n = min(n, len(body)); n > 0; n-- {
		size := len(body) / n
		dst = strconv.AppendInt(dst, int64(size), 16)
		dst = append(dst, "\r\n"...)
		dst = append(dst, body[:size]...)
		dst = append(dst, "\r\n"...)
		body = body[size:]
	}
	return append(dst, "0\r\n\r\n"...)
}

// NewRequestID returns a random ID in the shape of Lambda's request IDs: a version 4 UUID.
func NewRequestID() string {
	a, b := rand.Uint64(), rand.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>48&0x3fff|0x8000, b&(1<<48-1))
}
