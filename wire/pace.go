package wire

// A pace is how fast events and responses follow each other, by nanotime: it
// decides what is worth a system call, and how to wait.
type pace struct {
	handed   int64 // when the last event was handed over
	answered int64 // when its handler had done its work
	resting  bool  // the next event is expected to be long in coming
}

const (
	// longHandler is the time that a handler must take, in nanoseconds, for the
	// connection to be looked at before its response is sent: a look costs a
	// system call, 300 of them or more.
	longHandler = 100_000

	// longRest is how long an event must have kept us waiting, in nanoseconds,
	// for the next one to be expected as late. Then the P is handed over for the
	// wait (restingRead), and the answer before it is read by itself (expectPair).
	// In a shorter wait the monitor of the Go runtime wakes up a few times only,
	// and to keep the P is quicker: bench/NOTES.md has figures of both.
	longRest = 1_000_000
)

// event says that an event is being handed over.
func (p *pace) event() {
	now := nanotime()
	p.resting = now-p.answered > longRest
	p.handed = now
}

// response says that its handler has done its work, and reports whether that
// took long.
func (p *pace) response() (long bool) {
	p.answered = nanotime()
	return p.answered-p.handed >= longHandler
}

// told reports whether response has been called since the last event.
func (p *pace) told() bool { return p.answered-p.handed > 0 }
