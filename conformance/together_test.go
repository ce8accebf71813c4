//go:build linux

package conformance

import (
	"fmt"
	"testing"
)

// Sixteen handlers of one process run at the same time: each returns when all
// sixteen are running.
func TestMeeting(t *testing.T) {
	t.Parallel()
	for _, r := range runtimes {
		t.Run(r.String(), func(t *testing.T) {
			t.Parallel()
			e := start(t, setup{mode: managed, program: r.program(), workers: 16})
			e.callers(16, 16*3, func(i int) {
				text := fmt.Sprint("caller ", i)
				got, err := e.invoke(fmt.Sprintf(`{"do":"meet","n":16,"text":%q}`, text))
				if err != nil || got.status != 200 || got.body != text {
					t.Errorf("%s gets %s, %v", text, got, err)
				}
			})
		})
	}
}

// One of sixteen handlers panics while the others are at work. They finish, and
// their callers get what they wait for; then the process ends.
func TestPanicAmongSixteen(t *testing.T) {
	t.Parallel()
	for _, r := range runtimes {
		t.Run(r.String(), func(t *testing.T) {
			t.Parallel()
			e := start(t, setup{mode: managed, program: r.program(), workers: 16})
			e.callers(16, 16, func(i int) {
				text, want := fmt.Sprint("done ", i), fmt.Sprint("200 done ", i)
				if i == 7 {
					text, want = "panic", `200 R*{"errorMessage":"no tea","errorType":"string",*`
				}
				got, err := e.invoke(fmt.Sprintf(`{"do":"meet","n":16,"text":%q}`, text))
				if err != nil || !like(want, got.String()) {
					t.Errorf("caller %d gets %s, %v; want %s", i, got, err, want)
				}
			})
			e.end()
		})
	}
}

// examples/concurrent serves as many as Lambda says, in either mode.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	for _, m := range modes {
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			e := start(t, setup{mode: m, program: library + "/examples/concurrent", workers: 16})
			callers := [...]int{1, 16}[m]
			e.callers(callers, 300, func(i int) {
				event, want := fmt.Sprintf(`{"ms":%d,"echo":"caller %d"}`, i%7, i), ""
				if want = fmt.Sprintf(`"caller %d"`, i); i%10 == 5 {
					event = fmt.Sprintf(`{"fail":"caller %d"}`, i)
					want = fmt.Sprintf(`{"errorMessage":"caller %d","errorType":"errorString"}`, i)
				}
				got, err := e.invoke(event)
				if err != nil || got.status != 200 || got.body != want {
					t.Errorf("%s comes to %s, %v", event, got, err)
				}
			})
		})
	}
}
