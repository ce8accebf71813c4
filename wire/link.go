package wire

import "sync"

// A link is the socket, and what other goroutines may do to it while its owner waits: stop and
// abort. It connects on first use, and again after the connection was lost.
//
//	        connect             write with a GET
//	closed ---------> connected -----------------> asked
//	   ^                 |                           |
//	   +------ drop -----+--------------- drop ------+
type link struct {
	mu      sync.Mutex // guards the six fields below
	sock    socket     // the owner writes it holding mu, and reads it without
	open    bool       // sock is connected; guarded like sock
	dialing bool       // sock is being connected
	waiting bool       // for an event: stop may interrupt it
	stopped bool
	aborted bool

	asked bool // a GET is on the wire, and not answered yet
	pair  pair
}

// connect connects to the first address of a that answers, unless l is connected.
func (l *link) connect(a *Addr) error {
	if l.open {
		return nil
	}
	err := ErrAddrName // the error for a name that nobody has looked up
	for i := range a.ips {
		to := &a.ips[i]
		var sock socket
		if sock, err = newSocket(to); err != nil {
			continue
		}
		if l.beginDial(sock) {
			err = sock.connect(to, a.port)
		}
		if l.endDial(err) {
			return failed("connect", ErrStopped, "")
		}
		if l.open {
			return nil
		}
	}
	return lost("connect", err, "to "+a.host)
}

// beginDial makes sock the socket that stop and abort shut down. It reports false if they were
// called already.
func (l *link) beginDial(sock socket) bool {
	l.mu.Lock()
	l.dialing = !l.unwanted()
	l.sock = sock
	l.mu.Unlock()
	return l.dialing
}

// endDial ends a dial. It marks the socket as connected or, after an error or a stop in the
// meantime, closes it.
func (l *link) endDial(err error) (stopped bool) {
	l.mu.Lock()
	stopped = l.unwanted()
	l.dialing, l.open = false, err == nil && !stopped
	if !l.open {
		l.sock.close()
	}
	l.mu.Unlock()
	return stopped
}

// unwanted reports whether a connection is no longer wanted. The caller holds mu.
func (l *link) unwanted() bool { return l.aborted || l.waiting && l.stopped }

// drop closes the connection. It reports whether abort was called, since that may be what broke the
// connection.
func (l *link) drop() (aborted bool) {
	l.mu.Lock()
	if l.open {
		l.sock.close()
	}
	l.open = false
	aborted = l.aborted
	l.mu.Unlock()
	l.asked, l.pair.waitsForBoth = false, false
	return aborted
}

// beginWait marks the link as waiting for an event, so that stop may interrupt it. It reports false
// if stop was called already.
func (l *link) beginWait() bool {
	l.mu.Lock()
	l.waiting = !l.stopped
	ok := l.waiting
	l.mu.Unlock()
	return ok
}

// endWait ends the wait. It reports false if stop was called in the meantime. The socket has then
// been shut down; if an event came all the same, its response needs a new connection.
func (l *link) endWait() bool {
	l.mu.Lock()
	l.waiting = false
	ok := !l.stopped
	l.mu.Unlock()
	return ok
}

// stop ends a wait for an event, and a connect for one, now and for ever.
func (l *link) stop() {
	l.mu.Lock()
	l.stopped = true
	if l.waiting && (l.open || l.dialing) {
		l.sock.shutdown()
	}
	l.mu.Unlock()
}

// abort ends whatever is being done, now and for ever.
func (l *link) abort() {
	l.mu.Lock()
	l.stopped, l.aborted = true, true
	if l.open || l.dialing {
		l.sock.shutdown()
	}
	l.mu.Unlock()
}

// A wait says how a read waits.
type wait struct {
	all     bool // until the buffer is full
	resting bool // for long: see restingRead
	patient bool // for more than a byte, and for a limited time: see pair
}

// read reads at least one byte into p. begun says that a part of the message is already there. g
// predicts whether more is there.
func (l *link) read(p []byte, w wait, begun bool, g *guess) (int, error) {
	if l.pair.waitsForBoth && begun {
		l.breakPair() // the rest of a message may be shorter
	}
	w.patient = l.pair.waitsForBoth
	n, err := l.sock.read(p, w, g)
	if w.patient && err == errPatience {
		l.breakPair()
		w.patient, w.resting = false, true // it has already taken long
		n, err = l.sock.read(p, w, g)
	}
	if err == nil && n == 0 {
		err = ErrClosed
	}
	trace('<', p[:n])
	return n, err
}

// write sends all of p.
func (l *link) write(p []byte) error {
	trace('>', p)
	return l.sock.write(p)
}

// writev sends all of the parts, and changes the slice parts while doing so.
func (l *link) writev(parts [][]byte) error {
	for _, p := range parts {
		trace('>', p)
	}
	return l.sock.writev(parts)
}
