package lambdatest

import (
	"encoding/json"
	"net/http"
	"strings"
)

const (
	metadataPath = "/2026-01-15/metadata/execution-environment"
	defaultZone  = "use1-az1"
)

// metadata is what the metadata endpoint knows. The server's lock guards it, but for the token,
// which does not change.
type metadata struct {
	token  string
	zone   string
	script []Answer
}

// MetadataToken is the value for AWS_LAMBDA_METADATA_TOKEN, which opens the metadata endpoint. The
// endpoint is the server itself: Addr is the value for AWS_LAMBDA_METADATA_API. Without a request
// to it nobody notices that it is there.
func (s *Server) MetadataToken() string { return s.metadata.token }

// SetZone sets the ID of the availability zone that the metadata endpoint names: use1-az1 at first.
// If it is empty the endpoint does not know yet, and answers 503.
func (s *Server) SetZone(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.metadata.zone = id
}

// ScriptMetadata queues answers for the next requests to the metadata endpoint: one each, in this
// order. When the script has run out the server answers by itself again. A Status alone comes with
// that status's text as the body.
func (s *Server) ScriptMetadata(answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.metadata.script = append(s.metadata.script, answers...)
}

// tellMetadata answers a request to the metadata endpoint.
func (c *conn) tellMetadata(q *request) after {
	s := c.server
	s.mu.Lock()
	if c.dropped {
		s.mu.Unlock()
		return abort
	}
	answer := s.metadataAnswer(c, q)
	if len(s.metadata.script) > 0 {
		own := answer
		answer, s.metadata.script = s.metadata.script[0], s.metadata.script[1:]
		switch {
		case answer.Status == 0 && answer.Raw == nil:
			answer.Status = own.Status
			if answer.Body == nil {
				answer.Body = own.Body
			}
			if answer.Header == nil {
				answer.Header = own.Header
			}
		case answer.Body == nil:
			text := metadataFault(answer.Status)
			answer.Body = text.Body
			if answer.Header == nil {
				answer.Header = text.Header
			}
		}
	}
	s.mu.Unlock()
	return c.sendAnswer(q, answer, verdict{})
}

// metadataAnswer is what Lambda's server says, in the order in which it looks. It needs the lock.
func (s *Server) metadataAnswer(c *conn, q *request) Answer {
	if q.Method != http.MethodGet {
		s.noteLocked(c, "%s %s: the metadata endpoint knows GET only", q.Method, q.Path)
		return metadataFault(http.StatusMethodNotAllowed)
	}
	token, bearer := strings.CutPrefix(q.Header.Get("Authorization"), "Bearer ")
	if !bearer || token != s.metadata.token {
		s.noteLocked(c, "%s: Authorization is not Bearer and the token", q.Path)
		return metadataFault(http.StatusUnauthorized)
	}
	if s.metadata.zone == "" {
		return metadataFault(http.StatusServiceUnavailable)
	}
	body, _ := json.Marshal(struct{ AvailabilityZoneID string }{s.metadata.zone}) // always marshals
	return Answer{Status: http.StatusOK, Body: body,
		Header: http.Header{"Cache-Control": {"private, max-age=43200, immutable"}}}
}

// metadataFault is an error as Go's net/http server words it.
func metadataFault(status int) Answer {
	answer := plainText(status, http.StatusText(status)+"\n")
	answer.Header.Set("X-Content-Type-Options", "nosniff")
	return answer
}
