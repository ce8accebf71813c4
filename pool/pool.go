// Package pool lends the buffers that connections read into and write from. It is built on
// bytebufferpool, so that loops that come and go (in tests, or in a process with several loops) use
// the same memory again.
//
// The rule: whoever calls Get calls Put, once, when nobody can hold a slice of the buffer any more.
// A connection gets its two buffers when it is made and puts them back when it is closed, not once
// per invocation: a Get and a Put cost more than the parser, and bytebufferpool allocates twice
// whenever it recalibrates, about every 42,000 Puts.
package pool

import "github.com/valyala/bytebufferpool"

// A Buffer is bytebufferpool's ByteBuffer; its bytes are B. In this module len(B) is the memory
// that may be used.
type Buffer = bytebufferpool.ByteBuffer

// Get returns a buffer of at least size bytes with arbitrary content. The caller owns it until Put.
func Get(size int) *Buffer {
	buf := bytebufferpool.Get()
	buf.B = buf.B[:cap(buf.B)]
	Grow(buf, 0, size)
	return buf
}

// Grow makes buf at least size bytes long and keeps its first keep bytes. If buf is large enough,
// Grow does nothing. Otherwise it at least doubles the buffer, so that growing to n bytes piece by
// piece copies at most 2n. It does not write to the old memory: slices of it stay as they are.
func Grow(buf *Buffer, keep, size int) {
	if size <= len(buf.B) {
		return
	}
	b := make([]byte, max(size, 2*len(buf.B)))
	copy(b, buf.B[:keep])
	buf.B = b
}

// Put gives the buffer back. Neither buf nor a slice of it may be used afterwards.
func Put(buf *Buffer) {
	bytebufferpool.Put(buf)
}

// Poison overwrites all of b with the byte 0xdb, which is neither UTF-8 nor JSON, so that code that
// kept a slice of b shows itself.
func Poison(b []byte) {
	for i := range b {
		b[i] = 0xdb
	}
}
