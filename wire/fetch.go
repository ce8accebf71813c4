package wire

import (
	"github.com/minlambda/minlambda/internal/ascii"
	"github.com/minlambda/minlambda/parse"
)

// Restore asks to be restored, and waits for the answer: Lambda takes its
// snapshot of the process meanwhile, and answers each process that it makes of
// the snapshot. It waits as Next does, without a limit of its own, and Stop ends
// it. Before Next, and once in a process. It leaves no connection: what was
// connected before a snapshot need not be after it.
//
// If the answer has a request ID, unasked is that, quoted: it is an event, which is
// lost. AWS's emulator answers so, which restores nothing.
func (c *Conn) Restore() (unasked string, err error) {
	const op = "restore/next"
	if !c.beginWait() {
		return "", failed(op, ErrStopped, "")
	}
	_, err = c.fetch(op, appendRestoreNext(nil, &c.addr), true)
	running := c.endWait()
	c.disconnect()
	if err != nil && !running {
		return "", failed(op, ErrStopped, "")
	}
	if id := c.answer.head.RequestID; err == nil && id.Len() > 0 {
		unasked = ascii.Quote(string(c.answer.text(id)))
	}
	return unasked, err
}

// Metadata asks the metadata endpoint about the environment that the process
// runs in: c's Addr is the endpoint's. The caller must have validated token;
// Metadata writes it unchecked. The answer's status is 200. The answer, and the
// value of its Cache-Control header, which is nil if there is none, live until
// Close. Metadata has no limit of time of its own; Abort ends it.
func (c *Conn) Metadata(token string) (a Answer, cacheControl []byte, err error) {
	a, err = c.fetch("metadata", appendMetadata(nil, &c.addr, token), false)
	if err != nil {
		return Answer{}, nil, err
	}
	h := &c.answer.head
	head := c.answer.text(parse.Span{Start: h.Start, End: h.End})
	cacheControl, _ = parse.Field(head, "Cache-Control")
	return a, cacheControl, nil
}

// fetch sends a GET that brings no event, and reads the answer; late says that
// it is expected to be long in coming. An answer with a status other than 200 is
// an error.
func (c *Conn) fetch(op string, get []byte, late bool) (Answer, error) {
	if err := c.connected(); err != nil {
		return Answer{}, err
	}
	wrote := c.write(get)
	err := wrote
	if wrote == nil || mayBeAnswered(wrote) {
		c.answer.late = late
		err = c.answer.read(&c.link, op)
		c.answer.late = false
	}
	if err != nil {
		aborted := c.disconnect()
		switch {
		case aborted:
			return Answer{}, failed(op, ErrStopped, "the server did not answer")
		case wrote != nil:
			return Answer{}, lost(op, wrote, "sending the request")
		}
		return Answer{}, err
	}
	c.consume(&c.answer)
	a := c.answer.answer()
	extra := c.unread()
	switch {
	case a.Status == requestTimeout:
		err = lost(op, ErrTimeout, a.String())
	case a.Status != 200:
		err = failed(op, ErrStatus, a.String())
	case c.answer.unframed():
		err = failed(op, ErrUnframed, a.String())
	case len(extra) > 0:
		err = quoted(op, ErrUnasked, extra, " after the answer")
	}
	if err != nil {
		c.disconnect()
	}
	return a, err
}
