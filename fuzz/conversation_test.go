package fuzz

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
)

// FuzzConversation: whatever a server sends, on two connections and in any pieces, a Loop handles
// the events that net/http reads in it. It answers each in its turn, with its own ID and body, once
// on a connection and at most twice in all. It sends nothing after what it has to refuse, and it
// ends.
func FuzzConversation(f *testing.F) {
	seedConversations(f)
	f.Fuzz(func(t *testing.T, first, second, cuts []byte, how byte) {
		if len(first)+len(second) <= 1<<17 && len(cuts) <= 64 {
			checkConversation(t, first, second, cuts, how)
		}
	})
}

// seedConversations adds the seeds: the conversations, the heads and bodies of the other targets,
// and what was read from a Runtime API.
func seedConversations(f *testing.F) {
	f.Helper()
	for i, c := range conversations {
		for how := byte(0); how < 4; how++ {
			f.Add([]byte(c[0]), []byte(c[1]), []byte{}, byte(i*5)<<2|how)
			f.Add([]byte(c[0]), []byte(c[1]), []byte{byte(i), 1, 40, 200, byte(i)},
				byte(i*7)<<2|how)
		}
	}
	seen := dumps(f)
	f.Add(slices.Concat(seen[1], seen[0], seen[2], seen[0]), slices.Concat(seen[2], seen[0]),
		[]byte{200, 200, 200}, byte(0))
	for i, head := range heads(f) {
		f.Add(append(head, "{}{}{}{}"...), []byte{}, []byte{byte(i), 100}, byte(i)<<2)
		f.Add([]byte(oneEvent), head, []byte{}, byte(i)<<2)
	}
	for i, body := range bodies {
		f.Add([]byte(chunkedHead+body), []byte(accepted), []byte{100, byte(i)}, byte(i))
	}
}

// plan makes the server's side of a conversation, and a model that has followed it.
func plan(t *testing.T, first, second, cuts []byte, how byte) (c conversation, m model) {
	t.Helper()
	c = conversation{cuts: cuts, flood: how&flood != 0}
	m = model{inSequence: how&sequence != 0}
	m.sentAhead = c.flood && len(cuts) == 0 && max(len(first), len(second)) <= 2048
	for _, in := range [][]byte{first, second} {
		if len(in) > 0 && !c.gaveUp() {
			c.scripts = append(c.scripts, m.expect(t, in))
		}
	}
	if !c.gaveUp() { // a last connection, on which all is well
		in := ""
		if m.inHand != nil {
			in = accepted
		}
		c.scripts = append(c.scripts, m.expect(t, []byte(in)))
	}
	return c, m
}

// checkConversation runs a Loop against the server, and compares what it handled, what it sent and
// how it ended with the model.
func checkConversation(t *testing.T, first, second, cuts []byte, how byte) {
	c, m := plan(t, first, second, cuts, how)
	var seen []event
	var log bytes.Buffer
	l := loop(&log)
	l.InSequence, l.MaxEvent, l.Poison = m.inSequence, maxBody, true
	l.Invoke = func(inv *minlambda.Invocation) error {
		e := event{string(inv.RequestID()), string(inv.Header("Lambda-Runtime-Invocation-Id")),
			string(inv.Event())}
		seen = append(seen, e)
		return respond(inv, howAnswered(how, len(seen)-1))
	}
	got, runErr := c.run(t, l)

	var want []string
	for i, s := range c.scripts {
		for _, turn := range s.turns {
			want = append(want, m.expectedRequest(i, how, turn))
		}
	}
	events := make([]event, len(m.events))
	for i, e := range m.events {
		events[i] = *e
	}
	inTime := !c.flood || m.sentAhead
	if c.flood && movedOn(got, want) {
		// What arrived too early, if only the end of the connection, was seen while a handler
		// ran.
		return
	}
	// An answer that is there before its request is refused, if it is seen in time.
	if !inTime {
		want, events = want[:min(len(want), len(got))], events[:min(len(events), len(seen))]
	}
	if !slices.Equal(seen, events) {
		t.Errorf("handled %q\nwant    %q", seen, events)
	}
	if !slices.Equal(got, want) {
		t.Errorf("requests %q\nwant     %q", got, want)
	}
	var e *minlambda.Error
	if own := errors.As(runErr, &e); !own && runErr != context.Canceled ||
		own != c.gaveUp() && (inTime || !own) {
		t.Errorf("Run returned %v; want an error of its own: %v", runErr, c.gaveUp())
	}
	if t.Failed() {
		t.Logf("logged %q; in the end %v", log.String(), runErr)
	}
}

// movedOn reports whether the first unexpected request is the one that was expected, on a later
// connection.
func movedOn(got, want []string) bool {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			conn, request, _ := strings.Cut(got[i], ": ")
			before, same, _ := strings.Cut(want[i], ": ")
			return request == same && conn > before
		}
	}
	return false
}

// Bits of how.
const (
	// The server sends all it has at once, before it is asked.
	flood    = 1 << iota
	sequence // the Loop is InSequence
	howBits  // and up: how the first, second and third event is answered
)

const chunkedHead = "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: id\r\n" +
	"Transfer-Encoding: chunked\r\n\r\n"

// conversations holds what a server sends on two connections.
var conversations = [][2]string{
	{"", ""},
	{oneEvent, ""},
	{oneEvent + accepted, ""},
	{oneEvent + accepted + twoEvent + accepted + oneEvent + accepted, twoEvent + accepted},
	{oneEvent, accepted + twoEvent + accepted},
	{oneEvent + accepted[:20], accepted},
	{oneEvent[:50], oneEvent + accepted},
	{oneEvent + "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno" + twoEvent,
		"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"},
	{oneEvent + "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n" +
		twoEvent, twoEvent + accepted},
	{oneEvent + "HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n" + twoEvent, twoEvent},
	{oneEvent + "HTTP/1.1 202 Accepted\r\n\r\n" + twoEvent, ""},
	{oneEvent + "HTTP/1.0 200 OK\r\n\r\nOK", twoEvent + accepted},
	{oneEvent + "garbage\r\n\r\n" + accepted, accepted},
	{oneEvent + "HTTP/1.1 102 x\r\n\r\n" + accepted, twoEvent},
	{closing + accepted, accepted + twoEvent},
	{closing, closing},
	{oneEvent + oneEvent, accepted},
	{oneEvent + "x", accepted},
	{noEvent + oneEvent + accepted + noEvent, noEvent + twoEvent + accepted},
	{"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n" + oneEvent, oneEvent},
	{"HTTP/1.1 103 x\r\nLink: x\r\n\r\n" + oneEvent + "HTTP/1.1 100 Continue\r\n\r\n" + accepted +
		"HTTP/1.1 100 Continue\r\n\r\n" + twoEvent, accepted},
	{chunkedHead + "5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nX: y\r\n\r\n" + accepted + chunkedHead +
		"0\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\n\r\n"},
	{chunkedHead + "5\r\nhello\r\n", oneEvent + accepted + chunkedHead + "5\r\nhelloX"},
	{strings.Replace(twoEvent, "nonce", "Zm9v/YmFy+g==", 1) + accepted, ""},
	{strings.Replace(twoEvent, "nonce", "n\xf6nce", 1) + accepted + oneEvent + accepted, ""},
	{bothHead + "2\r\n{}\r\n0\r\n\r\n" + accepted, accepted + oneEvent + accepted},
	{oneEvent + bothAccepted + twoEvent, twoEvent + accepted + oneEvent + accepted},
	{bothHead + "2\r\n{}\r\n0\r\n\r\n", bothAccepted + oneEvent},
	{"HTTP/1.1 500 x\r\nContent-Length: 2\r\n\r\nno" + oneEvent, oneEvent},
	{"HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n", oneEvent},
	{oneEvent + accepted + "HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n", oneEvent + accepted +
		twoEvent},
	{oneEvent + accepted + "HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n"},
	{oneEvent + accepted + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno", twoEvent + accepted +
		oneEvent},
	{oneEvent + "HTTP/1.1 400 x\r\nContent-Length: 0\r\n\r\n" + oneEvent, ""},
	{oneEvent + "HTTP/1.1 413 x\r\nContent-Length: 0\r\n\r\n" + oneEvent, accepted},
	{oneEvent + "HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n" + oneEvent, accepted},
	{oneEvent + "HTTP/1.1 408 x\r\nConnection: close\r\n\r\n", accepted + twoEvent + accepted},
	{"HTTP/1.1 408 x\r\nContent-Length: 0\r\n\r\n" + oneEvent, oneEvent + accepted},
	{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" + oneEvent, oneEvent},
	{"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nLambda-Runtime-Aws-Request-Id: id\r\n" +
		"Content-Length: 0\r\n\r\n" + accepted,
		"HTTP/1.0 200 OK\r\nLambda-Runtime-Aws-Request-Id: id\r\nContent-Length: 0\r\n\r\n"},
	{"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: big\r\nContent-Length: 40000\r\n\r\n" +
		strings.Repeat("0123456789", 4000) + accepted + oneEvent, accepted},
	{"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: big\r\nContent-Length: 65536\r\n\r\n" +
		strings.Repeat("x", 65536), accepted},
	{"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: a/../b\r\nContent-Length: 2\r\n\r\n{}" +
		accepted, accepted},
}

const (
	bothHead = "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: id\r\nContent-Length: 7\r\n" +
		"Transfer-Encoding: chunked\r\n\r\n"
	bothAccepted = "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n" +
		"\r\n2\r\nOK\r\n0\r\n\r\n"
	twoEvent = "HTTP/1.1 200 OK\r\nLambda-Runtime-Invocation-Id: nonce\r\n" +
		"Lambda-Runtime-Aws-Request-Id: two\r\nContent-Length: 12\r\n\r\n{\"n\":\"\xff\\u\"}\n"
	closing = "HTTP/1.1 200 OK\r\nConnection: close\r\nLambda-Runtime-Aws-Request-Id: last\r\n" +
		"Content-Length: 3\r\n\r\nend"
	noEvent = "HTTP/1.1 204 No Content\r\n\r\n"
)

// howAnswered returns how the event with this number is answered: see respond.
func howAnswered(how byte, number int) int { return int(how/howBits>>(number%3*2)) & 3 }

func respond(inv *minlambda.Invocation, manner int) error {
	switch manner {
	case 0:
		inv.Write(inv.Event())
	case 1:
		inv.SetResponse(inv.Event())
	case 2:
		inv.SetResponse(bytes.Clone(inv.Event()))
	default:
		return errors.New(string(inv.Event()))
	}
	return nil
}

// expectedRequest returns the request of a turn in the form of conversation.run.
func (m *model) expectedRequest(conn int, how byte, turn turn) string {
	if turn.event == nil {
		return fmt.Sprintf("%d: GET %s", conn, nextPath)
	}
	verb, body := "response", turn.event.body
	if howAnswered(how, slices.Index(m.events, turn.event)) == 3 {
		verb, body = "error", string([]rune(body))
	}
	return fmt.Sprintf("%d: POST /2018-06-01/runtime/invocation/%s/%s %q %q",
		conn, turn.event.id, verb, turn.event.echoed(), body)
}

// A conversation is the server's side of one.
type conversation struct {
	scripts  []script
	cuts     []byte
	flood    bool
	cancel   context.CancelFunc
	requests []string
}

// gaveUp reports whether the runtime gives up by itself.
func (c *conversation) gaveUp() bool {
	return len(c.scripts) > 0 && c.scripts[len(c.scripts)-1].gaveUp
}

// run lets l talk to the server. It returns l's requests, a line each, and the error of Run.
func (c *conversation) run(t *testing.T, l minlambda.Loop) (lines []string, err error) {
	t.Helper()
	listener := listen(t)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c.cancel = cancel
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range c.scripts {
			conn, err := listener.AcceptTCP()
			if err != nil {
				return // the loop has ended
			}
			c.serve(conn, i)
			hangUp(conn)
		}
	}()
	l.API = listener.Addr().String()
	err = l.Run(ctx)
	listener.SetDeadline(time.Unix(1, 0))
	<-done
	return c.requests, err
}

// serve plays script number i.
func (c *conversation) serve(conn *net.TCPConn, i int) {
	conn.SetDeadline(time.Now().Add(patience))
	s, br, sent := c.scripts[i], bufio.NewReader(conn), 0
	send := func(to int) {
		start := sent
		for _, end := range pieces(c.cuts, to-start) {
			conn.Write(s.in[sent : start+end])
			sent = start + end
		}
	}
	end := len(s.in)
	if !c.flood {
		end = s.end
		for _, turn := range s.turns {
			if turn.at > sent {
				send(turn.at)
			}
			if !c.noteRequest(br, i) {
				return
			}
		}
	}
	if sent < end {
		send(end)
	}
	if i == len(c.scripts)-1 && !s.gaveUp {
		if c.flood {
			for range s.turns {
				if !c.noteRequest(br, i) {
					return
				}
			}
		}
		c.cancel()
	} else {
		conn.CloseWrite()
	}
	for c.noteRequest(br, i) {
	}
}

// noteRequest reads and records a request. It reports false if there is none.
func (c *conversation) noteRequest(br *bufio.Reader, i int) bool {
	r, err := readRequest(br)
	if err != nil {
		if err != io.EOF {
			c.requests = append(c.requests, err.Error())
		}
		return false
	}
	if strings.HasSuffix(r.uri, "/error") {
		var report struct{ ErrorMessage string }
		if err := json.Unmarshal([]byte(r.body), &report); err != nil {
			r.body = err.Error()
		} else {
			r.body = report.ErrorMessage
		}
	}
	line := fmt.Sprintf("%d: %s %s", i, r.method, r.uri)
	if r.method != "GET" || r.body != "" {
		line += fmt.Sprintf(" %q %q", r.header.Get("Lambda-Runtime-Invocation-Id"), r.body)
	}
	c.requests = append(c.requests, line)
	return true
}
