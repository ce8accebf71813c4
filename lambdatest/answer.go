package lambdatest

import (
	"net/http"
	"strings"
	"time"
)

// Answer is one scripted answer to a POST. The zero value is the server's own answer: its own
// judgement, in one write, at once. With Status, Raw or Silent set, the server does not send its
// own judgement, but a good POST still ends its invocation, unless Lost is set.
type Answer struct {
	Status int         // default: the server's own judgement
	Header http.Header // as in Event
	// Body defaults to the JSON that belongs to Status. An empty slice that is not nil means an
	// empty body.
	Body []byte

	// Raw, if not nil, is sent instead of everything above: exactly these bytes. It may be empty.
	Raw     []byte
	Trickle int // as in Event

	Close  bool          // after the answer, close the connection
	Reset  bool          // after the answer, reset the connection (RST)
	Silent bool          // never answer
	Delay  time.Duration // wait before the answer

	// BeforeBody sends the answer after the head of the POST, before its body is read. Servers do
	// that to refuse a body for its length. Without Close or Reset the body is then skipped. The
	// invocation's Result has no body.
	BeforeBody bool

	// Lost forgets the POST, as if it had never arrived: the invocation stays open.
	Lost bool
}

// Script queues answers for the next POSTs, whether they are responses, errors, init errors or
// restore errors: one each, in this order. After the last of them the server gives its own answers
// again.
func (s *Server) Script(answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, answers...)
}

// nextAnswer takes one answer from a script, for a POST on c: that of the event, or the server's.
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

// append appends the bytes of the answer, sent at the time now; v is the server's own judgement.
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
		return append(dst, "\r\n"...) // RFC 9110, 15.3.5: neither body nor length
	}
	dst = appendContentLength(dst, len(body))
	return append(dst, body...)
}

// sentStatus returns the status that the client sees; 0 if only the script knows it.
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

// statusKind returns the errorType for a scripted status.
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

// messageOf returns the errorMessage for a scripted status: Lambda's, where it has one.
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

// The answers of Lambda's server to requests that a function under test need not make.
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

// noRoute returns the answer for a path that does not exist, or not with that method.
func noRoute(status int, allow string) Answer {
	if status == http.StatusMethodNotAllowed {
		return Answer{Status: status, Body: []byte{},
			Header: http.Header{"Content-Type": nil, "Allow": {allow}}}
	}
	answer := plainText(status, "404 page not found\n")
	answer.Header.Set("X-Content-Type-Options", "nosniff")
	return answer
}
