package lambdatest

import (
	"net/http"
	"time"
)

// ask begins the answer to a GET /next.
func (c *conn) ask(q *request) after {
	s := c.server
	asker, state := s.ask(c, q.At)
	if asker == nil {
		return c.sendAnswer(q, Answer{}, verdict{status: http.StatusForbidden, kind: kindTransition,
			message: transition(state, "Ready")})
	}
	return c.later(func() after { return c.answerNext(asker, q) })
}

// later answers a request while the next request can already be read.
func (c *conn) later(answer func() after) after {
	next := make(chan after, 1)
	c.next = next
	c.server.running.Add(1)
	go func() {
		defer c.server.running.Done()
		next <- answer()
	}()
	return goOn
}

// ask puts c in line for an event. It returns nil, and the state that the runtime is in, if that has
// no right to one.
func (s *Server) ask(c *conn, now time.Time) (a *asker, state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.dropped {
		return nil, ""
	}
	if state := s.restore.forbids(); state != "" {
		s.noteLocked(c, "asked for an event, and is to be restored first, or has failed to be")
		return nil, state
	}
	if s.askedAt.IsZero() {
		s.askedAt = now
		close(s.asked)
	}
	if s.initError != nil {
		s.noteLocked(c, "asked for an event after an init error")
		return nil, "InitError"
	}
	if s.Concurrent {
		return s.work.line(), ""
	}
	if owed := s.work.owed(c); owed != nil && !owed.refused {
		s.noteLocked(c, "asked for an event, and has not answered %s", owed.event.RequestID)
	}
	return s.work.ask(c), ""
}

// answerNext waits for an event and sends it.
func (c *conn) answerNext(a *asker, q *request) after {
	s := c.server
	for {
		select {
		case p := <-a.given:
			if then, sent := c.sendEvent(p, q); sent {
				return then
			}
			s.mu.Lock()
			if s.Concurrent {
				a = s.work.line()
			} else {
				a = s.work.ask(c)
			}
			s.mu.Unlock()
		case <-c.left:
			s.mu.Lock()
			defer s.mu.Unlock()
			s.work.leave(a)
			return abort
		case <-s.done:
			return abort
		}
	}
}

// sendEvent delivers p, unless p needs no delivery any more.
func (c *conn) sendEvent(p *Pending, q *request) (then after, sent bool) {
	s, e := c.server, &p.event
	waited := c.sleep(e.Delay)
	now := time.Now()
	s.mu.Lock()
	if !waited || c.hasLeft() {
		defer s.mu.Unlock()
		s.work.pushBack(p)
		return abort, true
	}
	needed := s.work.deliver(p, c, now)
	if needed {
		s.tellExtensions(p, now)
		s.expireLater(p, now)
	}
	s.mu.Unlock()
	if !needed {
		return goOn, false
	}
	if e.Silent {
		return mute, true
	}
	c.out = e.append(c.out[:0], now)
	if err := c.send(e.Trickle); err != nil {
		if !e.faulty() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.work.undeliver(p)
		}
		return abort, true
	}
	p.hand.Do(func() { close(p.handed) })
	return c.finish(e.Close || q.parsed.Close, e.Reset), true
}

func (c *conn) hasLeft() bool {
	select {
	case <-c.left:
		return true
	default:
		return false
	}
}
