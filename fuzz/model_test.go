package fuzz

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/parse"
)

// A turn is a request that the runtime has to make.
type turn struct {
	at    int    // the server has sent this many bytes of the connection
	event *event // the request is about this event; nil if it asks for one
}

// An event is one that a runtime has to handle.
type event struct{ id, nonce, body string }

// echoed returns the nonce as it is sent with a response: empty if one of its bytes has no place in
// a header of ours.
func (e *event) echoed() string {
	if strings.ContainsFunc(e.nonce, func(r rune) bool { return !field(r) }) {
		return ""
	}
	return e.nonce
}

// delivery names this handing-out of the event.
func (e *event) delivery() string { return e.id + " " + e.nonce }

// A script says what has to happen on one connection.
type script struct {
	in     []byte // what the server sends
	end    int    // how much of it, if the server closes as it announced
	turns  []turn
	gaveUp bool // the runtime gives up here, because of what comes after the last turn
}

// A model follows a conversation over any number of connections, according to RFC 9112 and the
// rules of the Runtime API. net/http reads the messages; parse is asked only whether a message is
// refused, or incomplete.
type model struct {
	inSequence  bool
	alone       bool // in sequence from here on, after an answer that was chunked and had a length
	sentAhead   bool // all that the server sends is there before it is asked
	events      []*event
	inHand      *event // an event whose response has not been accepted
	resent      bool   // the response has been sent twice
	lastRefused string // the last delivery, if its response was refused
	noEvents    int    // answers in a row that say there is no event
}

// expect returns what has to happen on a connection on which the server sends in. It changes m
// accordingly.
func (m *model) expect(t *testing.T, in []byte) script {
	s := script{in: in, end: len(in), turns: []turn{{event: m.inHand}}}
	asked := m.inHand == nil // a request for an event is on this connection
	joined := false          // and that request was sent with a response
	for at := 0; ; {
		r := readMessage(t, in[at:])
		if r.n == 0 || r.status == 408 { // a 408 gives up the connection
			s.gaveUp = r.refused || m.inHand != nil && m.resent
			m.resent = m.inHand != nil
			return s
		}
		at += r.n
		unasked := m.sentAhead && at < len(in) // bytes that come before their turn
		if m.inHand != nil {
			if s.gaveUp = !slices.Contains(goOn, r.status) || r.unframed && !r.close; s.gaveUp {
				return s
			}
			m.lastRefused = ""
			if r.status >= 400 && r.status != 413 && !m.resent {
				m.lastRefused = m.inHand.delivery()
			}
			m.inHand = nil
			m.alone = m.alone || r.both
			if s.gaveUp = unasked && !asked && !r.close; s.gaveUp {
				return s
			}
			if !asked && !r.close {
				s.turns, asked, joined = append(s.turns, turn{at, nil}), true, false
			}
		} else if joined && (r.status/100 == 4 || r.status == 200 && r.id == "") {
			m.alone = true // the loop asks once more, on the next connection
			return s
		} else if s.gaveUp = r.status != 200 && r.status != 204 || r.unframed || unasked ||
			r.status == 200 && r.id == ""; s.gaveUp {
			return s
		} else if r.status == 204 {
			if m.noEvents++; m.noEvents > 4 {
				t.Skip("the pause gets long")
			}
			if !r.close {
				s.turns, joined = append(s.turns, turn{at, nil}), false
			}
		} else {
			e := &event{r.id, r.nonce, r.body}
			if s.gaveUp = m.lastRefused == e.delivery(); s.gaveUp {
				return s
			}
			m.inHand, m.resent, m.lastRefused, m.noEvents = e, false, "", 0
			m.events = append(m.events, m.inHand)
			if asked = !r.close && !m.inSequence && !m.alone; !r.close {
				s.turns = append(s.turns, turn{at, m.inHand})
			}
			if joined = asked; asked {
				s.turns = append(s.turns, turn{at, nil})
			}
		}
		if r.close {
			if !r.unframed {
				s.end = at
			}
			return s
		}
	}
}

// goOn has the statuses of answers to a response after which a loop goes on: the response was
// accepted, or refused for good.
var goOn = []int{200, 202, 400, 403, 410, 413}

// A message is one as net/http reads it.
type message struct {
	n         int // size in bytes, interim messages included; 0 if it is incomplete
	refused   bool
	status    int
	id, nonce string
	body      string
	close     bool
	both      bool // it is chunked and has a length
	unframed  bool // its body ends with the connection, and is left out
}

// readMessage reads the message at the start of in.
func readMessage(t *testing.T, in []byte) (r message) {
	var h parse.Head
	h.Reset(maxBody)
	n, err := h.Parse(in)
	if n == 0 {
		return message{refused: err != nil}
	}
	end := n + max(h.Length, 0)
	if h.Chunked {
		var c parse.Chunks
		c.Reset(n, maxBody)
		end, err = c.Decode(bytes.Clone(in))
	}
	if err != nil || end == 0 || end > len(in) {
		return message{refused: err != nil}
	}
	r = message{n: end, close: h.Close, unframed: !h.Chunked && h.Length < 0}
	r.both = h.Chunked && lengthAndChunked(in[h.Start:n])

	rd := bytes.NewReader(in[:end])
	br := bufio.NewReaderSize(rd, 1<<16)
	for r.status < 200 {
		resp, err := http.ReadResponse(br, nil)
		var body []byte
		if err == nil {
			r.status = resp.StatusCode
			r.id, r.nonce = resp.Header.Get("Lambda-Runtime-Aws-Request-Id"),
				resp.Header.Get("Lambda-Runtime-Invocation-Id")
			body, err = io.ReadAll(resp.Body)
			r.body = string(body)
		}
		if err != nil && (strings.HasPrefix(err.Error(), "bad trailer key") ||
			strings.HasSuffix(err.Error(), "line too long")) {
			t.Skip("what net/http alone refuses: see DIFFERENCES.md")
		}
		if err != nil {
			t.Fatalf("we accept %q, net/http says: %v", in[:end], err)
		}
	}
	if rest := rd.Len() + br.Buffered(); rest != 0 {
		t.Fatalf("net/http leaves %d bytes of %q", rest, in[:end])
	}
	return r
}
