package server

import (
	"math/bits"
	"time"
)

// A Histogram counts durations in a fixed number of buckets, 64 for each power of two, so its
// figures are accurate to 1.6 %. A million invocations need no more room than one, and counting
// does not touch new memory.
type Histogram struct {
	buckets [64 * 64]uint32
	count   uint64
}

const perPower = 6 // bits

// Add counts d.
func (h *Histogram) Add(d time.Duration) {
	h.buckets[bucket(uint64(max(d, 0)))]++
	h.count++
}

// Reset forgets all.
func (h *Histogram) Reset() { *h = Histogram{} }

// Merge counts what other has counted.
func (h *Histogram) Merge(other *Histogram) {
	for i, n := range other.buckets {
		h.buckets[i] += n
	}
	h.count += other.count
}

// Count returns how many durations were counted.
func (h *Histogram) Count() uint64 { return h.count }

// Quantile returns the duration that the fraction q of all does not exceed; 0 if there are none.
func (h *Histogram) Quantile(q float64) time.Duration {
	left := int64(q * float64(h.count))
	for i, n := range h.buckets {
		if left -= int64(n); left < 0 {
			return time.Duration(middle(i))
		}
	}
	for i := len(h.buckets) - 1; i >= 0; i-- { // q was 1
		if h.buckets[i] > 0 {
			return time.Duration(middle(i))
		}
	}
	return 0
}

// bucket returns the bucket of n. Below 64 each number has its own; above, the highest bit chooses
// the group, and the six bits after it the place in the group.
func bucket(n uint64) int {
	if n < 1<<perPower {
		return int(n)
	}
	shift := bits.Len64(n) - 1 - perPower
	return (shift+1)<<perPower + int(n>>shift) - 1<<perPower
}

// middle returns the middle of the numbers in bucket i.
func middle(i int) uint64 {
	if i < 1<<perPower {
		return uint64(i)
	}
	shift := i>>perPower - 1
	low := uint64(1<<perPower+i&(1<<perPower-1)) << shift
	return low + 1<<shift/2
}
