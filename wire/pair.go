package wire

// A pair is the answer to a response and the next event, which have been asked
// for in one write. Lambda's server sends the answer at once, and the event
// when there is one: two segments. The answer alone is nothing to wake up for:
// there is nothing to do before the event has come. So the socket is told to
// wait for one byte more than the answer (SO_RCVLOWAT), and an invocation costs
// one wake-up and one read in place of two.
//
// That is only sound as long as the answer has the length it is expected to
// have, and the event more than that. A server that answers with less and then
// says nothing, a short 500 for instance, would not be heard; so such a wait
// ends after a few milliseconds (SO_RCVTIMEO), what has come is read, and the
// rest is waited for in the ordinary way. A wait that ends so, since the next
// event takes its time, was of no use and has cost a few system calls: guess
// leaves out the next ones.
type pair struct {
	on     bool // the socket waits so
	answer int  // bytes of the last answer
	alike  bool // the one before had as many
	guess  guess
}

// pairPatience in milliseconds: longer than most rests between two events, since
// a wait that ends in between is of no use, and as long as a short answer that is
// the last may go unnoticed.
const pairPatience = 1000

// stoppablePatience is that of a connection which Stop may be called for. Stop
// cannot end a wait that may still bring the answer to a response, nor does the
// answer end it, so that whoever stops a loop waits for this long.
const stoppablePatience = 50

// slack is what a head of an event must have, in bytes, beyond an answer: an
// event by itself then wakes us too, if the answer was read before.
const slack = 64

// learn remembers how long an answer was.
func (p *pair) learn(answer int) {
	p.alike = answer == p.answer
	p.answer = answer
}

// expectsEvent reports whether an event will come behind the answer that is
// being read, and nothing of either has come.
func (c *Conn) expectsEvent() bool { return c.asked && c.pair.alike && c.end == c.answer.base }

// expectPair prepares the socket for what will come after a write: both, or the
// answer alone.
func (c *Conn) expectPair(both bool) {
	p := &c.pair
	if p.on {
		p.guess.learn(true) // it was of use the last time
	}
	both = both && p.alike && c.event.head.End-c.event.head.Start > p.answer+slack && p.guess.likely()
	switch {
	case both == p.on:
	case both && c.sock.awaitMore(p.answer, c.patience()):
		p.on = true
	default:
		c.sock.awaitAny()
		p.on = false
	}
}

// patience is how long, in milliseconds, a pair is waited for.
func (c *Conn) patience() int {
	if c.Stoppable {
		return stoppablePatience
	}
	return pairPatience
}

// breakPair goes back to reading whatever has come, since something else than
// a pair is waited for, or has come.
func (c *Conn) breakPair() {
	c.sock.awaitAny()
	c.pair.on = false
	c.pair.guess.learn(false)
}
