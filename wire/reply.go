package wire

import "strconv"

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
	s := strconv.Itoa(a.Status)
	if len(said) == 0 {
		return s
	}
	for _, c := range said {
		if c < ' ' || c > '~' || len(said) > longest {
			return s + " " + Quote(string(said))
		}
	}
	return s + " " + string(said)
}

// Dst is empty, and its capacity is the room in the write buffer: a response
// that is appended to it is sent from where it is. It may be used until the
// response is sent.
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
	next = next && !c.event.head.Close
	c.expectPair(next)
	wrote := c.write(next)
	c.asked = next
	// Even if not all of it left, an answer may be there: a server refuses an
	// overlong body before it has read it, and closes.
	r := &c.answer
	if err := c.read(r, op); err != nil {
		if c.disconnect() {
			return Answer{}, &Error{Op: op, Err: ErrStopped, Found: "the server did not answer " + strconv.Itoa(len(c.body)) + " bytes"}
		}
		if wrote != nil && Gone(err) {
			return Answer{}, &Error{Op: op, Err: wrote, Found: "sending " + strconv.Itoa(len(c.body)) + " bytes", gone: true}
		}
		return Answer{}, err
	}
	a := Answer{Status: r.head.Status, Body: r.body.Of(c.in.B)}
	if !r.head.Chunked && r.head.Length < 0 {
		a.Body = c.in.B[r.end:c.end] // as far as it has come, for a message
		if !r.head.Close {
			c.disconnect()
			return a, &Error{Op: op, Err: ErrUnframed, Found: a.String()}
		}
	}
	c.pair.learn(r.end - r.base)
	c.start = r.end
	if r.head.Close || wrote != nil {
		c.disconnect() // a GET behind it was never read
	} else if extra := c.in.B[c.start:c.end]; len(extra) > 0 && !next {
		c.disconnect()
		return a, &Error{Op: op, Err: ErrUnasked, Found: Quote(string(extra)) + " behind the answer"}
	}
	return a, nil
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
