// Package pool lends the buffers that connections read into and write from,
// over bytebufferpool, so that loops that come and go (tests, a process with
// several) use the same memory again.
//
// The rule: who calls Get calls Put, once, when nobody can hold a slice of the
// buffer any more. A connection gets its two buffers when it is made and puts
// them back when it is closed, and not once per invocation: a Get and a Put
// cost more than the parser, and bytebufferpool allocates twice whenever it
// recalibrates, about every 42,000 Puts.
package pool

import "github.com/valyala/bytebufferpool"

// A Buffer is bytebufferpool's: its bytes are B. The users of this package
// keep len(B) at the memory that is there to use.
type Buffer = bytebufferpool.ByteBuffer

// Get lends a buffer of at least size bytes, of any content.
func Get(size int) *Buffer {
	buf := bytebufferpool.Get()
	buf.B = buf.B[:cap(buf.B)]
	Grow(buf, 0, size)
	return buf
}

// Grow makes buf at least size bytes, of which the first keep stay as they
// are. It does nothing where buf is large enough, and at least doubles it
// otherwise, so that growing to n bytes piece by piece copies at most 2n. The
// old memory is not written to again: slices of it stay as they are.
func Grow(buf *Buffer, keep, size int) {
	if size <= len(buf.B) {
		return
	}
	b := make([]byte, max(size, 2*len(buf.B)))
	copy(b, buf.B[:keep])
	buf.B = b
}

// Put takes the buffer back. Neither it nor a slice of it may be used after.
func Put(buf *Buffer) {
	bytebufferpool.Put(buf)
}

// Poison overwrites all of buf with the byte 0xdb, which is no UTF-8 and no
// JSON, so that whoever kept a slice of it sees so.
func Poison(b []byte) {
	for i := range b {
		b[i] = 0xdb
	}
}
