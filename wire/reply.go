package wire

import "github.com/minlambda/minlambda/internal/ascii"

// An Answer is what the Runtime API said to a POST. 200 and 202 both mean that
// it has accepted it. Body lives until the next call of a method of Conn's.
type Answer struct {
	Status int
	Body   []byte
}

// Accepted reports whether the Runtime API took what was sent.
func (a Answer) Accepted() bool { return a.Status == 200 || a.Status == 202 }

// String is the answer in one line: the status, and what the server said, as
// it is if that is a line of ASCII, and quoted otherwise.
func (a Answer) String() string {
	const longest = 1000
	said := a.Body
	for len(said) > 0 && (said[len(said)-1] == '\n' || said[len(said)-1] == '\r') {
		said = said[:len(said)-1]
	}
	s := ascii.Itoa(a.Status)
	if len(said) == 0 {
		return s
	}
	for _, c := range said {
		if c < ' ' || c > '~' || len(said) > longest {
			return s + " " + ascii.Quote(string(said))
		}
	}
	return s + " " + string(said)
}

// Dst is empty, and its capacity is the room in the write buffer: a response
// that is appended to it is sent from where it is. It may be used until the
// response is sent.
//
//go:noinline
func (c *Conn) Dst() []byte {
	return c.out.B[room : room : len(c.out.B)-len(c.get)]
}

// Extend returns body, in the room that Dst is, with capacity for n bytes more. It moves body there
// if it lies elsewhere, and the write buffer grows if it has to: what Dst and Extend have returned
// before lies elsewhere then, and stays as it is.
func (c *Conn) Extend(body []byte, n int) []byte {
	c.grow(c.out, 0, room+len(body)+n+len(c.get))
	return append(c.Dst(), body...)
}

// LeaveDst leaves the memory that Dst and Extend have handed out to whoever may still be writing
// to it, and takes new memory.
func (c *Conn) LeaveDst() { c.out.B = make([]byte, len(c.out.B)) }

// Respond sends body as the response to the event of the last Next, and reads
// the answer. With next set the GET for the next event leaves in the same
// write. Content type and body must be valid for a head and a body: no byte of
// them is looked at. If Gone reports true of the error, Resend may be tried.
func (c *Conn) Respond(body []byte, contentType string, next bool) (Answer, error) {
	c.begin("/response", contentType)
	c.finish(body)
	return c.send("response", next)
}

// Fail sends an error report, JSON, in place of a response; otherwise it is as
// Respond. errorType must be valid in a head.
func (c *Conn) Fail(report []byte, errorType string, next bool) (Answer, error) {
	c.begin("/error", "application/json")
	c.head = add(c.head, "\r\n", errorField, errorType)
	c.finish(report)
	return c.send("error", next)
}

// FailInit sends an error report about a start-up that failed, before any
// Next; otherwise it is as Fail.
func (c *Conn) FailInit(report []byte, errorType string) (Answer, error) {
	c.head = add(c.head[:0], "POST ", c.addr.path, api, "/init/error HTTP/1.1\r\nHost: ", c.addr.host,
		"\r\nUser-Agent: ", userAgent, "\r\nContent-Type: application/json\r\n", errorField, errorType)
	c.finish(report)
	return c.send("init/error", false)
}

// Resend sends what the last Respond or Fail has sent once more, on a new
// connection and alone. If it had arrived the first time, the answer is 400 or
// 403.
func (c *Conn) Resend(op string) (Answer, error) {
	c.disconnect()
	return c.send(op, false)
}

func (c *Conn) send(op string, next bool) (Answer, error) {
	if err := c.connect(); err != nil {
		return Answer{}, err
	}
	// A server that has closed the connection after the event will do it again.
	next = next && !c.event.head.Close && !c.alone
	wrote := c.write(next)
	c.asked = next
	c.expectPair(next)
	r := &c.answer
	err := wrote
	if wrote == nil || mayBeAnswered(wrote) {
		// Even if not all of it left, an answer may be there: a server refuses
		// an overlong body before it has read it, and closes.
		err = c.read(r, op)
	}
	if err != nil {
		return Answer{}, c.unanswered(op, wrote, err)
	}
	a := Answer{Status: r.head.Status, Body: r.body.Of(c.in.B)}
	unframed := !r.head.Chunked && r.head.Length < 0
	if unframed {
		a.Body = c.in.B[r.end:c.end] // as far as it has come, for a message
	}
	switch {
	case a.Status == requestTimeout:
		err = lost(op, ErrTimeout, a.String())
	case unframed && !r.head.Close:
		err = failed(op, ErrUnframed, a.String())
	case wrote != nil && a.Accepted(): // nobody can have accepted what has not left
		err = lost(op, wrote, "answer "+a.String()+" came before the end of the request")
	}
	if err != nil {
		c.disconnect()
		return a, err
	}
	c.pair.learn(r.end - r.base)
	c.start = r.end
	if r.head.Close || wrote != nil {
		c.renew(r)
	} else if extra := c.in.B[c.start:c.end]; len(extra) > 0 && !next {
		c.disconnect()
		return a, quoted(op, ErrUnasked, extra, " behind the answer")
	}
	return a, nil
}

// unanswered is the error of a request that has got no answer, for err, perhaps
// since not all of it could be written.
func (c *Conn) unanswered(op string, wrote, err error) error {
	size := ascii.Itoa(len(c.body)) + " bytes"
	switch {
	case c.disconnect():
		return failed(op, ErrStopped, "the server did not answer "+size)
	case wrote != nil && (err == wrote || Gone(err)):
		return lost(op, wrote, "sending "+size)
	}
	return err
}

// Look looks for bytes that have come while a handler ran: no request is on the
// wire then, and so they are nobody's answer. A 408 is one, of a server that does
// not wait for long; it would be taken for the answer to the response. Look drops
// the connection then, so that the response goes over another, and returns what
// it has found, quoted. If the server has closed the connection, Look drops it
// without a word.
//
// It costs a system call, and makes it only where the handler took long.
func (c *Conn) Look() (unasked string) {
	c.answered = nanotime()
	if !c.open || c.asked || c.answered-c.handled < longHandler {
		return ""
	}
	var found [ascii.MaxQuote + 1]byte
	n, err := c.sock.look(found[:])
	if n > 0 || err != nil {
		c.disconnect()
	}
	if n > 0 {
		unasked = ascii.Quote(string(found[:n]))
	}
	return unasked
}

// longHandler is the time that a handler must take, in nanoseconds, for the
// connection to be looked at. A look is a system call of 300 or more of them.
const longHandler = 100_000

// requestTimeout is the status of a server that has waited too long for a
// request, on a connection that it then closes. If the request was on its way,
// the client may repeat it on another connection (RFC 9110 section 15.5.9).
const requestTimeout = 408

// renew drops the connection after an answer. A server that closes it has never
// read a GET behind the response. One that does not mean to close it, since its
// answer is both chunked and of a length (parse.Head.Close), may hand the next
// event to that GET: from then on no GET is on the way that would be lost.
func (c *Conn) renew(r *response) {
	if r.head.Chunked && r.head.LengthText.Len() > 0 {
		c.alone = true
	}
	c.disconnect()
}

// write sends the request: in one piece where head, body and GET lie, or can
// be put, side by side.
func (c *Conn) write(next bool) error {
	get := c.get
	if !next {
		get = nil
	}
	if len(c.body) > 0 && !c.inPlace(c.body) || len(c.head) > room {
		parts := [3][]byte{c.head, c.body, get}
		return c.sock.writev(parts[:])
	}
	b := c.out.B
	begin, end := room-len(c.head), room+len(c.body)
	copy(b[begin:], c.head)
	if len(get) > len(b)-end {
		parts := [3][]byte{b[begin:end], get}
		return c.sock.writev(parts[:])
	}
	return c.sock.write(b[begin : end+copy(b[end:], get)])
}
