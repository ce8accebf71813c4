package faults

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/minlambda/minlambda/internal/looptest"
)

// A fault is how a connection ends.
type fault int

const (
	// as a server that closes in good order: what was sent arrives, then the end
	closed fault = iota
	reset        // as one whose host or process has died
	silent       // not at all: the connection stays, and nothing comes
)

func (f fault) String() string { return [...]string{"close", "reset", "silence"}[f] }

// A cut is where a connection breaks off.
type cut struct {
	up    bool // counted are the bytes that the loop has sent, not those that it got
	after int  // bytes
	how   fault
}

// A line is the way between a loop and a Runtime API. It passes on every byte at once, but cuts a
// connection where it was told to.
type line struct {
	target string

	// To be set before the first connection.
	control func(network, address string, c syscall.RawConn) error // as net.ListenConfig has it
	// called before each piece from the loop is read
	pace func()

	running sync.WaitGroup
	mu      sync.Mutex
	addr    string
	socket  net.Listener // nil while the line is down
	links   map[*link]struct{}
	made    int
	cut     cut           // of the next connection
	broke   chan struct{} // closed when that cut has been made
	always  *cut          // of every connection, if not nil
	passed  [2]int        // bytes of all connections: down, up
}

// never is no cut.
var never = cut{after: -1}

// newLine is a line to the Runtime API at target, which hangs up with the test.
func newLine(t *testing.T, target string) *line {
	t.Helper()
	host := "127.0.0.1"
	if runtime.GOOS == "linux" {
		// One of its own, always of the same length: while the line is down nobody else gets the
		// port.
		host = fmt.Sprintf("127.%d.%d.%d", 100+rand.IntN(150), 100+rand.IntN(150),
			100+rand.IntN(150))
	}
	l := &line{target: target, cut: never, addr: host + ":0", links: make(map[*link]struct{})}
	l.up(t)
	t.Cleanup(func() {
		l.down()
		l.running.Wait()
	})
	return l
}

// up listens, on the same port as before.
func (l *line) up(t *testing.T) {
	t.Helper()
	config := net.ListenConfig{Control: l.control}
	socket, err := config.Listen(context.Background(), "tcp4", l.addr)
	for end := time.Now().Add(looptest.Patience); err != nil && time.Now().Before(end); {
		// Whoever accepts on the last one holds its descriptor until it is told to end.
		time.Sleep(time.Millisecond)
		socket, err = config.Listen(context.Background(), "tcp4", l.addr)
	}
	if err != nil {
		t.Fatal(err)
	}
	l.addr, l.socket = socket.Addr().String(), socket
	l.running.Add(1)
	go func() {
		defer l.running.Done()
		for {
			c, err := socket.Accept()
			if err != nil {
				return
			}
			l.connect(c.(*net.TCPConn))
		}
	}()
}

// down stops listening and drops every connection.
func (l *line) down() {
	if l.socket != nil {
		l.socket.Close()
		l.socket = nil
	}
	l.drop()
}

// drop drops every connection.
func (l *line) drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for k := range l.links {
		k.near.Close()
		k.far.Close()
	}
}

// arm cuts the next connection, and those after it not. What it returns is closed when that has
// happened.
func (l *line) arm(at cut) (broke <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut, l.broke = at, make(chan struct{})
	return l.broke
}

// armAll cuts every connection from now on.
func (l *line) armAll(at cut) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.always = &at
}

// connections is how many the loop has made.
func (l *line) connections() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.made
}

// A link is one connection of a line.
type link struct {
	near, far *net.TCPConn // towards the loop, towards the API
	cut       cut
	broke     chan struct{}
}

func (l *line) connect(near *net.TCPConn) {
	c, err := net.Dial("tcp4", l.target)
	if err != nil {
		near.Close()
		return
	}
	k := &link{near: near, far: c.(*net.TCPConn)}
	l.mu.Lock()
	l.made++
	k.cut, k.broke, l.cut = l.cut, l.broke, never
	if l.always != nil {
		k.cut, k.broke = *l.always, make(chan struct{})
	}
	l.links[k] = struct{}{}
	l.mu.Unlock()
	if k.cut.after == 0 {
		l.breakOff(k)
	}
	var copying sync.WaitGroup
	copying.Add(2)
	go func() {
		defer copying.Done()
		l.pass(k, k.far, k.near, true)
	}()
	go func() {
		defer copying.Done()
		l.pass(k, k.near, k.far, false)
	}()
	l.running.Add(1)
	go func() {
		defer l.running.Done()
		copying.Wait()
		near.Close()
		k.far.Close()
		l.mu.Lock()
		delete(l.links, k)
		l.mu.Unlock()
	}()
}

// pass copies one direction of a link until it ends, or breaks off.
func (l *line) pass(k *link, to, from *net.TCPConn, up bool) {
	buf := make([]byte, 32<<10)
	left := -1
	if k.cut.up == up {
		left = k.cut.after
	}
	for left != 0 {
		if up && l.pace != nil {
			l.pace()
		}
		piece := buf
		if left > 0 {
			piece = buf[:min(left, len(buf))]
		}
		n, err := from.Read(piece)
		if n > 0 {
			l.count(up, n)
			if _, err := to.Write(piece[:n]); err != nil {
				io.Copy(io.Discard, from) // as one that has gone away, and is not asked for more
				return
			}
			if left > 0 {
				if left -= n; left == 0 {
					l.breakOff(k)
				}
			}
		}
		if err != nil {
			to.CloseWrite()
			return
		}
	}
	// Cut: what is still sent goes nowhere, until the sender sees that, or drop is called.
	io.Copy(io.Discard, from)
}

func (l *line) count(up bool, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if up {
		l.passed[1] += n
	} else {
		l.passed[0] += n
	}
}

// breakOff makes the cut.
func (l *line) breakOff(k *link) {
	switch k.cut.how {
	case closed:
		k.near.CloseWrite()
		k.far.Close()
	case reset:
		k.near.SetLinger(0)
		k.near.Close()
		k.far.Close()
	case silent: // nothing passes: this direction is cut, and the other waits for it
	}
	close(k.broke)
}
