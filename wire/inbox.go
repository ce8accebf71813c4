package wire

import "github.com/minlambda/minlambda/pool"

// firstRead is the size of a new read buffer: an event of 2 KB and its head fit.
const firstRead = 8 << 10

// tail is the room that is kept after the largest event for the answer to its response, which has
// 130 bytes. Without it the buffer would grow once more for the answer.
const tail = 4 << 10

// stride is the most memory that is taken at once for bytes that are announced but have not come;
// it may be exceeded only by as much as has come already. Without it an announced length of a
// petabyte, under a limit that allows it, would panic in make. An event of at most stride bytes
// gets its room at once.
const stride = 32 << 20

// An inbox is the read buffer. Messages lie in it one after the other:
//
//	0              start          end
//	| event, answer | not yet read | room
//
// The bytes before start have been read. They stay where they are, unchanged, until recycle: a
// handler may return a slice of its event. Only the inbox moves start and end.
type inbox struct {
	buffer
	start, end int
}

// unread returns the bytes that have arrived after the messages that were read.
func (in *inbox) unread() []byte { return in.lent.B[in.start:in.end] }

// room returns the free memory after end, at least one byte. want bytes are known to come; room
// also returns how many of them to read first: all of them, unless they are more than stride.
func (in *inbox) room(want int) (free []byte, first int) {
	if want > stride {
		// The room that is there is used first, and growing doubles it.
		if want = min(want, len(in.lent.B)-in.end-tail); want <= 0 {
			want = stride
		}
	}
	if in.end+want+tail > len(in.lent.B) {
		// Twice the tail: the answer to the response will come after this event, and must not make
		// a buffer of megabytes grow once more.
		in.grow(in.end, in.end+want+2*tail)
	}
	return in.lent.B[in.end:], want
}

// add records that n bytes have been read into the room.
func (in *inbox) add(n int) { in.end += n; in.check() }

// cut moves end back to an offset: the bytes after it have been used up.
func (in *inbox) cut(end int) { in.end = end; in.check() }

// consume ends a message: the next one begins at an offset.
func (in *inbox) consume(end int) { in.start = end; in.check() }

// drop forgets the unread bytes.
func (in *inbox) drop() { in.end = in.start }

// recycle ends the life of the messages that were read: it moves the unread bytes to the front.
func (in *inbox) recycle() {
	if in.start > 0 {
		copy(in.lent.B, in.unread())
		in.start, in.end = 0, in.end-in.start
	}
	in.overwrite(in.end)
}

// check panics if the offsets make no sense. Only the build tag minlambda_poison compiles it in.
func (in *inbox) check() {
	if pool.Always && !(0 <= in.start && in.start <= in.end && in.end <= len(in.lent.B)) {
		panic("minlambda: wire: the inbox's offsets are out of order")
	}
}
