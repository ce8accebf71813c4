package faults

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdatest"
)

// The conversation that is cut: an event and its response, an event and its error, and a GET that waits.
var conversation = []string{"one", "fail: two"}

func sample(i, round, chunks int) lambdatest.Event {
	return lambdatest.Event{Payload: []byte(conversation[i]), Chunks: chunks,
		RequestID: fmt.Sprintf("id-%05d-%d", round, i), InvocationID: fmt.Sprintf("nonce-%05d-%d", round, i)}
}

// every is the step from byte to byte.
func every() int {
	if testing.Short() {
		return 7
	}
	return 1
}

// At every byte that either side sends, the connection is closed, reset, or falls silent and is dropped later. Of each
// event then: if it came whole it was handled once and answered with its own answer, which was accepted once; if it did
// not, it was neither handled nor answered. And the loop goes on.
func TestCutAtEveryByte(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		events     int
		chunks     int
		inSequence bool
		up         bool
	}{
		{"received, Content-Length", 2, -1, false, false},
		{"received, one chunk", 1, 1, false, false},
		{"received, three chunks", 1, 3, false, false},
		{"received, in sequence", 1, 3, true, false},
		{"sent", 2, -1, false, true},
		{"sent, in sequence", 1, -1, true, true},
	} {
		for how := closed; how <= silent; how++ {
			t.Run(fmt.Sprint(c.name, ", ", how), func(t *testing.T) {
				t.Parallel()
				length := newDialogue(t, conversation[:c.events], c.chunks, c.inSequence).length(c.up)
				d := newDialogue(t, conversation[:c.events], c.chunks, c.inSequence)
				for after := int(how); after <= length; after += every() {
					if d.rounds == 900 { // a server keeps 1,000 violations, of which a cut is one
						d.stop()
						d = newDialogue(t, conversation[:c.events], c.chunks, c.inSequence)
					}
					d.cut(cut{c.up, after, how})
				}
			})
		}
	}
}

// A dialogue is a loop that has the conversation again and again, each time on a new connection.
type dialogue struct {
	*session
	api    *lambdatest.Server
	line   *line
	events []string
	chunks int
	rounds int
	conns  int // that the API must have accepted when a round begins
}

func newDialogue(t *testing.T, events []string, chunks int, inSequence bool) *dialogue {
	api := lambdatest.NewServer()
	t.Cleanup(api.Close)
	api.Keep(100)
	l := newLine(t, api.Addr())
	d := &dialogue{start(t, l.addr, minlambda.Loop{Handler: answer, InSequence: inSequence, Poison: true}), api, l, events, chunks, 0, 1}
	until(t, "the first connection, which is not cut", func() bool { return l.connections() == 1 && api.Connections() == 1 })
	return d
}

// length is how many bytes of the conversation go up or down. It ends the dialogue, so that the last answer has passed.
func (d *dialogue) length(up bool) int {
	for i, event := range d.events {
		if wrong := answered(result(d.t, d.api.Queue(sample(i, d.rounds, d.chunks))), event); wrong != "" {
			d.t.Fatal(wrong)
		}
	}
	until(d.t, "the last GET", func() bool { return gets(d.api) == len(d.events)+1 })
	d.stop()
	d.line.mu.Lock()
	defer d.line.mu.Unlock()
	if up {
		return d.line.passed[1]
	}
	return d.line.passed[0]
}

// cut has the conversation once, on a connection that is cut.
func (d *dialogue) cut(at cut) {
	t := d.t
	t.Helper()
	broke := d.line.arm(at)
	// After Connection: close the loop goes to the connection that will be cut.
	d.api.Script(lambdatest.Answer{Header: http.Header{"Connection": {"close"}}, Close: true})
	fine(t, d.api)
	d.conns++
	d.ready(at)
	d.forget()
	d.rounds++

	var pending []*lambdatest.Pending
	for i := range d.events {
		p := d.api.Queue(sample(i, d.rounds, d.chunks))
		pending = append(pending, p)
		select {
		case <-p.Done():
			continue
		case <-broke:
		case <-time.After(patience):
			t.Fatalf("%+v: neither an answer nor the cut", at)
		}
		break
	}
	await(t, fmt.Sprintf("the cut %+v", at), broke)
	if at.how == silent {
		time.Sleep(200 * time.Microsecond) // let it wait; that it does is likely, and not needed
		d.line.drop()
	}
	d.conns++
	d.ready(at)
	fine(t, d.api)
	d.judge(at, pending)
}

// ready waits until the API has the one connection that the loop uses now: an event that is queued before is sent on
// one that is gone already, and lost.
func (d *dialogue) ready(at cut) {
	d.t.Helper()
	until(d.t, fmt.Sprintf("%+v: connection %d", at, d.conns), func() bool { return d.api.Connections() >= d.conns && d.api.Open() == 1 })
}

// judge looks at what has become of the events.
func (d *dialogue) judge(at cut, pending []*lambdatest.Pending) {
	t, repeated := d.t, 0
	t.Helper()
	for i, p := range pending {
		event, n := conversation[i], posts(d.api, p.RequestID())
		handled := d.times(event)
		repeated += max(0, n-1)
		switch {
		case handled > 1 || n > 2:
			t.Errorf("%+v: %q was handled %d times, and %d POSTs were sent", at, event, handled, n)
		case handled == 0 && n > 0:
			t.Errorf("%+v: %q was not handled, but %d POSTs were sent", at, event, n)
		case handled == 1:
			if wrong := answered(result(t, p), event); wrong != "" {
				t.Errorf("%+v: %q: %s", at, event, wrong)
			}
		}
	}
	logged := d.messages()
	for _, message := range logged {
		if !strings.Contains(message, " refused: 403 ") && !strings.Contains(message, " refused: 400 ") {
			t.Errorf("%+v: logged %q", at, message)
		}
	}
	if len(logged) > repeated {
		t.Errorf("%+v: logged %q after %d repeated POSTs", at, logged, repeated)
	}
	for _, v := range d.api.Violations() {
		// That a request of the cut connection broke off is our doing.
		if !at.up || !strings.Contains(v, "malformed request") && !strings.Contains(v, " body: ") {
			t.Errorf("%+v: violation: %s", at, v)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
}
