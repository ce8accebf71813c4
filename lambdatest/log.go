package lambdatest

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

const (
	defaultKeep  = 1000
	maxLogBytes  = 64 << 20 // a thousand of the largest bodies would be 6 GB
	maxNotes     = 1000     // a runtime that is wrong is wrong a million times
	notesDropped = "and more violations, which were not kept"
)

// Request is one request as it arrived. It shares memory with the server's log and with Result:
// only read it.
type Request struct {
	Method  string
	Path    string // as it stands in the request line
	Proto   string
	Header  http.Header // Host is in Head only
	Trailer http.Header // declared trailers only
	Body    []byte      // without its chunks; nil if it was not read
	Head    []byte      // the raw bytes from the request line to the empty line
	ConnID  int         // connections are counted from 1
	At      time.Time   // when its last byte had been read
}

// requestLog keeps the newest requests, at most limit of them and at most maxLogBytes.
type requestLog struct {
	limit    int
	size     int
	requests []Request
}

func (r *Request) size() int { return len(r.Head) + len(r.Body) }

func (l *requestLog) add(r Request) {
	if l.limit <= 0 {
		return
	}
	l.requests = append(l.requests, r)
	l.size += r.size()
	l.trim()
}

func (l *requestLog) trim() {
	for len(l.requests) > max(l.limit, 0) || l.size > maxLogBytes && len(l.requests) > 1 {
		l.size -= l.requests[0].size()
		l.requests[0] = Request{}
		l.requests = l.requests[1:]
	}
}

func (s *Server) record(c *conn, q *request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !c.dropped {
		s.log.add(q.Request)
	}
}

// Requests returns a copy of the log, oldest first: the last 1000 requests, or as many as Keep
// allows, and no more than 64 MiB.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log.requests)
}

// Keep limits the log to the last n requests; 0 turns it off. The default is 1000.
func (s *Server) Keep(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log.limit = n
	s.log.trim()
}

// Violations returns what the runtime has done wrong so far, oldest first: what Lambda's server
// would refuse, and what it would accept but the protocol does not allow. It leaves out a wrong
// request ID: after a lost connection a runtime cannot know better.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	notes := slices.Clone(s.notes)
	if len(s.work.askers) > 0 && len(s.work.waiting) > 0 {
		for _, e := range s.extensions {
			if e.state == extensionRegistered {
				notes = append(notes, fmt.Sprintf("extension %q has registered and not asked for "+
					"its first event: until it does, the function gets none", e.Name))
			}
		}
	}
	return notes
}

func (s *Server) note(c *conn, format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noteLocked(c, format, args...)
}

// noteLocked notes a fault in what came on c, or of the server itself if c is nil. What Drop has
// cut is nobody's fault.
func (s *Server) noteLocked(c *conn, format string, args ...any) {
	where := ""
	if c != nil {
		if c.dropped {
			return
		}
		where = fmt.Sprintf("connection %d: ", c.id)
	}
	switch len(s.notes) {
	case maxNotes:
	case maxNotes - 1:
		s.notes = append(s.notes, notesDropped)
	default:
		s.notes = append(s.notes, where+fmt.Sprintf(format, args...))
	}
}
