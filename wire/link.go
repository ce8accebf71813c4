package wire

import "sync"

// A link is the socket, and what may happen to it while its owner waits: stop
// and abort are called by other goroutines. It connects when it first has to,
// and again after the connection was lost.
//
//	        connect             write with a GET
//	closed ---------> connected -----------------> asked
//	   ^                 |                           |
//	   +------ drop -----+--------------- drop ------+
type link struct {
	mu      sync.Mutex // guards the six below
	sock    socket     // the owner writes it with mu, and reads it without
	open    bool       // sock is connected; as sock
	dialing bool       // sock is being connected
	waiting bool       // for an event: stop may wake it
	stopped bool
	aborted bool

	asked bool // a GET is on the wire, and not yet answered
	pair  pair
}

// connect connects to the first address of a that answers, unless l is
// connected.
func (l *link) connect(a *Addr) error {
	if l.open {
		return nil
	}
	err := ErrAddrName // of a name that nobody has looked up
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

// beginDial makes sock the socket that stop and abort shut down. It reports false if
// they have been called already.
func (l *link) beginDial(sock socket) bool {
	l.mu.Lock()
	l.dialing = !l.unwanted()
	l.sock = sock
	l.mu.Unlock()
	return l.dialing
}

// endDial ends it: the socket is connected or, after an error or a stop in the
// meantime, closed.
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

// unwanted reports whether a connection is not wanted any more. It needs mu.
func (l *link) unwanted() bool { return l.aborted || l.waiting && l.stopped }

// drop closes the connection. It reports whether abort has been called, which
// may be what broke it.
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

// beginWait begins a wait for an event, which stop may end. It reports false if
// stop has been called before.
func (l *link) beginWait() bool {
	l.mu.Lock()
	l.waiting = !l.stopped
	ok := l.waiting
	l.mu.Unlock()
	return ok
}

// endWait ends it. It reports false if stop came between: then the socket has
// been shut down, and the response to an event that came all the same needs
// another.
func (l *link) endWait() bool {
	l.mu.Lock()
	l.waiting = false
	ok := !l.stopped
	l.mu.Unlock()
	return ok
}

// stop ends a wait for an event, and a connect for one, now and ever after.
func (l *link) stop() {
	l.mu.Lock()
	l.stopped = true
	if l.waiting && (l.open || l.dialing) {
		l.sock.shutdown()
	}
	l.mu.Unlock()
}

// abort ends whatever is being done, now and ever after.
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
	patient bool // for more than a byte, and not for ever: see pair
}

// read reads at least one byte into p. begun says that a part of the message is
// there already, g whether more is likely to be there.
func (l *link) read(p []byte, w wait, begun bool, g *guess) (int, error) {
	if l.pair.waitsForBoth && begun {
		l.breakPair() // the rest of a message may be less
	}
	w.patient = l.pair.waitsForBoth
	n, err := l.sock.read(p, w, g)
	if w.patient && err == errPatience {
		l.breakPair()
		w.patient, w.resting = false, true // it has been long already
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

// writev sends all of the parts. It consumes parts.
func (l *link) writev(parts [][]byte) error {
	for _, p := range parts {
		trace('>', p)
	}
	return l.sock.writev(parts)
}
