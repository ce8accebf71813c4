package faults

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/lambdatest"
)

// Two tenants use one function. Each has bytes of its own, that occur nowhere else: in no request's
// head, in no stack trace (where @ does, in the directories of the module cache), in nobody's JSON.
var alphabets = [2]string{"!#$%&'", ";=`^|~"}

// shows reports whether a byte of the tenant's is in b.
func shows(b []byte, tenant int) bool {
	for i := range len(alphabets[tenant]) {
		if bytes.IndexByte(b, alphabets[tenant][i]) >= 0 {
			return true
		}
	}
	return false
}

// verbs are what a tenant can ask for, in the first byte of an event.
const verbs = "arsofwp"

// tenantEvent is verb and then n bytes of the tenant's.
func tenantEvent(tenant int, verb byte, n int) []byte {
	if strings.IndexByte("fwp", verb) >= 0 {
		n = min(max(n, 1), 60_000) // an error without a text looks like none; a long one is cut
	}
	b := make([]byte, 1, n+1)
	b[0] = verb
	x := rand.Uint64() | 1
	for range n {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		b = append(b, alphabets[tenant][x%6])
	}
	return b
}

// wanted is the answer to an event: a body, or the message of an error.
func wanted(event []byte) (body, message string) {
	n := len(event)
	switch event[0] {
	case 'a', 'o':
		return string(event[1:]), ""
	case 's':
		return string(event[n/4 : n/2]), ""
	case 'f', 'w':
		return "", string(event[1:])
	case 'p':
		return "", string(event)
	}
	return string(event), ""
}

// A shop serves both tenants, and looks for what one could see of the other.
type shop struct {
	own      []byte   // returned by 'o', and used for both tenants
	retained [][]byte // slices of the last invocation, kept against the rules
	last     int      // whose those are
	poisoned bool
	leaks    []string
}

func (s *shop) handle(dst, event []byte) ([]byte, error) {
	tenant := 0
	if shows(event, 1) {
		tenant = 1
	}
	s.look(tenant, dst, event)
	out, err := s.serve(dst, event)
	s.last = tenant
	s.retained = append(s.retained, event, dst[:min(cap(dst), len(event))])
	return out, err
}

// look checks what a handler gets, and what it has kept.
func (s *shop) look(tenant int, dst, event []byte) {
	leak := func(format string, args ...any) {
		s.leaks = append(s.leaks, fmt.Sprintf(format, args...))
	}
	if shows(event, 1-tenant) {
		leak("an event has bytes of both tenants")
	}
	if len(dst) > 0 || cap(event) > len(event) {
		leak("dst has %d bytes, and the event %d behind its end", len(dst), cap(event)-len(event))
	}
	if !s.poisoned {
		s.retained = nil
		return
	}
	for i, b := range append(s.retained, dst[:cap(dst)]) {
		if tenant != s.last && shows(b, s.last) {
			leak("slice %d of %d bytes shows what the other tenant had", i, len(b))
		}
	}
	s.retained = nil
}

func (s *shop) serve(dst, event []byte) ([]byte, error) {
	switch n := len(event); event[0] {
	case 'a':
		return append(dst, event[1:]...), nil
	case 's':
		return event[n/4 : n/2], nil
	case 'o':
		s.own = append(s.own[:0], event[1:]...)
		return s.own, nil
	case 'f':
		return nil, errors.New(string(event[1:]))
	case 'w':
		return append(dst, event...), fmt.Errorf("%w", errors.New(string(event[1:])))
	case 'p':
		panic(string(event))
	}
	return event, nil
}

// invoke is handle for a Loop with Invoke. It appends to everything that it gets, too: nothing of
// that may be seen.
func (s *shop) invoke(inv *minlambda.Invocation) error {
	for _, b := range [][]byte{inv.Event(), inv.RequestID(),
		inv.Header("Lambda-Runtime-Aws-Tenant-Id"), inv.Header("Content-Type")} {
		if cap(b) > len(b) {
			s.leaks = append(s.leaks, fmt.Sprintf("%q can be appended to in place", b))
		}
		_ = append(b, "overwritten"...)
	}
	tenant := inv.Header("Lambda-Runtime-Aws-Tenant-Id")
	out, err := s.handle(inv.Dst(), inv.Event())
	s.retained = append(s.retained, tenant)
	inv.SetResponse(out)
	return err
}

// No byte of one tenant's events and answers is ever seen in what the other gets, or in what is
// said about it; with Poison, not even by a handler that keeps slices, or looks behind the end of
// dst.
func TestTenants(t *testing.T) {
	t.Parallel()
	for _, poison := range []bool{false, true} {
		for _, inSequence := range []bool{false, true} {
			t.Run(fmt.Sprint("poison ", poison, ", in sequence ", inSequence), func(t *testing.T) {
				t.Parallel()
				n := 500
				if testing.Short() || poison {
					n = 120
				}
				api := looptest.Serve(t)
				api.Keep(4)
				shop := &shop{poisoned: poison}
				var s *session
				for i := range n {
					if s == nil {
						l := minlambda.Loop{Handler: shop.handle, Poison: poison,
							InSequence: inSequence}
						if i%2 == 1 {
							l.Handler, l.Invoke = nil, shop.invoke
						}
						s = start(t, api.Addr(), l)
					}
					tenant := rand.IntN(2)
					event := tenantEvent(tenant, verbs[rand.IntN(len(verbs))], tenantSize())
					serveTenant(t, api, tenant, event)
					if event[0] == 'p' {
						s.Failed()
						said := strings.Join(append(s.Logged(), s.Err.Error()), "\n")
						if strings.ContainsAny(said, alphabets[1-tenant]) ||
							!strings.Contains(said, string(event)) {
							t.Fatalf("after a panic the loop says %.1000q", said)
						}
						s = nil
					}
					if len(shop.leaks) > 0 {
						t.Fatalf("%d: %s", i, strings.Join(shop.leaks, "; "))
					}
				}
			})
		}
	}
}

func tenantSize() int {
	switch rand.IntN(10) {
	case 0:
		return rand.IntN(1 << 20)
	case 1, 2, 3:
		return rand.IntN(60_000)
	default:
		return rand.IntN(4000)
	}
}

// serveTenant has an event handled, and looks at everything that comes to the API for it.
func serveTenant(t *testing.T, api *lambdatest.Server, tenant int, event []byte) {
	t.Helper()
	r := looptest.Result(
		t,
		api.Queue(lambdatest.Event{Payload: event, Chunks: []int{-1, 0, 1, 2, 50}[rand.IntN(5)],
			Header: http.Header{
				"Lambda-Runtime-Aws-Tenant-Id": {string(tenantEvent(tenant, 't', 30))},
			}}),
	)
	body, message := wanted(event)
	switch {
	case message == "" && (r.Err != nil || string(r.Body) != body):
		t.Fatalf("%c, %d bytes: got %d bytes, %v; want %d",
			event[0], len(event), len(r.Body), r.Err, len(body))
	case message != "" && (r.Err == nil || r.Err.Message != message):
		t.Fatalf("%c, %d bytes: no error with its bytes", event[0], len(event))
	}
	for _, q := range api.Requests() {
		if !strings.Contains(q.Path, r.RequestID) {
			continue
		}
		if shows(q.Head, 1-tenant) || shows(q.Body, 1-tenant) {
			t.Fatalf("%c, %d bytes: the request has bytes of the other tenant",
				event[0], len(event))
		}
	}
}

func init() { children["shop"] = func() { minlambda.Run(new(shop).handle) } }

// A process that panics leaves a stack trace, in its report and on standard error, and nothing of
// the other tenant.
func TestTenantsOfAProcess(t *testing.T) {
	t.Parallel()
	n := 12
	if testing.Short() {
		n = 4
	}
	for i := range n {
		p := child(t, "shop")
		panics, other := i%2, 1-i%2
		for _, verb := range []byte(verbs[:len(verbs)-1]) {
			serveTenant(t, p.API, other, tenantEvent(other, verb, tenantSize()))
		}
		event := tenantEvent(panics, 'p', rand.IntN(3000))
		serveTenant(t, p.API, panics, event)
		said := ""
		for line := range strings.Lines(p.Exits(1)) {
			if !strings.HasPrefix(line, "minlambda: handler: error: RequestId: ") {
				said += line
			} else if strings.ContainsAny(line, alphabets[panics]) {
				t.Errorf("it said of an error for the other tenant %.1000q", line)
			}
		}
		if strings.ContainsAny(said, alphabets[other]) || !strings.Contains(said, string(event)) ||
			!strings.Contains(said, "(...)\n\t") {
			t.Errorf("it said %.1000q", said)
		}
	}
}

// What a handler keeps of its very first invocation has been overwritten by the second, also where
// a buffer had to grow meanwhile: for the answer after a large event, or for a response of the
// handler's own.
func TestPoisonFindsTheFirstSlice(t *testing.T) {
	for name, size := range map[string][2]int{
		"event": {5000, 10}, "dst": {100, 20_000}, "both": {7900, 30_000},
	} {
		t.Run(name, func(t *testing.T) {
			api := looptest.Serve(t)
			var kept [][]byte
			own := make([]byte, size[1])
			start(
				t,
				api.Addr(),
				minlambda.Loop{Poison: true, Handler: func(dst, event []byte) ([]byte, error) {
					if kept == nil {
						kept = [][]byte{event, append(dst, event[:100]...)}
						return own, nil
					}
					for i, b := range kept {
						if bytes.IndexByte(b, 'x') >= 0 {
							return nil, fmt.Errorf(
								"slice %d of the first invocation is as it was", i)
						}
					}
					return answer(dst, event)
				}},
			)
			first := bytes.Repeat([]byte("x"), size[0])
			looptest.Result(t, api.Queue(lambdatest.Event{Payload: first}))
			fine(t, api)
		})
	}
}
