//go:build (amd64 || arm64) && !minlambda_net

package faults

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/internal/peerscript"
)

// A busy loop waits for the answer to its response and for the next event at once: for
// more bytes than the last answer had, and for 10 ms at most, since what comes may be less.
// beyond is longer than that.
const beyond = 40 * time.Millisecond

// What a server may say in place of the usual answer and event.
const (
	shortAccepted = peerscript.Accepted
	shortEvent    = "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: b\r\n" +
		"Content-Length: 5\r\n\r\nevent"
	longAccepted = "HTTP/1.1 202 Accepted\r\nX: 0123456789abcdefghijklmnopqrstuvwxyz0123456789" +
		"abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijkl" +
		"\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n"
)

// fullEvent is an event with as many fields as Lambda's.
func fullEvent(id, payload string) string {
	return peerscript.Event(id, payload, "Content-Type: application/json",
		"Lambda-Runtime-Deadline-Ms: 4102444800000", "Date: Mon, 23 Nov 2026 20:26:06 GMT",
		"Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:f",
		"Lambda-Runtime-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0")
}

// A marked is a scripted server whose client waits for an answer and an event at once, and
// has sent both requests.
type marked struct {
	t    *testing.T
	s    *session
	peer *peerscript.Peer
	conn *peerscript.Conn
}

// newMarked has a loop handle events until its socket waits for more than an answer.
func newMarked(t *testing.T, stoppable bool) *marked {
	t.Helper()
	peer := peerscript.Listen(t)
	m := &marked{t: t, peer: peer}
	if stoppable {
		m.s = start(t, peer.Addr, minlambda.Loop{Handler: answer})
	} else {
		m.s = endless(t, peer.Addr)
	}
	m.conn = peer.Accept()
	m.conn.Next()
	m.conn.Send(fullEvent("a", "event"))
	for tries := 300; ; tries-- {
		m.conn.Response("a", "re event")
		m.conn.Next()
		for range 3 { // a pause here would be a rest
			if lowWaterMark(t, peer.Addr) == len(accepted)+1 {
				marks.Add(1)
				return m
			}
		}
		if tries == 0 {
			return m // on a busy machine every wait may be a rest: see TestRestMarks
		}
		m.conn.Send(accepted, fullEvent("a", "event"))
	}
}

// marks counts the loops that were found waiting for both.
var marks atomic.Int32

// Of all the loops here some have waited for an answer and an event at once: otherwise
// the scripts show nothing of that.
func TestRestMarks(t *testing.T) {
	for range 20 {
		if newMarked(t, true); marks.Load() > 0 {
			return
		}
	}
	t.Error("no loop has waited for an answer and an event at once")
}

// endless runs a loop that nothing can stop but its server, as that of a function is.
func endless(t *testing.T, addr string) *session {
	return &session{t: t, Session: looptest.StartEndless(t,
		minlambda.Loop{API: addr, Handler: answer})}
}

// lowWaterMark is that of this process's socket whose other end is addr.
func lowWaterMark(t *testing.T, addr string) int {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	for _, entry := range open {
		fd, _ := strconv.Atoi(entry.Name())
		name, err := syscall.Getpeername(fd)
		if to, ok := name.(*syscall.SockaddrInet4); err != nil || !ok ||
			!strings.HasSuffix(addr, fmt.Sprint(":", to.Port)) {
			continue
		}
		mark, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVLOWAT)
		if err == nil {
			return mark
		}
	}
	return 0
}

// send sends strings, and rests for durations.
func (m *marked) send(steps ...any) {
	m.t.Helper()
	for _, step := range steps {
		switch step := step.(type) {
		case string:
			m.conn.Send(step)
		case time.Duration:
			time.Sleep(step)
		}
	}
}

// works expects the response to the event b, and has the loop handle others.
func (m *marked) works(response string) {
	m.t.Helper()
	for id := range 3 {
		name := string(rune('b' + id))
		m.conn.Response(name, response)
		m.conn.Next()
		next := string(rune('c' + id))
		response = "re " + next
		m.conn.Send(accepted, fullEvent(next, next))
	}
	m.conn.Response("e", response)
	m.conn.Next()
	m.conn.Send(accepted, peerscript.Answer(500, "enough"))
	if e := m.s.Failed(); !strings.Contains(e.Error(), "500 enough") {
		m.t.Errorf("Run returned %v", e)
	}
	if got := m.s.Logged(); len(got) > 1 {
		m.t.Errorf("logged %q", got)
	}
}

// pieces are what a server sends, and how it rests meanwhile. The large event of chunked and
// unchunked is the same.
func pieces(usual, chunked, unchunked string) map[string][]any {
	const moment = 3 * time.Millisecond
	return map[string][]any{
		"in one write":              {accepted + usual},
		"short answer, a rest":      {shortAccepted, moment, usual},
		"short answer, a long rest": {shortAccepted, beyond, usual},
		"short answer, longer":      {shortAccepted, 2 * beyond, usual},
		"short answer, late":        {beyond, shortAccepted, beyond, usual},
		"both short":                {shortAccepted + shortEvent},
		"both short, a rest":        {shortAccepted, moment, shortEvent},
		"both short, a long rest":   {shortAccepted, beyond, shortEvent},
		"short event":               {accepted, moment, shortEvent},
		"short event, a long rest":  {accepted, beyond, shortEvent},
		"long answer":               {longAccepted, moment, usual},
		"long answer, a long rest":  {longAccepted, beyond, usual},
		"long answer, short event":  {longAccepted, beyond, shortEvent},
		"late":                      {beyond, accepted + usual},
		"late, a rest":              {beyond, accepted, moment, usual},
		"later":                     {20 * beyond, accepted, moment, usual},
		"answer in pieces": {
			accepted[:10], beyond, accepted[10:60], beyond, accepted[60:], beyond, usual,
		},
		"event in pieces": {
			accepted, moment, usual[:9], beyond, usual[9:100], beyond, usual[100:],
		},
		"event to its last byte": {
			accepted, moment, usual[:len(usual)-1], beyond, usual[len(usual)-1:],
		},
		"answer and a half":       {accepted + usual[:60], beyond, usual[60:]},
		"short answer and a half": {shortAccepted + usual[:20], beyond, usual[20:]},
		"large, in pieces": {
			accepted, moment, unchunked[:70_000], beyond, unchunked[70_000:],
		},
		"chunked, in one": {accepted + chunked},
		"chunked, in pieces": {
			accepted, moment, chunked[:50], moment, chunked[50:900], beyond,
			chunked[900:80_000], moment, chunked[80_000:],
		},
		"accepted with 200 and no body": {
			"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", beyond, usual,
		},
		"refused, short":                {peerscript.Answer(413, ""), beyond, usual},
		"refused, short, a short event": {peerscript.Answer(410, ""), moment, shortEvent},
		"refused, chunked": {
			"HTTP/1.1 410 x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", beyond, usual,
		},
		"no answer for a byte of either": {
			accepted + usual[:1], beyond, usual[1:2], beyond, usual[2:],
		},
	}
}

// Whatever pieces the answer and the event come in, and whatever their lengths and the
// rests between, each event is handled once, and each response sent once.
func TestRestPieces(t *testing.T) {
	t.Parallel()
	g := together{t: t}
	defer g.all.Wait()
	usual, large := fullEvent("b", "event"), strings.Repeat("large ", 50_000)
	chunked := strings.Replace(fullEvent("b", large), fmt.Sprint("Content-Length: ", len(large)),
		"Transfer-Encoding: chunked", 1)
	head, body, _ := strings.Cut(chunked, "\r\n\r\n")
	chunked = fmt.Sprintf("%s\r\n\r\n%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n",
		head, 1000, body[:1000], len(body)-1000, body[1000:])
	unchunked := fullEvent("b", large)
	for name, steps := range pieces(usual, chunked, unchunked) {
		g.run(name, func(t *testing.T) {
			m := newMarked(t, false)
			m.send(steps...)
			response := "re event"
			if last := steps[len(steps)-1].(string); len(last) > 10_000 {
				response = "re " + large
			}
			m.works(response)
		})
	}
	g.run("byte by byte", func(t *testing.T) {
		m := newMarked(t, false)
		m.conn.SendPieces(1, accepted, usual)
		m.works("re event")
	})
}

// An answer that ends the loop is noticed even if it is shorter than what is waited for,
// and nothing follows.
func TestRestShortRefusal(t *testing.T) {
	t.Parallel()
	g := together{t: t}
	defer g.all.Wait()
	for _, status := range []int{401, 404, 500, 503} {
		g.run(fmt.Sprint(status), func(t *testing.T) {
			m := newMarked(t, false)
			m.send(peerscript.Answer(status, ""))
			if e := m.s.Failed(); !strings.Contains(e.Error(), fmt.Sprint(status)) {
				t.Errorf("Run returned %v", e)
			}
			m.conn.Ended()
		})
	}
	g.run("500 in place of an event", func(t *testing.T) {
		m := newMarked(t, false)
		m.send(accepted, 20*time.Millisecond, peerscript.Answer(500, ""))
		if e := m.s.Failed(); !strings.Contains(e.Error(), "500") {
			t.Errorf("Run returned %v", e)
		}
	})
}

// A connection that ends in a rest is made anew. A response that has been answered is not
// sent again; one that has not, is.
func TestRestConnectionGone(t *testing.T) {
	t.Parallel()
	g := together{t: t}
	defer g.all.Wait()
	const moment = 3 * time.Millisecond
	for name, c := range map[string]struct {
		steps []any
		again bool // the response is sent again
	}{
		"before the answer":              {[]any{moment}, true},
		"before the answer, a long rest": {[]any{beyond}, true},
		"in the answer":                  {[]any{accepted[:50], moment}, true},
		"in the answer, a long rest":     {[]any{accepted[:50], beyond}, true},
		"after the answer":               {[]any{accepted, moment}, false},
		"after the answer, a long rest":  {[]any{accepted, beyond}, false},
		"after a longer rest":            {[]any{accepted, 2 * beyond}, false},
		"after a short answer":           {[]any{shortAccepted, moment}, false},
		"after a short one, a long rest": {[]any{shortAccepted, beyond}, false},
		"after a late answer":            {[]any{beyond, accepted, moment}, false},
		"in the event": {
			[]any{accepted, fullEvent("b", "lost")[:90], moment}, false,
		},
		"in the event, a long rest": {
			[]any{accepted, fullEvent("b", "lost")[:90], beyond}, false,
		},
		"in the event's last byte, close": {
			[]any{accepted + fullEvent("b", "los")[:200], beyond}, false,
		},
	} {
		for how, end := range map[string]func(*peerscript.Conn){
			"close": (*peerscript.Conn).Close, "reset": (*peerscript.Conn).Reset,
			"half": (*peerscript.Conn).CloseWrite,
		} {
			g.run(name+", "+how, func(t *testing.T) {
				m := newMarked(t, false)
				m.send(c.steps...)
				end(m.conn)
				m.conn = m.peer.Accept()
				if c.again {
					m.conn.Response("a", "re event")
					m.conn.Send(accepted)
				}
				m.conn.Next()
				m.conn.Send(fullEvent("b", "event"))
				m.works("re event")
			})
		}
	}
}

// A loop that waits for both is stopped by the end of its context, whatever of the event
// has come.
func TestRestStop(t *testing.T) {
	t.Parallel()
	g := together{t: t}
	defer g.all.Wait()
	for name, steps := range map[string][]any{
		"the answer":   {accepted},
		"a short one":  {shortAccepted},
		"half of both": {accepted + fullEvent("b", "event")[:50]},
	} {
		g.run(name, func(t *testing.T) {
			m := newMarked(t, true)
			m.send(append(steps, 5*time.Millisecond)...)
			m.s.Stop()
		})
	}
}
