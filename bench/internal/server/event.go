package server

import (
	"bytes"
	"fmt"
	"strconv"
	"time"
)

const (
	// accepted answers a response, byte for byte as Lambda's server does, including the line end in
	// the body.
	accepted = "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\n" +
		"Date: Mon, 23 Nov 2026 20:26:06 GMT\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n"

	// MaxPlain is the size of the longest event that comes with a Content-Length; a longer one
	// comes chunked, in one chunk.
	MaxPlain = 2048

	idPrefix = "f201be8f-5346-4524-b39c-"
	idDigits = 12

	stampDigits = 8
	stamped     = `{"first":"00000000","filler":"","last":"00000000"}`
	stampFirst  = len(`{"first":"`)
	stampLast   = len(`00000000"}`) // from the end
)

// An Event holds the bytes that deliver it. They are made once; only the digits that tell one
// delivery from the last change.
type Event struct {
	bytes    []byte // a 202, the head, the framed body
	id       []byte // the whole request ID
	body     []byte
	response []byte // nil if it is the body, which changes
	counter  uint64
}

// NewEvent makes an event of size bytes. It is JSON if size is large enough.
func NewEvent(size int) *Event {
	body := bytes.Repeat([]byte{'7'}, size)
	if filler := size - len(stamped); filler >= 0 {
		at := len(`{"first":"00000000","filler":"`)
		copy(body, stamped[:at])
		copy(body[at+filler:], stamped[at:])
	}
	return NewEventOf(body)
}

// NewEventOf makes an event of the given bytes, and keeps a copy of them.
func NewEventOf(body []byte) *Event { return newEvent(body, 0) }

// NewExchange makes an event of the given bytes whose deliveries are all the same and have the same
// response. It keeps response, and a copy of event.
func NewExchange(event, response []byte) *Event {
	e := newEvent(event, 0)
	e.response = response
	return e
}

// NewEventWith makes an event of size bytes with more headers than Lambda sends, each of some fifty
// bytes.
func NewEventWith(size, headers int) *Event {
	return newEvent(NewEvent(size).body, headers)
}

func newEvent(body []byte, headers int) *Event {
	b := []byte(accepted)
	b = append(
		b,
		"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: "...)
	idAt := len(b)
	b = append(b, idPrefix+"000000000000\r\nLambda-Runtime-Deadline-Ms: "...)
	b = strconv.AppendInt(b, time.Now().Add(time.Hour).UnixMilli(), 10)
	b = append(
		b,
		"\r\nLambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:"+
			"012345678912:function:test_function\r\n"+
			"Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;"+
			"Parent=9a9197af755a6419;Sampled=1\r\n"+
			"Date: Mon, 23 Nov 2026 20:26:06 GMT\r\n"...)
	for i := range headers {
		b = fmt.Appendf(b, "X-Header-Of-No-Use-%04d: abcdefghijklmnopqrstuvw\r\n", i)
	}
	end := ""
	if len(body) <= MaxPlain {
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, int64(len(body)), 10)
		b = append(b, "\r\n\r\n"...)
	} else {
		b = append(b, "Transfer-Encoding: chunked\r\n\r\n"...)
		b = strconv.AppendInt(b, int64(len(body)), 16)
		b = append(b, "\r\n"...)
		end = "\r\n0\r\n\r\n"
	}
	bodyAt := len(b)
	b = append(b, body...)
	b = append(b, end...)
	return &Event{
		bytes: b,
		id:    b[idAt : idAt+len(idPrefix)+idDigits],
		body:  b[bodyAt : bodyAt+len(body)],
	}
}

// advance makes the next delivery of the event: with another request ID and, if there is room,
// another beginning and end, so that a response to the last delivery is noticed.
func (e *Event) advance() {
	e.counter++
	digits(e.id[len(idPrefix):], e.counter)
	if n := len(e.body); n >= len(stamped) && e.response == nil {
		digits(e.body[stampFirst:stampFirst+stampDigits], e.counter)
		digits(e.body[n-stampLast:n-stampLast+stampDigits], e.counter)
	}
}

// want returns the right response to the current delivery.
func (e *Event) want() []byte {
	if e.response != nil {
		return e.response
	}
	return e.body
}

func digits(to []byte, n uint64) {
	for i := len(to) - 1; i >= 0; i-- {
		to[i] = '0' + byte(n%10)
		n /= 10
	}
}
