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
// leaves out the next ones, and where events come after a rest there are none:
// the answer is then better read at once, while the caches are warm, than on the
// way from the next event to its response.
type pair struct {
	waitsForBoth bool // the socket waits so
	answerLen    int  // bytes of the last answer
	sameLength   bool // the one before had as many
	guess        guess
}

// pairPatience in milliseconds: longer than it takes to get the next event from a
// server that has it, and shorter than anybody would notice.
const pairPatience = 10

// slack is what a head of an event must have, in bytes, beyond an answer: an
// event by itself then wakes us too, if the answer was read before.
const slack = 64

// learn remembers how long an answer was.
func (p *pair) learn(answer int) {
	p.sameLength = answer == p.answerLen
	p.answerLen = answer
}

// expectPair prepares the socket for what will come after a write: both, or the
// answer alone. head is the length of the last event's head.
func (l *link) expectPair(both bool, head int) {
	p := &l.pair
	if p.waitsForBoth {
		p.guess.learn(true) // it was of use the last time
	}
	both = both && p.sameLength && head > p.answerLen+slack && p.guess.likely()
	switch {
	case both == p.waitsForBoth:
	case both && l.sock.awaitMore(p.answerLen):
		p.waitsForBoth = true
	default:
		l.sock.awaitAny()
		p.waitsForBoth = false
	}
}

// breakPair goes back to reading whatever has come, since something else than
// a pair is waited for, or has come.
func (l *link) breakPair() {
	l.sock.awaitAny()
	l.pair.waitsForBoth = false
	l.pair.guess.learn(false)
}
