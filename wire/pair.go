package wire

// A pair is the answer to a response and the next event, both asked for in one write. Lambda's
// server sends the answer at once, and the event when there is one: two segments. The answer alone
// is not worth waking up for, since nothing can be done before the event has come. So the socket is
// told to wait for one byte more than the answer (SO_RCVLOWAT). An invocation then costs one
// wake-up and one read instead of two.
//
// That is sound only if the answer has the expected length, and the event is longer. If a server
// answers with less and then sends nothing, a short 500 for instance, the answer would not be seen.
// So such a wait ends after a few milliseconds (SO_RCVTIMEO): what has come is read, and the rest
// is waited for in the ordinary way.
//
// A wait that ends like this, because the next event takes its time, was useless and cost a few
// system calls. guess skips the next ones. If events come after a rest, pairs are not used at all:
// the answer is then better read at once, while the caches are warm, than between the next event
// and its response.
type pair struct {
	waitsForBoth bool // the low-water mark is set for both
	answerLen    int  // bytes of the last answer
	sameLength   bool // the two last answers had the same length
	guess        guess
}

// pairPatience is in milliseconds. It is longer than a server needs to send an event that it has,
// and shorter than anybody would notice.
const pairPatience = 10

// slack is how many bytes longer than an answer the head of an event must be. An event by itself
// then wakes us too, if the answer was read before.
const slack = 64

// learn remembers how long an answer was.
func (p *pair) learn(answer int) {
	p.sameLength = answer == p.answerLen
	p.answerLen = answer
}

// expectPair prepares the socket for what will arrive after a write: both, or the answer alone.
// head is the length of the last event's head.
func (l *link) expectPair(both bool, head int) {
	p := &l.pair
	if p.waitsForBoth {
		p.guess.learn(true) // it was useful the last time
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

// breakPair goes back to reading whatever has arrived, because something other than a pair is
// waited for, or has arrived.
func (l *link) breakPair() {
	l.sock.awaitAny()
	l.pair.waitsForBoth = false
	l.pair.guess.learn(false)
}
