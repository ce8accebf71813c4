package lambdatest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	headerExtensionName    = "Lambda-Extension-Name"
	headerExtensionID      = "Lambda-Extension-Identifier"
	headerExtensionFeature = "Lambda-Extension-Accept-Feature"
	headerExtensionError   = "Lambda-Extension-Function-Error-Type"
	headerExtensionEvent   = "Lambda-Extension-Event-Identifier"

	maxExtensions = 10 // Lambda's limit for one function
	// Events due to an extension that registers for INVOKE and never asks.
	maxDue = 1000
)

var uuid = regexp.MustCompile("^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")

// Lambda's names for what an extension is doing.
const (
	extensionRegistered = "Registered"
	extensionReady      = "Ready" // it waits for its next event
	extensionRunning    = "Running"
	extensionInitError  = "InitError"
	extensionExitError  = "ExitError"
	// extensionExited is Lambda's name for the state after exit/error.
	extensionExited = "Exited"
)

// Extension is a registered extension. If a function has one, Lambda sends it SIGTERM, and gives it
// time to react, before killing it.
type Extension struct {
	Name       string
	Identifier string   // in the answer to its registration
	Events     []string // the events that it wants to be told of: none, or INVOKE
	// ErrorType is what it has posted to init/error or exit/error; empty if nothing.
	ErrorType string
}

// Extensions returns the registered extensions, in the order of their registration. Lambda refuses
// registrations after the first GET /next, so the list is complete when Asked is closed. The caller
// owns the list.
func (s *Server) Extensions() []Extension {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Extension, 0, len(s.extensions))
	for _, e := range s.extensions {
		known := e.Extension
		known.Events = slices.Clone(known.Events)
		list = append(list, known)
	}
	return list
}

// extension is a registered extension, guarded by the server's lock.
type extension struct {
	Extension
	state string
	on    *conn         // the connection that it waits on, or waited on last
	due   [][]byte      // events that it has not been told of yet
	told  chan struct{} // has room for one; full if something is due
}

// extend answers a request from an extension.
func (c *conn) extend(r route, q *request) after {
	s := c.server
	answer := Answer{}
	s.mu.Lock()
	if c.dropped {
		s.mu.Unlock()
		return abort
	}
	e, v := s.judgeExtension(c, r, q)
	switch {
	case v.status == http.StatusForbidden:
		s.noteLocked(c, "%s: %d %s: %s", q.Path, v.status, v.kind, v.message)
	case r.extension == "register":
		answer = Answer{Status: http.StatusOK, Body: registered(q),
			Header: http.Header{headerExtensionID: {e.Identifier}}}
	case r.extension == "event/next":
		c.waits = true
		s.mu.Unlock()
		return c.later(func() after { return c.tell(e, q) })
	}
	s.mu.Unlock()
	return c.sendAnswer(q, answer, v)
}

// judgeExtension decides on an extension's request, and carries it out.
func (s *Server) judgeExtension(c *conn, r route, q *request) (*extension, verdict) {
	if r.extension == "register" {
		return s.admitExtension(q)
	}
	id := q.Header.Get(headerExtensionID)
	fault := q.Header.Get(headerExtensionError)
	i := slices.IndexFunc(s.extensions, func(e *extension) bool {
		return strings.EqualFold(e.Identifier, id)
	})
	kind, message := "", ""
	switch {
	case id == "":
		kind, message = "MissingExtensionIdentifier", "Missing "+headerExtensionID+" header"
	case !uuid.MatchString(id):
		kind, message = "InvalidExtensionIdentifier", "Invalid "+headerExtensionID
	case fault == "" && r.extension != "event/next":
		kind, message = "MissingHeader", headerExtensionError+" not found"
	case i < 0 && r.extension == "event/next":
		kind, message = "UnknownExtensionIdentifier", "Unknown extension "+id
	case i < 0:
		kind, message = "UnknownExtensionIdentifier", "Unknown "+headerExtensionID
	}
	if kind != "" {
		return nil, forbidden("Extension."+kind, "%s", message)
	}
	e := s.extensions[i]
	v := s.move(e, r.extension, fault)
	if e.state == extensionReady && v.status == http.StatusAccepted {
		e.on = c
	}
	return e, v
}

// move lets an extension change its state, if Lambda would.
func (s *Server) move(e *extension, verb, fault string) verdict {
	from, to, name := e.state, extensionReady, extensionReady
	good := from == extensionRegistered || from == extensionRunning ||
		// Whoever waited there has not noticed yet.
		from == extensionReady && e.on.hasLeft()
	switch verb {
	case "init/error":
		to, name = extensionInitError, extensionInitError
		good = from == extensionRegistered || from == to
	case "exit/error":
		to, name = extensionExitError, extensionExited
		good = from != extensionInitError
	}
	if !good {
		return forbidden("Extension.InvalidExtensionState",
			"State transition from %s to %s failed for extension %s. Error: "+
				"State transition is not allowed", from, name, e.Identifier)
	}
	e.state = to
	if e.ErrorType == "" && verb != "event/next" {
		e.ErrorType = fault
	}
	if from == extensionRegistered {
		s.work.held--
		s.work.match()
	}
	return verdict{status: http.StatusAccepted}
}

// tell waits until there is something to tell an extension: for ever, if it has not registered for
// INVOKE.
func (c *conn) tell(e *extension, q *request) after {
	s := c.server
	select {
	case <-e.told:
	case <-c.left:
	case <-s.done:
		return abort
	}
	s.mu.Lock()
	c.waits = false
	if e.state == extensionReady && e.on == c {
		e.state = extensionRunning
	}
	gone := c.hasLeft()
	var event []byte
	if !gone {
		event, e.due = e.due[0], e.due[1:]
	}
	e.signal()
	s.mu.Unlock()
	if gone {
		return abort
	}
	return c.sendAnswer(q, Answer{Status: http.StatusOK, Body: event,
		Header: http.Header{headerExtensionEvent: {NewRequestID()}}}, verdict{})
}

// signal lets tell go on if something is due.
func (e *extension) signal() {
	if len(e.due) == 0 {
		return
	}
	select {
	case e.told <- struct{}{}:
	default:
	}
}

// tellExtensions tells those extensions of an invocation, once, that have registered for INVOKE.
func (s *Server) tellExtensions(p *Pending, now time.Time) {
	if p.told {
		return
	}
	p.told = true
	for _, e := range s.extensions {
		if !slices.Contains(e.Events, "INVOKE") {
			continue
		}
		if len(e.due) == maxDue {
			e.due = e.due[1:]
		}
		e.due = append(e.due, p.event.forExtension(now))
		e.signal()
	}
}

// forExtension returns the JSON that an extension gets for an event.
func (e *Event) forExtension(now time.Time) []byte {
	type tracing struct {
		Type  string `json:"type"`
		Value string `json:"value"`
	}
	invoke := struct {
		Type      string   `json:"eventType"`
		Deadline  int64    `json:"deadlineMs"`
		RequestID string   `json:"requestId"`
		ARN       string   `json:"invokedFunctionArn"`
		Tracing   *tracing `json:"tracing,omitempty"`
	}{"INVOKE", e.deadline(now).UnixMilli(), e.RequestID, defaultARN, nil}
	for name, values := range e.Header {
		switch {
		case len(values) == 0:
		case strings.EqualFold(name, headerARN):
			invoke.ARN = values[0]
		case strings.EqualFold(name, "Lambda-Runtime-Trace-Id") && values[0] != "":
			invoke.Tracing = &tracing{"X-Amzn-Trace-Id", values[0]}
		}
	}
	text, _ := json.Marshal(invoke) // strings and a number always marshal
	return text
}

// admitExtension registers an extension if it may register; otherwise it returns nil and the
// refusal. All who register are internal extensions, like those in a function's own process: Lambda
// starts the external ones itself, and knows them beforehand. Internal ones may ask for INVOKE,
// except on Lambda Managed Instances.
func (s *Server) admitExtension(q *request) (*extension, verdict) {
	name := q.Header.Get(headerExtensionName)
	if name == "" {
		return nil, forbidden("Extension.InvalidExtensionName", "Empty extension name")
	}
	events, err := wantedEvents(q.Body)
	if err != nil {
		return nil, forbidden("InvalidRequestFormat", "%v", err)
	}
	for _, event := range events {
		switch event {
		case "INVOKE":
		case "SHUTDOWN":
			return nil, forbidden("Extension.InvalidEventType",
				"SHUTDOWN: ShutdownEventNotSupportedForInternalExtension")
		default:
			return nil, forbidden("Extension.InvalidEventType", "%s: ErrorInvalidEventType", event)
		}
	}
	same := func(e *extension) bool { return e.Name == name }
	switch {
	case !s.askedAt.IsZero():
		return nil, forbidden("Extension.RegistrationClosed",
			"Extension registration closed already")
	case len(s.extensions) == maxExtensions:
		return nil, forbidden("Extension.TooManyExtensions",
			"Extension limit (%d) reached", maxExtensions)
	case slices.ContainsFunc(s.extensions, same):
		return nil, forbidden("Extension.InvalidExtensionState",
			"Extension with this name already registered")
	}
	e := &extension{state: extensionRegistered, told: make(chan struct{}, 1),
		Extension: Extension{Name: name, Identifier: NewRequestID(), Events: events}}
	s.extensions = append(s.extensions, e)
	s.work.held++
	return e, verdict{status: http.StatusOK}
}

// wantedEvents reads the body of a registration.
func wantedEvents(body []byte) ([]string, error) {
	var wanted struct {
		Events            []string `json:"events"`
		ConfigurationKeys []string `json:"configurationKeys"`
	}
	if err := json.Unmarshal(body, &wanted); err != nil {
		return nil, err
	}
	if len(wanted.ConfigurationKeys) > 0 {
		return nil, errors.New("configurationKeys are deprecated; " +
			"use environment variables instead")
	}
	return wanted.Events, nil
}

// registered returns the body of the answer to a good registration.
func registered(q *request) []byte {
	account, name := "", ""
	for i, part := range strings.Split(defaultARN, ":") {
		switch i {
		case 4:
			account = part
		case 6:
			name = part
		}
	}
	body := "{"
	for _, feature := range strings.Split(q.Header.Get(headerExtensionFeature), ",") {
		if strings.TrimSpace(feature) == "accountId" {
			body = `{"accountId":` + strconv.Quote(account) + ","
		}
	}
	body += `"functionName":` + strconv.Quote(name) + `,"functionVersion":"$LATEST","handler":""}`
	return []byte(body + "\n")
}

// forbidden returns the verdict on an extension that does what it may not do.
func forbidden(kind, format string, args ...any) verdict {
	return verdict{status: http.StatusForbidden, kind: kind, message: fmt.Sprintf(format, args...)}
}
