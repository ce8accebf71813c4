package lambdatest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// verdict is what the server thinks of a POST.
type verdict struct {
	status  int
	kind    string   // errorType of a status that is not 202
	message string   // errorMessage
	ends    *Pending // the invocation that the POST ends, nil if none
}

const (
	kindRequestID  = "InvalidRequestID"
	kindTransition = "InvalidStateTransition"
	kindTooLarge   = "RequestEntityTooLarge"
	kindMode       = "InvalidFunctionResponseMode"
)

// body is the JSON of the verdict, with the newline that Lambda's server sends behind it.
func (v verdict) body() []byte {
	if v.status < 300 {
		return []byte(`{"status":"OK"}` + "\n")
	}
	body, _ := json.Marshal(struct { // two strings always marshal
		Message string `json:"errorMessage"`
		Type    string `json:"errorType"`
	}{v.message, v.kind})
	return append(body, '\n')
}

// route is what a request asks for.
type route struct {
	next, response, fault, initError bool
	requestID                        string

	register bool // an extension's
}

// route reads the request line, strictly: there is one spelling of each path. The status is 200 if there is a route.
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
	case "/2020-01-01/extension/register":
		r.register = true
	default:
		id, ok := strings.CutPrefix(path, "/2018-06-01/runtime/invocation/")
		id, verb, _ := strings.Cut(id, "/")
		r.requestID, r.response, r.fault = id, verb == "response", verb == "error"
		if !ok || id == "" || !r.response && !r.fault {
			return route{}, http.StatusNotFound
		}
	}
	if method != want {
		return route{}, http.StatusMethodNotAllowed
	}
	return r, http.StatusOK
}

// judge decides on a POST and, unless it is to be lost, carries that out: the invocation ends, or the init error is
// kept. The result is not published yet: the answer goes out first.
func (s *Server) judge(c *conn, r route, q *request, lost bool) verdict {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.dropped {
		return verdict{status: http.StatusServiceUnavailable} // goes nowhere
	}
	if r.initError {
		fault, note := newFunctionError(q.Body, q.Header)
		s.noteIf(c, "init/error", note)
		if !lost {
			s.initError = fault
		}
		return verdict{status: http.StatusAccepted}
	}
	p := s.work.open[r.requestID]
	v := s.rule(c, r, q, p)
	if p == nil {
		return v
	}
	if lost || v.status != http.StatusAccepted && v.status != http.StatusRequestEntityTooLarge {
		p.refused = true
		return v
	}
	v.ends = p
	s.work.end(p)
	s.conclude(c, r, q, p, v)
	return v
}

// rule is the law: it changes nothing.
func (s *Server) rule(c *conn, r route, q *request, p *Pending) verdict {
	switch mode := q.Header.Get("Lambda-Runtime-Function-Response-Mode"); {
	case p == nil && s.work.answered[r.requestID]:
		return verdict{status: http.StatusForbidden, kind: kindTransition,
			message: "State transition is not allowed: the invocation has been answered"}
	case p == nil:
		return verdict{status: http.StatusBadRequest, kind: kindRequestID, message: "Invalid request ID"}
	case q.Header.Get(headerInvocationID) != p.event.InvocationID || len(q.Header[headerInvocationID]) > 1:
		s.noteLocked(c, "%s of %s: invocation ID %q, the event had %q",
			q.Path, r.requestID, q.Header[headerInvocationID], p.event.InvocationID)
		return verdict{status: http.StatusBadRequest, kind: kindRequestID, message: "Invalid invocation ID"}
	case mode != "" && mode != "streaming":
		s.noteLocked(c, "%s: response mode %q", q.Path, mode)
		return verdict{status: http.StatusBadRequest, kind: kindMode, message: "Invalid function response mode"}
	case q.tooLarge:
		return verdict{status: http.StatusRequestEntityTooLarge, kind: kindTooLarge,
			message: fmt.Sprintf("Exceeded maximum allowed payload size (%d bytes).", MaxBody)}
	default:
		return verdict{status: http.StatusAccepted}
	}
}

// conclude fills in the result of p.
func (s *Server) conclude(c *conn, r route, q *request, p *Pending, v verdict) {
	result := &p.result
	result.RequestID = p.event.RequestID
	result.Header, result.Trailer = q.Header, q.Trailer
	result.Streaming = q.Header.Get("Lambda-Runtime-Function-Response-Mode") == "streaming"
	result.Received, result.ConnID = q.At, c.id

	note := ""
	switch {
	case v.status == http.StatusRequestEntityTooLarge:
		// What the function's caller gets to see of it.
		v.kind = "Function.ResponseSizeTooLarge"
		result.Err = &FunctionError{Type: v.kind, Message: v.message, Raw: v.body(), Header: q.Header}
	case r.fault:
		result.Err, note = newFunctionError(q.Body, q.Header)
	default:
		result.Body = q.Body
		result.Err, note = trailerError(q.Header, q.Trailer)
	}
	s.noteIf(c, q.Path, note)
}

func (s *Server) noteIf(c *conn, path, note string) {
	if note != "" {
		s.noteLocked(c, "%s: %s", path, note)
	}
}

// publish hands the result to those who wait for it. Only the POST that ended the invocation calls it.
func (p *Pending) publish(status int) {
	p.result.Status = status
	close(p.done)
}
