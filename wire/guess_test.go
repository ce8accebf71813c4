package wire

import "testing"

// tries counts the tries in n reads; found says which reads find something.
func tries(g *guess, n int, found func(i int) bool) (count int) {
	for i := range n {
		if g.likely() {
			count++
			g.learn(found(i))
		}
	}
	return count
}

func TestGuess(t *testing.T) {
	always, never := func(int) bool { return true }, func(int) bool { return false }
	var g guess
	if got := tries(&g, 1000, always); got != 1000 {
		t.Errorf("%d tries of 1,000 that all find something", got)
	}
	// Five tries, together 57 reads apart, then one try in 32 reads.
	if got := tries(&g, 1000, never); got < 30 || got > 36 {
		t.Errorf("%d tries of 1,000 that all find nothing; want about one in 32", got)
	}
	// The guess recovers: within 32 reads of the first that would have found something it tries
	// every time again.
	tries(&g, 32, always)
	if got := tries(&g, 100, always); got != 100 {
		t.Errorf("%d tries of 100 after finding something again", got)
	}
}
