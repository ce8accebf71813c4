package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"github.com/minlambda/minlambda/lambdatest"
)

// A mishap is a fault that an invocation survives.
type mishap struct {
	name    string
	refused [2]int // lines that the function logs for it, at least and at most
	whole   bool   // the response must be sent once more, which a stream is not
	prepare func(s *supervisor, e *lambdatest.Event)
}

// accepted is the answer to a response, as Lambda sends it.
const accepted = "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nDate: Tue, 24 Nov 2026 08:00:00 GMT\r\n" +
	"Content-Length: 16\r\n\r\n{\"status\":\"OK\"}\n"

// lostID is the request ID of the events that are not delivered whole, and must not be answered.
const lostID = "lost"

func lostEvent(n int) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: %s\r\nContent-Length: %d\r\n\r\n%0*d", lostID, n, n, 0)
}

var mishaps = []mishap{
	// If the 202 is still on its way to the function, it is lost with the connection.
	{"connections dropped while the function waits", [2]int{0, 1}, false, func(s *supervisor, e *lambdatest.Event) { s.api.Drop() }},
	{"connections closed behind the event", [2]int{}, true, func(s *supervisor, e *lambdatest.Event) { e.Close = true }},
	{"events cut", [2]int{}, false, func(s *supervisor, e *lambdatest.Event) {
		raw := lostEvent(1 + s.IntN(100_000))
		s.lose(lambdatest.Event{Raw: []byte(raw[:s.IntN(len(raw))]), Close: true})
	}},
	{"events cut and reset", [2]int{}, false, func(s *supervisor, e *lambdatest.Event) {
		raw := lostEvent(1 + s.IntN(1000))
		s.lose(lambdatest.Event{Raw: []byte(raw[:s.IntN(len(raw))]), Reset: true})
	}},
	{"events trickled", [2]int{}, false, func(s *supervisor, e *lambdatest.Event) { e.Trickle = 1 + len(e.Payload)/500 + s.IntN(7) }},
	{"answers trickled", [2]int{}, false, func(s *supervisor, e *lambdatest.Event) { s.api.Script(lambdatest.Answer{Trickle: 1 + s.IntN(7)}) }},
	{"answers cut", [2]int{1, 1}, true, func(s *supervisor, e *lambdatest.Event) {
		s.api.Script(lambdatest.Answer{Raw: []byte(accepted[:s.IntN(len(accepted))]), Close: true})
	}},
	{"answers reset", [2]int{1, 1}, true, func(s *supervisor, e *lambdatest.Event) { s.api.Script(lambdatest.Answer{Raw: []byte{}, Reset: true}) }},
	{"responses lost", [2]int{}, true, func(s *supervisor, e *lambdatest.Event) {
		s.api.Script(lambdatest.Answer{Raw: []byte{}, Close: true, Lost: true})
	}},
	{"answers with Connection: close", [2]int{}, false, func(s *supervisor, e *lambdatest.Event) {
		s.api.Script(lambdatest.Answer{Header: http.Header{"Connection": {"close"}}, Close: true})
	}},
	{"responses refused", [2]int{1, 1}, false, func(s *supervisor, e *lambdatest.Event) {
		s.api.Script(lambdatest.Answer{Status: []int{400, 403, 410, 413}[s.IntN(4)]})
	}},
}

// lose delivers an event that cannot be handled, before the one that can.
func (s *supervisor) lose(e lambdatest.Event) {
	s.lost = append(s.lost, s.api.Queue(e))
}

// cutStream has a stream end with its connection, in the middle if the server is quick. The caller
// gets what had come, and an error; the function logs it, and nothing is sent once more.
func (s *supervisor) cutStream() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	event := s.payload(streams, 200_000+s.IntN(1_000_000))
	pending := s.api.Queue(lambdatest.Event{Payload: event})
	stream := pending.Stream(ctx)
	for range 1 + s.IntN(4) {
		stream.Chunk() // what is wrong with it the result says
	}
	s.api.Drop()
	s.refused[1]++ // of a response that is whole, and has arrived
	r, err := pending.Wait(ctx)
	if err != nil {
		return err
	}
	s.count.cut++
	s.count.invocations++
	if r.Err != nil && r.Err.Type == "Runtime.TruncatedResponse" {
		if s.count.truncated++; !bytes.HasPrefix(event, r.Body) {
			return fmt.Errorf("mismatch: %d bytes of a stream that was cut are not its first", len(r.Body))
		}
	} else if wrong := mismatch(event, &r); wrong != "" {
		return fmt.Errorf("mismatch: the stream that was to be cut is %s", wrong)
	}
	return s.invoke(lambdatest.Event{Payload: s.payload(returns, 0)})
}
