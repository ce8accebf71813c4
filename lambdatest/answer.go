package lambdatest

import (
	"net/http"
	"strings"
	"time"
)

// Answer is one scripted answer to a POST. The zero value is the answer that the server gives by itself: its own
// judgement, in one write, at once. With Status, Raw or Silent set, what is sent is not the server's judgement any more,
// but the POST still ends its invocation if it is a good one, unless Lost says otherwise.
type Answer struct {
	Status int         // default: the server's own judgement
	Header http.Header // as in Event
	Body   []byte      // default: the JSON that belongs to Status; an empty slice that is not nil: an empty body

	Raw     []byte // if not nil, exactly these bytes are sent instead of everything above; may be empty
	Trickle int    // as in Event

	Close  bool          // after the answer, close the connection
	Reset  bool          // after the answer, reset the connection (RST)
	Silent bool          // never answer
	Delay  time.Duration // wait before the answer

	// BeforeBody answers after the head of the POST, before its body is read, as servers do that refuse a body for its
	// length. Without Close or Reset the body is then skipped. The invocation's Result has no body.
	BeforeBody bool

	// Lost forgets the POST, as if it had never arrived: the invocation stays open.
	Lost bool
}

// Script queues answers for the next POSTs, be they responses, errors or init errors: one each, in this order. When
// the script has run out the server answers by itself again.
func (s *Server) Script(answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, answers...)
}

// nextAnswer takes one answer off a script, for a POST on c: that of the event, or the server's.
func (s *Server) nextAnswer(c *conn, requestID string) Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	script := &s.script
	if p := s.work.open[requestID]; p != nil && len(p.answers) > 0 {
		script = &p.answers
	}
	if len(*script) == 0 || c.dropped {
		return Answer{}
	}
	answer := (*script)[0]
	*script = (*script)[1:]
	return answer
}

// append appends the bytes of the answer at the time now; v is what the server thinks by itself.
func (a *Answer) append(dst []byte, v verdict, now time.Time) []byte {
	if a.Raw != nil {
		return append(dst, a.Raw...)
	}
	if a.Status != 0 {
		v = verdict{status: a.Status, kind: statusKind(a.Status), message: messageOf(a.Status)}
	}
	header := http.Header{"Content-Type": {"application/json"}}
	override(header, a.Header)
	body := a.Body
	if body == nil {
		body = v.body()
	}
	dst = appendHead(dst, v.status, header, now)
	if v.status == http.StatusNoContent {
		return append(dst, "\r\n"...) // RFC 9110, 15.3.5: no body, and no length
	}
	dst = appendContentLength(dst, len(body))
	return append(dst, body...)
}

// sentStatus is the status that the client gets to see; 0 if only the script knows.
func (a *Answer) sentStatus(v verdict) int {
	switch {
	case a.Raw != nil, a.Silent:
		return 0
	case a.Status != 0:
		return a.Status
	default:
		return v.status
	}
}

// statusKind is the errorType of a scripted status.
func statusKind(status int) string {
	switch status {
	case http.StatusBadRequest:
		return kindRequestID
	case http.StatusForbidden:
		return kindTransition
	case http.StatusGone:
		return kindTimeout
	case http.StatusRequestEntityTooLarge:
		return kindTooLarge
	default:
		return strings.ReplaceAll(http.StatusText(status), " ", "")
	}
}

// messageOf is the errorMessage of a scripted status: Lambda's, where it has one.
func messageOf(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "Invalid request ID"
	case http.StatusForbidden:
		return transition("RuntimeResponseSentState", "InvocationResponse")
	case http.StatusGone:
		return "Invoke timeout"
	case http.StatusRequestEntityTooLarge:
		return messageTooLarge
	default:
		return http.StatusText(status)
	}
}

// What Lambda's server says to requests that are no business of a function under test.
var (
	pong         = plainText(http.StatusOK, "pong")
	noExtensions = plainText(http.StatusNotFound, "404 page not found\n")

	noLogs = Answer{Status: http.StatusAccepted,
		Body: verdict{kind: "Logs.NotSupported", message: "Logs API is not supported"}.fault()}
	noTelemetry = Answer{Status: http.StatusAccepted,
		Body: verdict{kind: "Telemetry.NotSupported",
			message: "Telemetry API is not supported"}.fault()}
)

func plainText(status int, body string) Answer {
	return Answer{Status: status, Body: []byte(body),
		Header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}}}
}

// noRoute is the answer where there is nothing, or not by that method.
func noRoute(status int, allow string) Answer {
	if status == http.StatusMethodNotAllowed {
		return Answer{Status: status, Body: []byte{},
			Header: http.Header{"Content-Type": nil, "Allow": {allow}}}
	}
	answer := plainText(status, "404 page not found\n")
	answer.Header.Set("X-Content-Type-Options", "nosniff")
	return answer
}
