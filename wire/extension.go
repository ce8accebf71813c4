package wire

import (
	"github.com/minlambda/minlambda/internal/ascii"
	"github.com/minlambda/minlambda/parse"
)

// An Extension is an internal extension: a part of the function that has registered
// itself with the Runtime API, which makes Lambda send SIGTERM to the function before
// it kills it. It has a connection of its own. Its methods are for one goroutine,
// except Abort.
type Extension struct{ conn *Conn }

// NewExtension returns an extension of the API at a, which Register makes known there.
func NewExtension(a Addr) *Extension { return &Extension{NewConn(a, MaxAnswer)} }

// Register registers the extension for no events at all, under a name that must be
// valid in a head, and asks for its next event, which is never answered. The API
// takes an extension before the first GET for an invocation only, and hands out no
// invocation before the extension asks. An answer other than 200 is ErrStatus.
func (e *Extension) Register(name string) error {
	const op, events = "extension", `{"events":[]}`
	c := e.conn
	c.out.head = appendRegister(c.out.head[:0], &c.addr, name, len(events))
	c.out.place(append(c.Dst(), events...))
	answer, err := c.post(op, false)
	if err != nil {
		return err
	}
	if answer.Status != 200 {
		return failed(op, ErrStatus, answer.String())
	}
	head := c.answer.head
	id, _ := parse.Field(c.answer.text(parse.Span{Start: head.Start, End: head.End}),
		"Lambda-Extension-Identifier")
	if len(id) == 0 {
		return failed(op, ErrNoExtension, "")
	}
	for i, b := range id {
		if b <= ' ' || b > '~' {
			return quoted(op, ErrNoExtension, id, ", byte "+ascii.Itoa(i))
		}
	}
	if err := c.connect(&c.addr); err != nil { // unless it still is
		return err
	}
	if err := c.write(appendEvents(nil, &c.addr, id)); err != nil {
		return lost(op, err, "sending the GET for its events")
	}
	return nil
}

// Abort makes Register return ErrStopped, at once.
func (e *Extension) Abort() { e.conn.Abort() }

// Close closes the connection.
func (e *Extension) Close() { e.conn.Close() }
