package wire

import (
	"sync"

	"github.com/minlambda/minlambda/pool"
)

// Sizes in bytes. An event of 2 KB and its head fit the first read buffer; the
// 202 that answers a response is 130 bytes, and tail keeps room for it behind
// the largest event, so that the buffer does not grow once more for it.
const (
	firstRead  = 8 << 10
	firstWrite = 8 << 10
	tail       = 4 << 10
)

const (
	// MaxBody is the largest event that NewConn allows: 2^61 bytes, and 512 MiB
	// where an int has 32 bits. A buffer that holds one, with heads, answer and
	// tail, may double without an overflow.
	MaxBody = int(^uint(0)>>1) / 4

	// MaxAnswer is the most bytes that the body of an answer may have that is not
	// an event: of the answer to a POST, and of an answer to next with a status
	// other than 200. Lambda's have some hundred bytes; 1 MiB is what Lambda
	// itself takes of an error report.
	MaxAnswer = 1 << 20

	// stride is the most memory that is taken at once for bytes that are announced
	// and have not come, or as much as has come if that is more. Without it a
	// length of a petabyte, under a limit that allows it, would panic in make.
	// An event of at most stride bytes gets its room at once.
	stride = 32 << 20

	// maxRoom is the most room that is made ready for a response: a response may
	// have 6 MiB and 100 bytes, whatever the event has.
	maxRoom = 8 << 20
)

// A Conn is a connection to the Runtime API, with its buffers. It connects
// when it first has to, and again after the connection was lost. Its methods
// are for one goroutine, except Stop and Abort.
type Conn struct {
	// Poison overwrites both buffers after each invocation, so that whoever
	// has kept a slice of them notices.
	Poison bool

	// Stoppable says that Stop may be called: no wait is long then that Stop cannot
	// end. It is to be set before the first call of a method.
	Stoppable bool

	addr     Addr
	maxEvent int
	get      []byte // the GET for the next event, whole

	mu      sync.Mutex // guards the six below, which Stop and Abort look at
	sock    socket     // the owner writes it with mu, and reads it without
	open    bool       // sock is connected; as sock
	dialing bool       // sock is being connected
	waiting bool       // in Next: Stop may wake it
	stopped bool
	aborted bool

	asked    bool  // a GET is on the wire of this connection, and not yet answered
	alone    bool  // responses are sent without the next GET: see renew and next
	handled  int64 // when the event was handed over, by nanotime
	answered int64 // when its handler had done its work
	resting  bool  // the next event is expected to be long in coming
	pair     pair

	in     *pool.Buffer
	start  int // what is unread is in.B[start:end]
	end    int
	event  response
	answer response

	out  *pool.Buffer
	head []byte // of the request being sent
	body []byte // of the request being sent
	want int    // size that out should have had for it

	outgrown [][]byte // with Poison: what the buffers were, which the handler may have kept slices of
}

// NewConn makes a connection to a, of which nothing is done yet. An event of
// more than maxEvent bytes, or of more than MaxBody, will be refused; so will
// any other answer of more than MaxAnswer.
func NewConn(a Addr, maxEvent int) *Conn {
	return &Conn{
		addr:     a,
		maxEvent: min(maxEvent, MaxBody),
		resting:  true,
		get:      appendGet(nil, &a),
		in:       pool.Get(firstRead),
		out:      pool.Get(firstWrite),
	}
}

// Close closes the connection and gives the buffers back. No slice that c has
// handed out may be used afterwards, nor c itself.
func (c *Conn) Close() {
	c.disconnect()
	pool.Put(c.in)
	pool.Put(c.out)
	c.in, c.out = nil, nil
}

// Stop makes Next return ErrStopped, at once if it is waiting or connecting. A
// response that is being sent is still sent.
func (c *Conn) Stop() {
	c.mu.Lock()
	c.stopped = true
	if c.waiting && (c.open || c.dialing) {
		c.sock.shutdown()
	}
	c.mu.Unlock()
}

// Abort is Stop without regard to a response that is being sent.
func (c *Conn) Abort() {
	c.mu.Lock()
	c.stopped, c.aborted = true, true
	if c.open || c.dialing {
		c.sock.shutdown()
	}
	c.mu.Unlock()
}

// grow is pool.Grow.
func (c *Conn) grow(buf *pool.Buffer, keep, size int) {
	if size <= len(buf.B) {
		return
	}
	if c.Poison {
		c.outgrown = append(c.outgrown, buf.B)
	}
	pool.Grow(buf, keep, size)
}

// connect connects to the first address that answers, unless c is connected.
func (c *Conn) connect() error {
	if c.open {
		return nil
	}
	err := ErrAddrName // of a name that nobody has looked up
	for i := range c.addr.ips {
		to := &c.addr.ips[i]
		var sock socket
		if sock, err = newSocket(to); err != nil {
			continue
		}
		if c.dial(sock) {
			err = sock.connect(to, c.addr.port)
		}
		if c.dialed(err) {
			return &Error{Op: "connect", Err: ErrStopped}
		}
		if c.open {
			return nil
		}
	}
	return lost("connect", err, "to "+c.addr.host)
}

// dial makes sock the socket that Stop and Abort shut down. It reports false if
// they have been called already.
func (c *Conn) dial(sock socket) bool {
	c.mu.Lock()
	c.dialing = !c.over()
	c.sock = sock
	c.mu.Unlock()
	return c.dialing
}

// dialed ends dial: the socket is connected or, after an error or a stop in the
// meantime, closed.
func (c *Conn) dialed(err error) (stopped bool) {
	c.mu.Lock()
	stopped = c.over()
	c.dialing, c.open = false, err == nil && !stopped
	if !c.open {
		c.sock.close()
	}
	c.mu.Unlock()
	return stopped
}

// over reports whether a connection is not wanted any more. It needs mu.
func (c *Conn) over() bool { return c.aborted || c.waiting && c.stopped }

// disconnect drops the connection and what is unread of it, but not the event.
// It reports whether Abort has been called, which may be what broke it.
func (c *Conn) disconnect() (aborted bool) {
	c.mu.Lock()
	if c.open {
		c.sock.close()
	}
	c.open = false
	aborted = c.aborted
	c.mu.Unlock()
	c.asked = false
	c.pair.on = false
	c.end = c.start
	return aborted
}

// wait begins a wait that Stop may end. It is false if Stop has come before.
func (c *Conn) wait() bool {
	c.mu.Lock()
	c.waiting = !c.stopped
	ok := c.waiting
	c.mu.Unlock()
	return ok
}

// waited ends it. It is false if Stop came between: then the socket has been
// shut down, and the response to an event that came all the same needs another.
func (c *Conn) waited() bool {
	c.mu.Lock()
	c.waiting = false
	ok := !c.stopped
	c.mu.Unlock()
	if !ok {
		c.disconnect()
	}
	return ok
}
