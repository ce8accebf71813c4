package wire

import "github.com/minlambda/minlambda/pool"

// MaxBody is the largest event that NewConn allows: 2^61 bytes, and 512 MiB
// where an int has 32 bits. A buffer that holds one, with heads, answer and
// tail, may double without an overflow.
const MaxBody = int(^uint(0)>>1) / 4

// A Conn is a connection to the Runtime API, with its buffers. It connects
// when it first has to, and again after the connection was lost. Its methods
// are for one goroutine, except Stop and Abort.
type Conn struct {
	// Poison overwrites both buffers after each invocation, so that whoever
	// has kept a slice of them notices.
	Poison bool

	addr Addr
	link
	in     inbox
	out    outbox
	event  message
	answer message
	pace   pace
	alone  bool   // responses are sent without the next GET: see renew, Next, Overtaken
	last   []byte // request ID of the last response that was accepted
}

// NewConn returns an unconnected Conn for a; the first request connects. An
// event of more than maxEvent bytes, or of more than MaxBody, will be refused;
// so will any other answer of more than MaxAnswer.
func NewConn(a Addr, maxEvent int) *Conn {
	c := &Conn{addr: a, pace: pace{resting: true}}
	c.in.lent = pool.Get(firstRead)
	c.out.lent = pool.Get(firstWrite)
	c.out.get = appendNext(nil, &a)
	c.event.in, c.event.maxBody = &c.in, min(maxEvent, MaxBody)
	c.answer.in, c.answer.maxBody = &c.in, MaxAnswer
	return c
}

// Close closes the connection and gives the buffers back. No slice that c has
// handed out may be used afterwards, nor c itself.
func (c *Conn) Close() {
	c.disconnect()
	c.in.giveBack()
	c.out.giveBack()
}

// Stop makes Next return ErrStopped, at once if it is waiting or connecting. A
// response that is being sent is still sent.
func (c *Conn) Stop() { c.stop() }

// Abort is Stop without regard to a response that is being sent.
func (c *Conn) Abort() { c.abort() }

// disconnect drops the connection and what is unread of it, but not the event.
// It reports whether Abort has been called, which may be what broke it.
func (c *Conn) disconnect() (aborted bool) {
	aborted = c.drop()
	c.in.drop()
	return aborted
}

// recycle ends an invocation: both buffers are ready for the next event.
func (c *Conn) recycle() {
	c.in.poison, c.out.poison = c.Poison, c.Poison
	c.in.recycle()
	c.out.recycle()
}

// ask sends the GET for the next event.
func (c *Conn) ask() error { return c.write(c.out.get) }

// ready makes room for the response to an event of n bytes: it is often as long.
// Room that is not used is address space, and no memory: nobody touches it.
func (c *Conn) ready(n int) { c.out.ready(min(n, maxRoom)) }

// unread returns what has come after the last message.
func (c *Conn) unread() []byte { return c.in.unread() }

// consume ends a message that was read.
func (c *Conn) consume(m *message) { c.in.consume(m.end) }
