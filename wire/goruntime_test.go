package wire

import (
	"testing"
	"time"
)

// What is linked to in the Go runtime is there, and does what it did. The clock
// is held against package time's: neither may lie outside two looks at the other.
func TestGoRuntime(t *testing.T) {
	const pause = 2 * time.Millisecond
	before, begin := time.Now(), nanotime()
	time.Sleep(pause)
	end, after := nanotime(), time.Now()
	if took := time.Duration(end - begin); took < pause || took > after.Sub(before) {
		t.Errorf("the clock has gone %v in a pause of %v to %v", took, pause, after.Sub(before))
	}
}
