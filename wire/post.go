package wire

import "github.com/minlambda/minlambda/internal/ascii"

// Dst returns an empty slice whose capacity is the free part of the write
// buffer: a response that is appended to it is sent from where it is. It may be
// used until the response is sent.
//
//go:noinline
func (c *Conn) Dst() []byte { return c.out.dst() }

// Extend returns body, in the room that Dst is, with capacity for n bytes more.
// It moves body there if it lies elsewhere, and the write buffer grows if it has
// to: what Dst and Extend have returned before lies elsewhere then, and stays as
// it is.
func (c *Conn) Extend(body []byte, n int) []byte {
	c.out.ready(len(body) + n)
	return append(c.Dst(), body...)
}

// LeaveDst leaves the memory that Dst and Extend have handed out to whoever may
// still be writing to it, and takes new memory.
func (c *Conn) LeaveDst() { c.out.lent.B = make([]byte, len(c.out.lent.B)) }

// Respond sends body as the response to the event of the last Next, and reads
// the answer. With next set the GET for the next event leaves in the same
// write. The caller must have validated contentType; Respond writes it
// unchecked. If Gone reports true of the error, Resend may be tried.
//
// If a stream has begun, Respond ends it, and looks at next only.
func (c *Conn) Respond(body []byte, contentType string, next bool) (Answer, error) {
	if c.stream.end != nil {
		return c.stream.end(c, nil, "", next)
	}
	c.out.head = appendResponse(c.out.head[:0], &c.addr, c.delivery(), contentType, len(body))
	c.out.place(body)
	return c.post("response", next)
}

// Fail sends an error report, JSON, in place of a response; otherwise it is as
// Respond. errorType, and cause, which is for X-Ray and may be empty, must be
// valid in a head, and errorType must not be empty. If a stream has begun, Fail
// ends it, and report and type are its trailers.
func (c *Conn) Fail(report []byte, errorType, cause string, next bool) (Answer, error) {
	if c.stream.end != nil {
		return c.stream.end(c, report, errorType, next)
	}
	c.out.head = appendError(c.out.head[:0], &c.addr, c.delivery(), errorType, cause, len(report))
	c.out.place(report)
	return c.post("error", next)
}

// FailInit sends an error report about a start-up that failed, before any
// Next; otherwise it is as Fail.
func (c *Conn) FailInit(report []byte, errorType string) (Answer, error) {
	c.out.head = appendInitError(c.out.head[:0], &c.addr, errorType, len(report))
	c.out.place(report)
	return c.post("init/error", false)
}

// Begin makes the response to the event of the last Next a stream, of which
// nothing is sent yet. A prelude that is not empty goes before it, and after the
// prelude eight NULs. The caller must have validated contentType.
//
// If the stream fails, shorten is given the report of the error, and returns one
// of at most so many bytes: the trailers of a stream have room for less than 3 KB.
func (c *Conn) Begin(contentType string, prelude []byte,
	shorten func(report []byte, most int) []byte) {
	unasked := c.Look()
	c.stream = stream{out: &c.out, end: (*Conn).endStream, shorten: shorten, unasked: unasked}
	c.out.head = appendStream(c.out.head[:0], &c.addr, c.delivery(), contentType)
	c.out.body, c.out.more = nil, nil
	c.stream.begin(prelude)
}

// connected connects, unless there is a connection.
func (c *Conn) connected() error { return c.connect(&c.addr) }

// finish posts the end of a stream, which is when its handler has done its work.
func (c *Conn) finish(next bool) (Answer, error) {
	c.pace.response()
	return c.post("response", next)
}

// FailRestore sends an error report about what was to be done after Restore;
// otherwise it is as FailInit.
func (c *Conn) FailRestore(report []byte, errorType string) (Answer, error) {
	c.out.head = appendRestoreError(c.out.head[:0], &c.addr, errorType, len(report))
	c.out.place(report)
	return c.post("restore/error", false)
}

// Resend sends what the last Respond or Fail has sent once more, on a new
// connection and alone. If it had arrived the first time, the answer is 400 or
// 403.
func (c *Conn) Resend(op string) (Answer, error) {
	c.disconnect()
	return c.post(op, false)
}

// post sends the request that lies in the outbox, and reads the answer.
func (c *Conn) post(op string, next bool) (Answer, error) {
	if err := c.connected(); err != nil {
		return Answer{}, err
	}
	if !c.pace.told() {
		c.pace.response()
	}
	next = next && !c.closing() && !c.alone
	wrote := c.out.write(&c.link, next)
	return c.judge(op, wrote, next)
}

// judge reads the answer to a request that was written, if not with the error
// wrote; next says that a GET was sent with it.
func (c *Conn) judge(op string, wrote error, next bool) (Answer, error) {
	c.asked = next
	c.expectPair(next, &c.answer)
	err := wrote
	if wrote == nil || mayBeAnswered(wrote) {
		// Even if not all of it left, an answer may be there: a server refuses
		// an overlong body before it has read it, and closes.
		err = c.answer.read(&c.link, op)
	}
	if err != nil {
		return Answer{}, c.unanswered(op, wrote, err)
	}
	a, closes := c.answer.answer(), c.answer.head.Close
	switch {
	case a.Status == requestTimeout:
		err = ErrTimeout
	case c.answer.unframed() && !closes:
		err = ErrUnframed
	case wrote != nil && a.Accepted(): // nobody can have accepted what has not left
		err = wrote
	}
	if err != nil {
		c.disconnect()
		e := failed(op, err, a.String())
		e.gone = err != ErrUnframed
		return a, e
	}
	c.pair.learn(c.answer.end - c.answer.base)
	c.consume(&c.answer)
	if a.Accepted() {
		c.last = append(c.last[:0], c.RequestID()...)
	}
	if closes || wrote != nil {
		c.renew()
	} else if extra := c.unread(); len(extra) > 0 && !next {
		c.disconnect()
		return a, quoted(op, ErrUnasked, extra, " after the answer")
	}
	return a, nil
}

// unanswered is the error of a request that has got no answer, for err, perhaps
// since not all of it could be written.
func (c *Conn) unanswered(op string, wrote, err error) error {
	size := ascii.Itoa(len(c.out.body)) + " bytes"
	switch {
	case c.disconnect():
		return failed(op, ErrStopped, "the server did not answer "+size)
	case wrote != nil && (err == wrote || Gone(err)):
		return lost(op, wrote, "sending "+size)
	}
	return err
}

// requestTimeout is the status of a server that has waited too long for a
// request, on a connection that it then closes. If the request was on its way,
// the client may repeat it on another connection (RFC 9110 section 15.5.9).
const requestTimeout = 408

// renew drops the connection after an answer. A server that closes it has never
// read a GET after the response. One that does not mean to close it, since its
// answer is both chunked and of a length (parse.Head.Close), may hand the next
// event to that GET: from then on no GET is on the way that would be lost.
func (c *Conn) renew() {
	if c.answer.head.Chunked && c.answer.head.LengthText.Len() > 0 {
		c.alone = true
	}
	c.disconnect()
}

// Overtaken reports whether a response was refused because its event had been
// answered before: a GET that left with that answer's response has overtaken it,
// in a proxy that handles both at once, and the API has handed the same event out
// a second time. From then on responses are sent without the next GET.
func (c *Conn) Overtaken() bool {
	overtaken := !c.alone && string(c.last) == string(c.RequestID())
	c.alone = c.alone || overtaken
	return overtaken
}

// Look looks for bytes that have come while a handler ran: no request is on the
// wire then, and so they are nobody's answer. A 408 is one, of a server that does
// not wait for long; it would be taken for the answer to the response. Look drops
// the connection then, so that the response goes over another, and returns what
// it has found, quoted. If the server has closed the connection, Look drops it
// without a word.
//
// It costs a system call, and makes it only where the handler took long. What
// comes after a stream has begun is its answer: then Look returns what Begin has
// found.
func (c *Conn) Look() (unasked string) {
	if c.stream.end != nil {
		return c.stream.unasked
	}
	if long := c.pace.response(); !long || !c.open || c.asked {
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
