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

// FunctionTimeout is the time until the deadline of an event that does not name one.
const FunctionTimeout = time.Minute

// SmallEvent is the largest payload, in bytes, that Lambda sends with a Content-Length. It sends
// larger ones chunked.
const SmallEvent = 2048

const (
	headerRequestID    = "Lambda-Runtime-Aws-Request-Id"
	headerInvocationID = "Lambda-Runtime-Invocation-Id"
	headerDeadline     = "Lambda-Runtime-Deadline-Ms"
	headerARN          = "Lambda-Runtime-Invoked-Function-Arn"

	defaultARN = "arn:aws:lambda:us-east-1:012345678912:function:test_function"
)

// Event is one answer to GET /next. The zero value is an empty payload, sent as Lambda would send
// it.
//
// The server does not copy Payload, Header and Raw: do not change them until the event has been
// answered.
type Event struct {
	Payload []byte

	// RequestID defaults to a fresh random ID or, with Raw, to the one in Raw. If an open
	// invocation has the same ID, this event takes its place, as after a timeout: the older one is
	// never answered.
	RequestID string

	// InvocationID is the nonce of this delivery, which the response must repeat. By default none
	// is sent, and none may come back.
	InvocationID string

	Deadline   time.Time // default: FunctionTimeout after the event is sent
	NoDeadline bool      // leaves the deadline header out

	// Header adds headers (trace ID, client context, Cognito identity, tenant ID) and replaces
	// those that every event has. Names are sent as they are written here, sorted. A name without
	// values removes a header.
	Header http.Header

	// Chunks chooses the framing. 0 does what Lambda does, see SmallEvent. n > 0 sends n chunks of
	// nearly equal size, or fewer, since a chunk has at least one byte. -1 sends a Content-Length,
	// whatever the size.
	Chunks int

	// Trickle, if positive, cuts the answer into writes of that many bytes, each a TCP segment of
	// its own. By default there is one write.
	Trickle int

	// Raw, if not nil, is sent instead of everything above except Trickle: exactly these bytes. A
	// POST is accepted for it if RequestID is set, or if Raw is an HTTP response with a request ID.
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

// faulty reports whether the event has a fault. Such an event is never sent twice: whoever queued
// it wanted the fault once.
func (e *Event) faulty() bool { return e.Raw != nil || e.Close || e.Reset || e.Silent }

// complete fills in the missing IDs.
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

// append appends the bytes of the event, sent at the time now.
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
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff,
		b>>48&0x3fff|0x8000, b&(1<<48-1))
}
