package wire

import (
	"testing"
	"time"
)

// The functions that goruntime.go links to exist, and do what they did. The clock is compared with
// package time's: a reading of one lies between two readings of the other.
func TestGoRuntime(t *testing.T) {
	const pause = 2 * time.Millisecond
	before, begin := time.Now(), nanotime()
	time.Sleep(pause)
	end, after := nanotime(), time.Now()
	if took := time.Duration(end - begin); took < pause || took > after.Sub(before) {
		t.Errorf("the clock has gone %v in a pause of %v to %v", took, pause, after.Sub(before))
	}
}
