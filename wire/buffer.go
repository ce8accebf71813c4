package wire

import "github.com/minlambda/minlambda/pool"

// A buffer is memory lent by package pool that grows when it must. The memory that it had before it
// grew may still be in a handler's hands. So that memory is left as it is and, with poison,
// remembered until the handler's time is over.
type buffer struct {
	lent     *pool.Buffer // its bytes are lent.B
	poison   bool
	outgrown [][]byte
}

// bytes returns all of the memory that may be used.
func (b *buffer) bytes() []byte { return b.lent.B }

// grow makes b at least size bytes long and keeps the first keep bytes.
func (b *buffer) grow(keep, size int) {
	if size > len(b.lent.B) {
		b.regrow(keep, size)
	}
}

// regrow is grow for a buffer that is too small.
//
//go:noinline
func (b *buffer) regrow(keep, size int) {
	if b.poison {
		b.outgrown = append(b.outgrown, b.lent.B)
	}
	pool.Grow(b.lent, keep, size)
}

// overwrite poisons b from an offset on, and the memory that b had before it grew.
func (b *buffer) overwrite(from int) {
	if !b.poison {
		return
	}
	pool.Poison(b.lent.B[from:])
	for _, old := range b.outgrown {
		pool.Poison(old)
	}
	b.outgrown = nil
}

// giveBack returns the memory to the pool.
func (b *buffer) giveBack() {
	pool.Put(b.lent)
	b.lent = nil
}
