package minlambda_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/race"
	"github.com/minlambda/minlambda/lambdatest"
)

// payload is n bytes with every value in them.
func payload(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return b
}

// The ways in which a handler may return the event.
var echoes = map[string]minlambda.Handler{
	"event":  func(dst, event []byte) ([]byte, error) { return event, nil },
	"append": echo,
	"own":    func(dst, event []byte) ([]byte, error) { return bytes.Clone(event), nil },
	"sub-slice of dst": func(dst, event []byte) ([]byte, error) {
		dst = append(append(dst, "abc"...), event...)
		return dst[3:], nil
	},
	"sub-slice of event": func(dst, event []byte) ([]byte, error) {
		return event[len(event)/2:], nil
	},
}

func TestEcho(t *testing.T) {
	t.Parallel()
	sizes := []int{0, 1, 2048, 2049, 100_000, 1 << 20, 6 << 20}
	for name, handler := range echoes {
		t.Run(name, func(t *testing.T) {
			for _, inSequence := range []bool{false, true} {
				s := start(t, nil, minlambda.Loop{Handler: handler, InSequence: inSequence})
				s.api.Keep(0)
				for _, size := range sizes {
					event := payload(size)
					for _, chunks := range []int{-1, 1, 5, 200} {
						for _, trickle := range trickles(size, chunks) {
							want := event
							if name == "sub-slice of event" {
								want = event[len(event)/2:]
							}
							r := s.result(s.api.Queue(lambdatest.Event{Payload: event, Chunks: chunks, Trickle: trickle}))
							if r.Err != nil || !bytes.Equal(r.Body, want) || r.Status != 202 {
								t.Fatalf("%d bytes in %d chunks, trickle %d: %d bytes, %v", size, chunks, trickle, len(r.Body), r.Err)
							}
						}
					}
				}
				if n := s.api.Connections(); n != 1 {
					t.Errorf("%d connections", n)
				}
				s.quiet()
				s.stop()
			}
		})
	}
}

// trickles are the sizes of the pieces that an event comes in.
func trickles(size, chunks int) []int {
	switch {
	case testing.Short() || race.Enabled:
		return []int{0}
	case size <= 2049:
		return []int{0, 1}
	case size <= 100_000:
		return []int{0, 1111}
	case chunks == 5:
		return []int{0, 99_999}
	default:
		return []int{0}
	}
}

// Each answer belongs to its event, over 100,000 of them on one connection.
func TestManyInvocations(t *testing.T) {
	t.Parallel()
	n := 100_000
	if testing.Short() || race.Enabled {
		n = 10_000
	}
	s := start(t, nil, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		out := append(inv.Dst(), inv.RequestID()...)
		inv.SetResponse(append(append(out, ' '), inv.Event()...))
		return nil
	}})
	s.api.Keep(0)
	const ahead = 100
	var queue [ahead]*lambdatest.Pending
	for i := range n + ahead {
		if i >= ahead {
			p := queue[i%ahead]
			want := fmt.Sprintf("%s event %d", p.RequestID(), i-ahead)
			if r := s.result(p); string(r.Body) != want || r.RequestID != p.RequestID() {
				t.Fatalf("%s was answered %q; want %q", p.RequestID(), r.Body, want)
			}
		}
		if i < n {
			queue[i%ahead] = s.queue(fmt.Sprintf("event %d", i))
		}
	}
	if c := s.api.Connections(); c != 1 {
		t.Errorf("%d connections", c)
	}
	s.stop()
}
