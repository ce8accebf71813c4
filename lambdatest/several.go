package lambdatest

import (
	"fmt"
	"time"
)

// Waiting is the number of GETs for an event that have none yet: of the loops that are idle. With
// N loops in a function, wait for N before events are queued that are to be handled at once.
func (s *Server) Waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.work.askers)
}

// expireLater ends an invocation at its deadline, if it is one that does.
func (s *Server) expireLater(p *Pending, now time.Time) {
	if p.event.Expires {
		time.AfterFunc(p.event.deadline(now).Sub(now), func() { s.expire(p, now) })
	}
}

// expire ends an invocation that nobody has answered: what its caller gets is Lambda's error.
func (s *Server) expire(p *Pending, began time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.ended || s.closed {
		return
	}
	id := p.event.RequestID
	s.work.end(p)
	s.work.expired[id] = true
	delete(s.work.answered, id)
	const kind = "Sandbox.Timedout"
	message := fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", id,
		p.event.deadline(began).Sub(began).Seconds())
	raw := fmt.Sprintf(`{"errorType":%q,"errorMessage":%q}`, kind, message)
	p.result.RequestID = id
	p.result.Err = &FunctionError{Type: kind, Message: message, Raw: []byte(raw)}
	p.publish(0)
}
