package wire

import "github.com/minlambda/minlambda/pool"

const (
	// firstWrite is the size of a new write buffer.
	firstWrite = 8 << 10

	// headRoom is kept in the write buffer before the response, for the head of
	// the request: 230 bytes with Lambda's request IDs. A longer head is sent
	// from where it was made.
	headRoom = 512

	// A response that does not lie in the write buffer is copied there up to
	// gather bytes, and left where it is above: BenchmarkGather puts the size
	// from which gathering in the kernel is cheaper at about 32 KB.
	gather = 32 << 10

	// maxRoom is the most room that is made ready for a response: a response may
	// have 6 MiB and 100 bytes, whatever the event has.
	maxRoom = 8 << 20
)

// An outbox is the write buffer, and the request that is being sent:
//
//	| headRoom, head at its end | response | GET for the next event |
//
// Each chunk of a stream lies there as a response does: its size takes the place of the head, and
// what ends it that of the GET.
//
// A handler appends its response after the room for the head. The head, whose
// length is known when the response's is, is written up against it, so that all
// of it leaves in one write.
type outbox struct {
	buffer
	get  []byte // the GET for the next event, whole
	head []byte // of the request
	body []byte // of the request
	more []byte // of a chunk, after body, which then lies in the buffer
	tail []byte // of a chunk or a stream, after body and before the GET
	want int    // the size that the buffer should have had for it
}

// dst returns the empty slice that a response is appended to. Its capacity ends
// where the GET has its place.
func (o *outbox) dst() []byte {
	return o.lent.B[headRoom : headRoom : len(o.lent.B)-len(o.get)]
}

// ready makes room for a response of n bytes.
func (o *outbox) ready(n int) { o.grow(0, headRoom+n+len(o.get)) }

// inPlace reports whether body is what was appended to dst.
func (o *outbox) inPlace(body []byte) bool {
	return len(body) > 0 && &body[0] == &o.lent.B[headRoom]
}

// place makes body the request's, and puts it into the buffer if it is small.
// Growing leaves the old memory alone: body may be a slice of it.
func (o *outbox) place(body []byte) {
	if len(body) > 0 && !o.inPlace(body) {
		o.want = headRoom + min(len(body), maxRoom) + len(o.get)
		if len(body) <= gather {
			o.grow(0, o.want)
			body = o.lent.B[headRoom : headRoom+copy(o.lent.B[headRoom:], body)]
		}
	}
	o.body = body
	o.check()
}

// write sends the request, and the GET after it if next is set: in one piece
// where head, body and GET lie, or can be put, side by side.
func (o *outbox) write(l *link, next bool) error {
	o.check()
	after := o.get
	if !next {
		after = nil
	}
	if n := len(o.tail); n > 0 {
		o.tail = append(o.tail, after...)
		after, o.tail = o.tail, o.tail[:n]
	}
	if len(o.body) > 0 && !o.inPlace(o.body) || len(o.head) > headRoom {
		parts := [3][]byte{o.head, o.body, after}
		return l.writev(parts[:])
	}
	b := o.lent.B
	begin, end := headRoom-len(o.head), headRoom+len(o.body)
	copy(b[begin:], o.head)
	if len(o.more) > 0 || len(after) > len(b)-end {
		parts := [3][]byte{b[begin:end], o.more, after}
		return l.writev(parts[:])
	}
	return l.write(b[begin : end+copy(b[end:], after)])
}

// recycle ends the life of the request, and gives the buffer the size that it
// should have had.
func (o *outbox) recycle() {
	o.body, o.more, o.tail = nil, nil, o.tail[:0]
	o.grow(0, o.want)
	o.overwrite(0)
	o.check()
}

// check panics where the request does not lie as drawn above: where the GET has
// no place after the response, or a small response is neither in the buffer nor
// to be sent from there. It is compiled with the build tag minlambda_poison only.
func (o *outbox) check() {
	if !pool.Always {
		return
	}
	size := 0
	if o.inPlace(o.body) {
		size = len(o.body)
	} else if len(o.body) > 0 && len(o.body) <= gather {
		panic("minlambda: wire: the outbox's response is small, and not in the buffer")
	}
	if headRoom+size+len(o.get) > len(o.lent.B) {
		panic("minlambda: wire: the outbox has no room for the GET")
	}
}
