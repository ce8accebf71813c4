package lambda_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/minlambda/minlambda/lambdatest"
)

// An invocation takes at most half of the allocations that aws-lambda-go's takes, and less than
// half of the memory. Each counts in a process of its own, 2,000 invocations after 200.
func TestAllocations(t *testing.T) {
	for _, form := range []string{"typed", "bytes"} {
		count := map[string][2]float64{}
		for _, on := range []string{ours, theirs} {
			f := newFunction(t, build(t, "allocs", on), "FORM="+form)
			f.start()
			f.api.Keep(0)
			var p *lambdatest.Pending
			for range 2200 {
				p = f.api.Queue(lambdatest.Event{
					Payload:  []byte(`{"name":"Ada","tags":{"a":"b"}}`),
					Deadline: time.Now().Add(time.Hour),
				})
			}
			o := f.result(p)
			format := "%f %f"
			if form == "typed" {
				format = `{"greeting":"%f %f, Ada"}`
			}
			var c [2]float64
			if _, err := fmt.Sscanf(o.body, format, &c[0], &c[1]); err != nil {
				t.Fatalf("%s, %s: %v, %v", form, on, o, err)
			}
			count[on] = c
			f.kill()
		}
		a, b := count[ours], count[theirs]
		t.Logf("%s: %.2f allocations of %.0f bytes in all, theirs %.2f of %.0f",
			form, a[0], a[1], b[0], b[1])
		if a[0] < 1 || a[0] > b[0]/2 || a[1] > b[1]/2 {
			t.Errorf("%s: ours %v, theirs %v; want at most half", form, a, b)
		}
	}
}
