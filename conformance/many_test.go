//go:build linux

package conformance

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// many is how many invocations a test makes, of n that it makes if it has time.
func many(n int) int {
	if testing.Short() {
		return n / 20
	}
	return n
}

// One event after the other, classic: each caller gets its own answer, and one
// process gives them all.
func TestOneAfterTheOther(t *testing.T) {
	t.Parallel()
	for _, r := range runtimes {
		t.Run(r.String(), func(t *testing.T) {
			t.Parallel()
			e := start(t, setup{mode: classic, program: r.program()})
			n := many(20_000)
			for i := 0; i < n && !t.Failed(); i++ {
				e.own(i)
			}
			if w := e.who(); w.Served != n+1 {
				t.Errorf("the last event meets %+v; want %d served", w, n+1)
			}
		})
	}
}

// Sixteen callers at once, managed: each gets its own answer, and one process
// gives them all.
func TestSixteenAtOnce(t *testing.T) {
	t.Parallel()
	for _, r := range runtimes {
		t.Run(r.String(), func(t *testing.T) {
			t.Parallel()
			e := start(t, setup{mode: managed, program: r.program(), workers: 16})
			n := many(20_000)
			e.callers(16, n, e.own)
			if w := e.who(); w.Served != n+1 {
				t.Errorf("the last event meets %+v; want %d served", w, n+1)
			}
			t.Logf("%d events came when there was no worker for them", e.refused.Load())
		})
	}
}

// callers has so many callers make n calls, each with another number.
func (e *emulator) callers(callers, n int, call func(i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for !e.t.Failed() {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				call(i)
			}
		})
	}
	all.Wait()
}

// own is a caller who looks whether the answer is its own: to an event of a few
// bytes mostly, now and then a large one, or one that fails.
func (e *emulator) own(i int) {
	event, want := payload(i, i%200), ""
	switch {
	case i%1000 == 500:
		event = payload(i, 300_000+i)
	case i%50 == 25:
		event = payload(i, 3000+i%4000)
	case i%20 == 10:
		event = fmt.Sprintf(`{"do":"fail","text":"event %d"}`, i)
		want = fmt.Sprintf(`{"errorMessage":"event %d","errorType":"errorString"}`, i)
	}
	if want == "" {
		want = event
	}
	got, err := e.invoke(event)
	if err != nil || got.status != 200 || got.body != want {
		e.t.Errorf("event %d, %.100s, comes to %s, %v", i, event, got, err)
	}
}

// Sixteen at once in which nothing goes well: errors, responses that are too
// large, timeouts and answers that come after them, among events that are fine.
// The process is the same to the end. Of ours: aws-lambda-go's would have ended,
// as TestFailures has it.
func TestSixteenAtOnceMixed(t *testing.T) {
	t.Parallel()
	e := start(t, setup{mode: managed, program: ours.program(), workers: 16, timeout: brief})
	n := many(10_000)
	var failed atomic.Int64
	e.callers(16, n, func(i int) {
		switch i % 500 {
		case 100:
			got, err := e.invoke(fmt.Sprintf(`{"do":"reply","n":%d}`, limit+1+i))
			want := fmt.Sprintf("payload size (%d bytes) exceeded", limit+1+i)
			if err != nil || !strings.Contains(got.body, want) {
				t.Errorf("event %d comes to %s, %v; want %s", i, got, err, want)
			}
			failed.Add(1)
		case 200:
			got, err := e.invoke(fmt.Sprintf(`{"do":"sleep","n":6000,"text":"%d"}`, i))
			if err != nil || got.kind != "Sandbox.Timedout" {
				t.Errorf("event %d comes to %s, %v; want a timeout", i, got, err)
			}
			failed.Add(1)
		default:
			e.own(i)
		}
	})
	e.says("refused: 410") // by then a response has come late
	if w := e.who(); w.Served != n+1 {
		t.Errorf("the last event meets %+v; want %d served", w, n+1)
	}
	t.Logf("%d timeouts and oversized responses, %d events when there was no worker",
		failed.Load(), e.refused.Load())
}
