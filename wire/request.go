package wire

import "github.com/minlambda/minlambda/internal/ascii"

// Version is the library's, for the User-Agent header, of which the Runtime
// API records the first token as the runtime's release.
const Version = "0.1.0"

const (
	api        = "/2018-06-01/runtime"
	extension  = "/2020-01-01/extension"
	userAgent  = "minlambda/" + Version
	lineEnd    = "\r\n"
	hostField  = " HTTP/1.1\r\nHost: "
	agentField = "\r\nUser-Agent: "
	typeField  = "\r\nContent-Type: "
	nonceField = "\r\nLambda-Runtime-Invocation-Id: "
	errorField = "\r\n" + errorType + ": "
	causeField = "\r\nLambda-Runtime-Function-XRay-Error-Cause: "
	sizeField  = "\r\nContent-Length: "

	errorType = "Lambda-Runtime-Function-Error-Type"
	errorBody = "Lambda-Runtime-Function-Error-Body"

	streamFields = "\r\nLambda-Runtime-Function-Response-Mode: streaming" +
		"\r\nTransfer-Encoding: chunked\r\nTrailer: " + errorType + ", " + errorBody +
		lineEnd + lineEnd

	// separator stands between the prelude of a stream and the stream.
	separator = "\x00\x00\x00\x00\x00\x00\x00\x00"

	// lastChunk ends a chunked body; after it come trailers, if there are some, and an empty line.
	lastChunk = "0\r\n"

	// maxTrailers is the most bytes that the trailers may have, with the empty line. Go's net/http,
	// which Lambda's server is made of, refuses those that do not fit in its buffer of 4,096.
	maxTrailers = 4 << 10

	// maxReport is the most bytes that the report of an error may have in trailers, where the type
	// has none: in base64 four bytes are three.
	maxReport  = (maxTrailers - len(errorType+": \r\n"+errorBody+": \r\n\r\n")) / 4 * 3
	nameField  = "\r\nLambda-Extension-Name: "
	idField    = "\r\nLambda-Extension-Identifier: "
	tokenField = "\r\nAuthorization: Bearer "

	metadata = "/2026-01-15/metadata/execution-environment"
)

// A delivery names the event that a request is about.
type delivery struct {
	requestID    []byte
	invocationID []byte // to be echoed; empty if there is none
}

// Each function here appends the head of one request to b. What it takes must
// be valid in a head: not a byte of it is looked at.

// appendNext appends
//
//	GET /2018-06-01/runtime/invocation/next
func appendNext(b []byte, a *Addr) []byte {
	b = add(b, "GET ", a.path, api, "/invocation/next", hostField, a.host)
	return add(b, agentField, userAgent, lineEnd, lineEnd)
}

// appendResponse appends the head of
//
//	POST /2018-06-01/runtime/invocation/{request ID}/response
func appendResponse(b []byte, a *Addr, d delivery, contentType string, size int) []byte {
	return appendSize(appendAbout(b, a, d, "/response", contentType), size)
}

// appendError appends the head of
//
//	POST /2018-06-01/runtime/invocation/{request ID}/error
func appendError(b []byte, a *Addr, d delivery, errorType, cause string, size int) []byte {
	b = appendAbout(b, a, d, "/error", "application/json")
	return appendSize(add(b, errorField, errorType, causeField, cause), size)
}

// appendInitError appends the head of
//
//	POST /2018-06-01/runtime/init/error
func appendInitError(b []byte, a *Addr, errorType string, size int) []byte {
	return appendStartError(b, a, "/init/error", errorType, size)
}

// appendRestoreNext appends
//
//	GET /2018-06-01/runtime/restore/next
func appendRestoreNext(b []byte, a *Addr) []byte {
	b = add(b, "GET ", a.path, api, "/restore/next", hostField, a.host)
	return add(b, agentField, userAgent, lineEnd, lineEnd)
}

// appendRestoreError appends the head of
//
//	POST /2018-06-01/runtime/restore/error
func appendRestoreError(b []byte, a *Addr, errorType string, size int) []byte {
	return appendStartError(b, a, "/restore/error", errorType, size)
}

// appendMetadata appends
//
//	GET /2026-01-15/metadata/execution-environment
func appendMetadata(b []byte, a *Addr, token string) []byte {
	b = add(b, "GET ", a.path, metadata, hostField, a.host)
	return add(b, agentField, userAgent, tokenField, token, lineEnd, lineEnd)
}

// appendStartError appends the head of a report about a start-up.
func appendStartError(b []byte, a *Addr, what, errorType string, size int) []byte {
	b = add(b, "POST ", a.path, api, what, hostField, a.host, agentField, userAgent)
	return appendSize(add(b, typeField, "application/json", errorField, errorType), size)
}

// appendStream appends the head of
//
//	POST /2018-06-01/runtime/invocation/{request ID}/response
//
// with a body in chunks, after which trailers may say that it is not whole.
func appendStream(b []byte, a *Addr, d delivery, contentType string) []byte {
	return add(appendAbout(b, a, d, "/response", contentType), streamFields)
}

// appendChunkSize appends what a chunk of n bytes begins with.
func appendChunkSize(b []byte, n int) []byte {
	return add(ascii.AppendHex(b, uint64(n)), lineEnd)
}

// appendTrailers appends the end of a stream that has failed.
func appendTrailers(b []byte, kind string, report []byte) []byte {
	b = add(b, lastChunk, errorType, ": ", kind, lineEnd, errorBody, ": ")
	return add(ascii.AppendBase64(b, report), lineEnd, lineEnd)
}

// appendRegister appends the head of
//
//	POST /2020-01-01/extension/register
func appendRegister(b []byte, a *Addr, name string, size int) []byte {
	b = add(b, "POST ", a.path, extension, "/register", hostField, a.host, agentField, userAgent)
	return appendSize(add(b, typeField, "application/json", nameField, name), size)
}

// appendEvents appends
//
//	GET /2020-01-01/extension/event/next
func appendEvents(b []byte, a *Addr, id []byte) []byte {
	b = add(b, "GET ", a.path, extension, "/event/next", hostField, a.host, agentField, userAgent)
	b = append(add(b, idField), id...)
	return add(b, lineEnd, lineEnd)
}

// appendAbout appends what requests about an event begin with.
func appendAbout(b []byte, a *Addr, d delivery, what, contentType string) []byte {
	b = add(b, "POST ", a.path, api, "/invocation/")
	b = append(b, d.requestID...)
	b = add(b, what, hostField, a.host, typeField, contentType)
	if len(d.invocationID) > 0 {
		b = append(add(b, nonceField), d.invocationID...)
	}
	return b
}

// appendSize appends what the head of a request with a body ends with.
func appendSize(b []byte, size int) []byte {
	b = ascii.AppendUint(add(b, sizeField), uint64(size))
	return add(b, lineEnd, lineEnd)
}

// add appends the parts. Inlined, it would be a kilobyte in each request.
//
//go:noinline
func add(b []byte, parts ...string) []byte {
	for _, s := range parts {
		b = append(b, s...)
	}
	return b
}
