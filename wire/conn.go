package wire

import "github.com/minlambda/minlambda/pool"

// MaxBody is the largest event that NewConn allows: 2^61 bytes, or 512 MiB where an int has 32
// bits. A buffer that holds such an event with heads, answer and tail can double without an
// overflow.
const MaxBody = int(^uint(0)>>1) / 4

// A Conn is a connection to the Runtime API, with its buffers. It connects on first use, and again
// after the connection was lost. One goroutine may call its methods; only Stop and Abort may be
// called by others.
type Conn struct {
	// Poison overwrites both buffers after each invocation, so that code that kept a slice of them
	// shows itself.
	Poison bool

	addr Addr
	link
	in     inbox
	out    outbox
	event  message
	answer message
	pace   pace
	stream stream
	alone  bool   // responses are sent without the next GET: see renew, Next, Overtaken
	last   []byte // request ID of the last response that was accepted
}

// NewConn returns an unconnected Conn for a; the first request connects. The Conn refuses an event
// of more than maxEvent or MaxBody bytes, and any other answer of more than MaxAnswer bytes.
func NewConn(a Addr, maxEvent int) *Conn {
	c := &Conn{addr: a, pace: pace{resting: true}}
	c.in.lent = pool.Get(firstRead)
	c.out.lent = pool.Get(firstWrite)
	c.out.get = appendNext(nil, &a)
	c.event.in, c.event.maxBody = &c.in, min(maxEvent, MaxBody)
	c.answer.in, c.answer.maxBody = &c.in, MaxAnswer
	return c
}

// Close closes the connection and gives the buffers back. Afterwards neither c nor a slice that c
// has handed out may be used.
func (c *Conn) Close() {
	c.disconnect()
	c.in.giveBack()
	c.out.giveBack()
}

// Stop makes Next return ErrStopped, at once if it is waiting or connecting. A response that is
// being sent is still sent.
func (c *Conn) Stop() { c.stop() }

// Abort does what Stop does, and also interrupts a response that is being sent.
func (c *Conn) Abort() { c.abort() }

// disconnect drops the connection and its unread bytes, but not the event. It reports whether Abort
// was called, since that may be what broke the connection.
func (c *Conn) disconnect() (aborted bool) {
	aborted = c.drop()
	c.in.drop()
	return aborted
}

// recycle ends an invocation and prepares both buffers for the next event.
func (c *Conn) recycle() {
	c.in.poison, c.out.poison = c.Poison, c.Poison
	c.in.recycle()
	c.out.recycle()
}

// ask sends the GET for the next event.
func (c *Conn) ask() error { return c.write(c.out.get) }

// ready makes room for the response to an event of n bytes, since a response is often as long as
// its event. Unused room costs address space, but no memory: nobody touches it.
func (c *Conn) ready(n int) { c.out.ready(min(n, maxRoom)) }

// unread returns the bytes that have arrived after the last message.
func (c *Conn) unread() []byte { return c.in.unread() }

// consume ends a message that was read.
func (c *Conn) consume(m *message) { c.in.consume(m.end) }
