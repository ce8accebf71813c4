package faults

import (
	"io"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/lambdatest"
)

// A reader is a Read that is called until it returns io.EOF.
type reader func(p []byte) (int, error)

func (r reader) Read(p []byte) (int, error) { return r(p) }

// A reader that changes the response while ReadFrom has it read into the response's memory is an
// error, also where the response has as many bytes afterwards: none. What it has read is not sent,
// for other bytes may lie there by then. One that only flushes is as good as any.
func TestReaderThatChangesTheResponse(t *testing.T) {
	long := strings.Repeat("l", 288<<10)
	for name, test := range map[string]struct {
		inRead func(inv *minlambda.Invocation)
		stream bool
		want   string
		fails  bool
	}{
		"writes, and takes it back": {func(inv *minlambda.Invocation) {
			inv.WriteString("other")
			inv.SetResponse(nil)
		}, false, "", true},
		"writes much, and takes it back": {func(inv *minlambda.Invocation) {
			inv.WriteString(long)
			inv.SetResponse(nil)
		}, false, "", true},
		"writes and flushes": {func(inv *minlambda.Invocation) {
			inv.WriteString("other")
			inv.Flush()
		}, true, "other", true},
		"sends as much as a chunk": {func(inv *minlambda.Invocation) {
			inv.Write([]byte(long))
		}, true, long + "data", false},
		"appends to Dst": {func(inv *minlambda.Invocation) {
			_ = append(inv.Dst(), "other"...)
		}, true, "data", false},
		"flushes":       {func(inv *minlambda.Invocation) { inv.Flush() }, true, "data", false},
		"flushes first": {func(inv *minlambda.Invocation) { inv.Flush() }, false, "data", false},
		"flushes twice": {func(inv *minlambda.Invocation) {
			inv.Flush()
			inv.Flush()
		}, false, "data", false},
	} {
		for _, poison := range []bool{false, true} {
			failed := make(chan error, 1)
			api := looptest.Serve(t)
			start(t, api.Addr(), minlambda.Loop{Poison: poison,
				Invoke: func(inv *minlambda.Invocation) error {
					if test.stream {
						inv.Flush()
					}
					again := false
					_, err := inv.ReadFrom(reader(func(p []byte) (int, error) {
						if again {
							return 0, io.EOF
						}
						again = true
						n := copy(p, "data")
						test.inRead(inv)
						return n, nil
					}))
					failed <- err
					return nil
				}})
			r := looptest.Result(t, api.Queue(lambdatest.Event{}))
			if string(r.Body) != test.want || r.Err != nil {
				t.Errorf("%s, poison %v: got %s", name, poison, outcome(r))
			}
			err := <-failed
			fails := err != nil && strings.Contains(err.Error(), "has changed the response")
			if fails != test.fails {
				t.Errorf("%s, poison %v: ReadFrom returned %v", name, poison, err)
			}
		}
	}
}
