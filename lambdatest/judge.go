package lambdatest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// verdict is the server's judgement of a POST.
type verdict struct {
	status  int
	kind    string   // errorType of a status that is not 202
	message string   // errorMessage
	ends    *Pending // the invocation that the POST ends; nil if none
}

const (
	kindRequestID  = "InvalidRequestID"
	kindTransition = "InvalidStateTransition"
	kindTooLarge   = "RequestEntityTooLarge"
	kindMode       = "InvalidFunctionResponseMode"
	kindTimeout    = "InvokeTimeout"
	kindTruncated  = "TruncatedHTTPRequest"
)

// The texts of Lambda's emulator, which has them from Lambda.
var (
	messageTooLarge = fmt.Sprintf("Exceeded maximum allowed payload size (%d bytes).", MaxBody)
	messageCaller   = "Response payload size e" + strings.TrimPrefix(messageTooLarge, "E")
)

// transition returns the message for a request that does not fit the runtime's state.
func transition(from, to string) string {
	return "State transition from " + from + " to " + to + " failed for runtime. Error: " +
		"State transition is not allowed"
}

// body returns the JSON of the verdict, with the newline that Lambda's server sends after it.
func (v verdict) body() []byte {
	if v.status < 300 {
		return []byte(`{"status":"OK"}` + "\n")
	}
	return v.fault()
}

func (v verdict) fault() []byte {
	body, _ := json.Marshal(struct { // two strings always marshal
		Message string `json:"errorMessage"`
		Type    string `json:"errorType"`
	}{v.message, v.kind})
	return append(body, '\n')
}

// route says what a request asks for.
type route struct {
	next, response, fault, initError bool
	restoreNext, restoreError        bool // SnapStart's
	metadata                         bool
	requestID                        string

	extension string  // what comes after /extension/, in a request of an extension
	fixed     *Answer // of a part of Lambda's API that always says the same

	allow string // the method that would have been right
}

// route reads the request line, strictly: each path has one spelling. The status is 200 if there is
// a route.
func (s *Server) route(method, path string) (r route, status int) {
	path, ok := strings.CutPrefix(path, s.BasePath)
	if !ok {
		return route{}, http.StatusNotFound
	}
	want := http.MethodPost
	switch path {
	case "/2018-06-01/runtime/invocation/next":
		r.next, want = true, http.MethodGet
	case "/2018-06-01/runtime/init/error":
		r.initError = true
	case "/2018-06-01/runtime/restore/next":
		r.restoreNext, want = true, http.MethodGet
	case "/2018-06-01/runtime/restore/error":
		r.restoreError = true
	case metadataPath:
		return route{metadata: true}, http.StatusOK // it judges the method itself
	case "/2018-06-01/ping":
		r.fixed, want = &pong, http.MethodGet
	case "/2020-01-01/extension/register", "/2020-01-01/extension/init/error",
		"/2020-01-01/extension/exit/error":
		r.extension = strings.TrimPrefix(path, "/2020-01-01/extension/")
		if s.NoExtensions {
			r.extension, r.fixed = "", &noExtensions
		}
	case "/2020-01-01/extension/event/next":
		r.extension, want = "event/next", http.MethodGet
		if s.NoExtensions {
			r.extension, r.fixed = "", &noExtensions
		}
	case "/2020-08-15/logs":
		r.fixed, want = &noLogs, http.MethodPut
	case "/2022-07-01/telemetry":
		r.fixed, want = &noTelemetry, http.MethodPut
	default:
		id, ok := strings.CutPrefix(path, "/2018-06-01/runtime/invocation/")
		id, verb, _ := strings.Cut(id, "/")
		r.requestID, r.response, r.fault = id, verb == "response", verb == "error"
		if !ok || id == "" || !r.response && !r.fault {
			return route{}, http.StatusNotFound
		}
	}
	if (r.restoreNext || r.restoreError) && !s.SnapStart {
		return route{}, http.StatusNotFound
	}
	if method != want {
		return route{allow: want}, http.StatusMethodNotAllowed
	}
	return r, http.StatusOK
}

// judge decides on a POST and carries the decision out, unless the POST is to be lost: the
// invocation ends, or the init error is kept. It does not publish the result yet: the answer goes
// out first.
func (s *Server) judge(c *conn, r route, q *request, lost bool) verdict {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.dropped {
		return verdict{status: http.StatusServiceUnavailable} // goes nowhere
	}
	if r.initError || r.restoreError {
		return s.judgeStart(c, r, q, lost)
	}
	p := s.work.open[r.requestID]
	v := s.rule(c, r, q, p)
	if p == nil {
		return v
	}
	// A response that is too large counts as answered. An error that is too large does not.
	tooLarge := v.status == http.StatusRequestEntityTooLarge && r.response
	if lost || v.status != http.StatusAccepted && !tooLarge {
		p.refused = true
		return v
	}
	v.ends = p
	s.work.end(p)
	s.conclude(c, r, q, p, v)
	return v
}

// rule applies the rules and changes nothing.
func (s *Server) rule(c *conn, r route, q *request, p *Pending) verdict {
	to := "InvocationResponse"
	if r.fault {
		to = "InvocationErrorResponse"
	}
	if p == nil && s.work.answered[r.requestID] && !s.Concurrent {
		message := transition("RuntimeResponseSentState", to)
		return verdict{http.StatusForbidden, kindTransition, message, nil}
	}
	if p == nil && s.work.expired[r.requestID] {
		return verdict{http.StatusGone, kindTimeout, messageOf(http.StatusGone), nil}
	}
	if p == nil {
		return verdict{http.StatusBadRequest, kindRequestID, messageOf(http.StatusBadRequest), nil}
	}
	ids, mode := q.Header[headerInvocationID], q.Header.Get(headerMode)
	if id := p.event.InvocationID; q.Header.Get(headerInvocationID) != id {
		s.noteLocked(c, "%s of %s: invocation ID %q, the event had %q",
			q.Path, r.requestID, ids, id)
		if id != "" && len(ids) > 0 {
			return verdict{http.StatusGone, kindTimeout, messageOf(http.StatusGone), nil}
		} // otherwise Lambda accepts it
	}
	if r.fault && p.streaming {
		s.noteLocked(c, "%s: the response to %s has begun", q.Path, r.requestID)
		return verdict{http.StatusForbidden, kindTransition, transition("ResponseStarted", to), nil}
	}
	switch {
	case mode != "" && mode != "streaming":
		s.noteLocked(c, "%s: response mode %q", q.Path, mode)
		return verdict{http.StatusBadRequest, kindMode, "Invalid function response mode", nil}
	case r.fault && (q.tooLarge || len(q.Body) > MaxError):
		s.noteLocked(c, "%s: more than %d bytes", q.Path, MaxError)
		fallthrough
	case q.tooLarge:
		return verdict{http.StatusRequestEntityTooLarge, kindTooLarge, messageTooLarge, nil}
	default:
		return verdict{status: http.StatusAccepted}
	}
}

// conclude fills in the result of p.
func (s *Server) conclude(c *conn, r route, q *request, p *Pending, v verdict) {
	result := &p.result
	result.RequestID = p.event.RequestID
	result.Header, result.Trailer = q.Header, q.Trailer
	result.Streaming = q.streams()
	result.Received, result.ConnID = q.At, c.id

	note := ""
	switch {
	case v.status == http.StatusRequestEntityTooLarge:
		// What the function's caller sees of it.
		const kind = "Function.ResponseSizeTooLarge"
		raw := fmt.Sprintf(`{"errorType":%q,"errorMessage":%q}`, kind, messageCaller)
		result.Err = &FunctionError{Type: kind, Message: messageCaller,
			Raw: []byte(raw), Header: q.Header}
	case r.fault:
		result.Err, note = newFunctionError(q.Body, q.Header)
	default:
		result.Body = q.Body
		if result.Streaming {
			s.judgeStream(c, q)
		}
		if result.Streaming && hasPrelude(q.Header) {
			result.Prelude, result.Body, note = cutPrelude(q.Body)
			s.noteIf(c, q.Path, note)
		}
		result.Err, note = trailerError(q.Header, q.Trailer)
	}
	s.noteIf(c, q.Path, note)
}

func (s *Server) noteIf(c *conn, path, note string) {
	if note != "" {
		s.noteLocked(c, "%s: %s", path, note)
	}
}

// publish hands the result to those who wait for it. Only the POST that ended the invocation calls
// it.
func (p *Pending) publish(status int) {
	p.result.Status = status
	p.arrival.end(&p.result)
	close(p.done)
}
