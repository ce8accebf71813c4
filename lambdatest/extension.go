package lambdatest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

const (
	headerExtensionName    = "Lambda-Extension-Name"
	headerExtensionID      = "Lambda-Extension-Identifier"
	headerExtensionFeature = "Lambda-Extension-Accept-Feature"

	maxExtensions = 10 // Lambda's limit for one function
)

// Extension is an extension that has registered: for Lambda, a function with one is a function that gets SIGTERM, and
// time to react to it, before it is killed.
type Extension struct {
	Name       string
	Identifier string   // that the answer to its registration carried
	Events     []string // that it wants to be told of: none, or INVOKE
}

// Extensions returns the extensions that have registered, in the order of their registration. Since Lambda refuses
// those that come after the first GET /next, the list is complete when Asked is closed. The caller owns the list.
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

// extension is a registered extension. The server's lock guards it.
type extension struct {
	Extension
}

// register answers POST /extension/register. All who register are internal extensions, as those in a function's own
// process are: Lambda starts the external ones itself, and knows them beforehand.
func (c *conn) register(q *request) after {
	s := c.server
	s.mu.Lock()
	e, v := s.admitExtension(q)
	if e == nil {
		s.noteLocked(c, "%s: %d %s: %s", q.Path, v.status, v.kind, v.message)
	}
	s.mu.Unlock()
	if e == nil {
		return c.reply(q, Answer{}, v)
	}
	return c.reply(q, Answer{Status: http.StatusOK, Body: registered(q),
		Header: http.Header{headerExtensionID: {e.Identifier}}}, v)
}

// admitExtension keeps an extension that may register; nil and the refusal of one that may not.
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
		return nil, forbidden("Extension.RegistrationClosed", "Extension registration closed already")
	case len(s.extensions) == maxExtensions:
		return nil, forbidden("Extension.TooManyExtensions", "Extension limit (%d) reached", maxExtensions)
	case slices.ContainsFunc(s.extensions, same):
		return nil, forbidden("Extension.InvalidExtensionState",
			"Extension with this name already registered")
	}
	e := &extension{Extension: Extension{Name: name, Identifier: NewRequestID(), Events: events}}
	s.extensions = append(s.extensions, e)
	return e, verdict{}
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
		return nil, errors.New("configurationKeys are deprecated; use environment variables instead")
	}
	return wanted.Events, nil
}

// registered is the body of the answer to a good registration.
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
	features := strings.Split(q.Header.Get(headerExtensionFeature), ",")
	body := "{"
	if slices.ContainsFunc(features, func(f string) bool { return strings.TrimSpace(f) == "accountId" }) {
		body += `"accountId":` + strconv.Quote(account) + ","
	}
	return []byte(body + `"functionName":` + strconv.Quote(name) + `,"functionVersion":"$LATEST","handler":""}` + "\n")
}

// forbidden is the verdict on an extension that does what it may not.
func forbidden(kind, format string, args ...any) verdict {
	return verdict{status: http.StatusForbidden, kind: kind, message: fmt.Sprintf(format, args...)}
}
