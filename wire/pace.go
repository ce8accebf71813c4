package wire

// A pace records, by nanotime, how fast events and responses follow each other. It decides what is
// worth a system call, and how to wait.
type pace struct {
	handed   int64 // when the last event was handed over
	answered int64 // when its handler had finished
	resting  bool  // the next event is expected to take long
}

const (
	// longHandler is how long a handler must take, in nanoseconds, before the connection is looked
	// at ahead of its response. A look costs a system call, 300 ns or more.
	longHandler = 100_000

	// longRest is how long an event must have kept us waiting, in nanoseconds, for the next one to
	// be expected late. A late event is waited for without the P (restingRead), and the answer
	// before it is read by itself (expectPair). In a shorter wait the monitor of the Go runtime
	// wakes up only a few times, and keeping the P is quicker: bench/NOTES.md has figures for both.
	longRest = 1_000_000
)

// event records that an event is being handed over.
func (p *pace) event() {
	now := nanotime()
	p.resting = now-p.answered > longRest
	p.handed = now
}

// response records that the handler has finished, and reports whether it took long.
func (p *pace) response() (long bool) {
	p.answered = nanotime()
	return p.answered-p.handed >= longHandler
}

// told reports whether response was called after the last event.
func (p *pace) told() bool { return p.answered-p.handed > 0 }
