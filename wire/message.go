package wire

import (
	"github.com/minlambda/minlambda/internal/ascii"
	"github.com/minlambda/minlambda/parse"
)

// MaxAnswer is the most bytes that the body of an answer may have: of the answer to a POST, and of
// an answer to next with a status other than 200. Lambda's answers have a few hundred bytes; 1 MiB
// is what Lambda itself accepts of an error report.
const MaxAnswer = 1 << 20

// allFrom is a number of bytes. If at least this many are known to come, one system call waits for
// all of them: a long event comes in pieces of up to 64 KB, and each piece would wake us. Below it,
// a read takes whatever has come, and so also gets the framing after the data.
const allFrom = 16 << 10

// A message is one HTTP message that was read, and where it lies in the inbox.
type message struct {
	in      *inbox
	maxBody int // most bytes that the body of an event may have

	head   parse.Head
	chunks parse.Chunks
	base   int // where the message begins; offsets in head and chunks count from here
	end    int // where the message ends
	body   parse.Span

	late     bool // the message is expected to take long
	firstMax int  // most bytes that the first read may take; 0 means no limit
	guess    guess
}

// text returns a part of the head. It lives until the inbox is recycled.
//
//go:noinline
func (m *message) text(s parse.Span) []byte { return s.Of(m.in.bytes()[m.base:]) }

// payload returns the body. It lives as long as text.
func (m *message) payload() []byte { return m.body.Of(m.in.bytes()) }

// unframed reports whether the body ends with the connection.
func (m *message) unframed() bool { return !m.head.Chunked && m.head.Length < 0 }

// answer returns the message as an Answer. If the body ends with the connection, the Answer has the
// part that has arrived, for the text of an error.
func (m *message) answer() Answer {
	a := Answer{Status: m.head.Status, Body: m.payload()}
	if m.unframed() {
		a.Body = m.in.bytes()[m.end:m.in.end]
	}
	return a
}

// limit returns the most bytes that the body may have. While the status is not known (0), the
// message may be an event, or say why there is none.
func (m *message) limit(status int) int {
	if status == 200 {
		return m.maxBody
	}
	return max(m.maxBody, MaxAnswer)
}

// read reads the message from the inbox's unread bytes, and then from the link. The message's bytes
// stay unread: see consume.
func (m *message) read(l *link, op string) error {
	m.base, m.end, m.body = m.in.start, 0, parse.Span{}
	m.head.Reset(m.limit(0))
	n := 0
	for {
		var err error
		n, err = m.head.Parse(m.in.unread())
		if n > 0 && m.head.Length > m.limit(m.head.Status) {
			err, m.head.Fault = parse.ErrTooLarge, m.head.LengthText
		}
		if err != nil {
			found := m.text(m.head.Fault)
			if err == parse.ErrStatusLine {
				found = m.in.unread() // whatever this is, it is not a message
			}
			return quoted(op, err, found, "")
		}
		if n > 0 {
			break
		}
		if err = m.fill(l, op, 0); err != nil {
			return err
		}
	}
	m.end = m.base + n
	switch {
	case m.head.Chunked:
		return m.readChunks(l, op)
	case m.head.Length > 0:
		m.body = parse.Span{Start: m.end, End: m.end + m.head.Length}
		for m.in.end < m.body.End {
			if err := m.fill(l, op, m.body.End-m.in.end); err != nil {
				return err
			}
		}
		m.end = m.body.End
	}
	return nil
}

func (m *message) readChunks(l *link, op string) error {
	m.chunks.Reset(m.end-m.base, m.limit(m.head.Status))
	for {
		b := m.in.unread()
		n, err := m.chunks.Decode(b)
		if err != nil {
			at := m.chunks.Fault
			return quoted(op, err, b[max(0, at-8):at+1], " at byte "+ascii.Itoa(at))
		}
		m.body = parse.Span{Start: m.base + m.chunks.Body.Start, End: m.base + m.chunks.Body.End}
		if n > 0 {
			m.end = m.base + n
			return nil
		}
		m.in.cut(m.body.End)
		if err := m.fill(l, op, m.chunks.Left); err != nil {
			return err
		}
	}
}

// fill reads more of the message into the inbox, at least one byte. want bytes are known to come.
func (m *message) fill(l *link, op string, want int) error {
	p, want := m.in.room(want)
	begun := m.in.end > m.base
	w := wait{all: want >= allFrom, resting: m.late && !begun}
	if w.all {
		p = p[:want]
	} else if m.firstMax > 0 && !begun {
		p = p[:min(len(p), m.firstMax)]
	}
	n, err := l.read(p, w, begun, &m.guess)
	if err != nil {
		return lost(op, err, m.progress())
	}
	m.in.add(n)
	return nil
}

// progress says how much of the message had arrived.
func (m *message) progress() string {
	switch {
	case m.end == 0:
		return ascii.Itoa(len(m.in.unread())) + " bytes into its head"
	case m.head.Chunked:
		return ascii.Itoa(m.body.Len()) + " bytes into its chunked body"
	default:
		return ascii.Itoa(m.in.end-m.body.Start) + " of " + ascii.Itoa(m.body.Len()) +
			" bytes into its body"
	}
}
