package lambdatest

import (
	"slices"
	"time"
)

// queue knows which events wait, who waits for events, and which invocations are open. The server's
// lock guards it.
type queue struct {
	waiting  []*Pending
	askers   []*asker
	open     map[string]*Pending // by request ID
	answered map[string]bool     // request IDs, until the next event is handed out
	expired  map[string]bool     // request IDs, for ever

	// Extensions that have not asked yet; while there are any, nothing is handed out.
	held int
}

// asker is a GET /next without an answer. At most one event is ever put into given.
type asker struct {
	given chan *Pending
}

func newQueue() queue {
	return queue{open: make(map[string]*Pending), answered: make(map[string]bool),
		expired: make(map[string]bool)}
}

// push adds an event after the others.
func (q *queue) push(p *Pending) {
	q.waiting = append(q.waiting, p)
	q.match()
}

// pushBack puts an event that could not be delivered before the others.
func (q *queue) pushBack(p *Pending) {
	if p.ended {
		return
	}
	q.waiting = slices.Insert(q.waiting, 0, p)
	q.match()
}

// withdraw takes back an event that has not been given to anybody.
func (q *queue) withdraw(p *Pending) {
	if i := slices.Index(q.waiting, p); i >= 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
	}
}

// ask adds an asker after the others. The event that c owes a response for comes first.
func (q *queue) ask(c *conn) *asker {
	if owed := q.owed(c); owed != nil {
		a := &asker{given: make(chan *Pending, 1)}
		a.given <- owed
		return a
	}
	return q.line()
}

// line adds an asker after the others.
func (q *queue) line() *asker {
	a := &asker{given: make(chan *Pending, 1)}
	q.askers = append(q.askers, a)
	q.match()
	return a
}

// owed returns the open invocation that was delivered on c. An event with a fault is not owed:
// nobody could have answered it.
func (q *queue) owed(c *conn) *Pending {
	for _, p := range q.open {
		if p.conn == c && !p.event.faulty() {
			return p
		}
	}
	return nil
}

// leave removes an asker whose connection is gone, and gives the event that it may have got to the
// next one.
func (q *queue) leave(a *asker) {
	if i := slices.Index(q.askers, a); i >= 0 {
		q.askers = slices.Delete(q.askers, i, i+1)
		return
	}
	q.pushBack(<-a.given)
}

func (q *queue) match() {
	for q.held == 0 && len(q.waiting) > 0 && len(q.askers) > 0 {
		q.askers[0].given <- q.waiting[0]
		q.askers[0], q.waiting[0] = nil, nil
		q.askers, q.waiting = q.askers[1:], q.waiting[1:]
	}
}

// deliver opens the invocation before its first byte is written: the response may arrive before the
// write returns. It reports false if p has been answered already: p may be owed on one connection
// and answered on another.
func (q *queue) deliver(p *Pending, c *conn, now time.Time) bool {
	if p.ended {
		return false
	}
	p.conn, p.refused = c, false
	p.result.Sent = now
	if p.event.RequestID != "" {
		q.open[p.event.RequestID] = p
	}
	clear(q.answered)
	return true
}

// undeliver takes back a delivery whose write failed.
func (q *queue) undeliver(p *Pending) {
	if q.open[p.event.RequestID] == p {
		delete(q.open, p.event.RequestID)
		q.pushBack(p)
	}
}

// end closes an open invocation.
func (q *queue) end(p *Pending) {
	p.ended = true
	delete(q.open, p.event.RequestID)
	q.answered[p.event.RequestID] = true
}
