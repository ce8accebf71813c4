// Package act is what the programs of these tests do with an event: the same
// over either runtime.
package act

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Orders begin with this. Any other event is its own response.
const prefix = `{"do":`

// An Order is an event that says what to do.
type Order struct {
	Do   string `json:"do"`
	Text string `json:"text,omitempty"`
	N    int    `json:"n,omitempty"` // bytes, milliseconds, or a status
}

// A place is where handlers wait for others.
type place struct {
	sync.Mutex
	here int
	full chan struct{} // closed when all are here
}

var meeting place

// wait returns when it has been called n times.
func (p *place) wait(n int) {
	p.Lock()
	if p.here++; p.here == 1 {
		p.full = make(chan struct{})
	}
	full := p.full
	if p.here == n {
		close(full)
		p.here = 0
	}
	p.Unlock()
	<-full
}

// served counts the events of this process.
var served atomic.Int64

// On does what event asks for, and appends the response to dst. Calls do not
// share anything else than the count of them.
func On(dst, event []byte) ([]byte, error) {
	n := served.Add(1)
	if !bytes.HasPrefix(event, []byte(prefix)) {
		return append(dst, event...), nil
	}
	var o Order
	if err := json.Unmarshal(event, &o); err != nil {
		return nil, err
	}
	switch o.Do {
	case "who": // which process is this, and how many events has it had?
		return fmt.Appendf(dst, `{"pid":%d,"served":%d}`, os.Getpid(), n), nil
	case "reply": // n bytes
		return append(dst, strings.Repeat("x", o.N)...), nil
	case "fail":
		return nil, errors.New(o.Text)
	case "panic":
		panic(o.Text)
	case "goexit":
		runtime.Goexit()
	case "exit":
		os.Exit(o.N)
	case "print": // a line of n bytes, and then more than a pipe takes
		fmt.Fprintln(os.Stderr, strings.Repeat("l", o.N))
		for range 4000 {
			fmt.Fprintln(os.Stderr, strings.Repeat("s", 50))
		}
		return append(dst, "printed"...), nil
	case "meet": // n at once; then text is panic, or what the response is after a while
		meeting.wait(o.N)
		if o.Text == "panic" {
			panic("no tea")
		}
		time.Sleep(200 * time.Millisecond)
		return append(dst, o.Text...), nil
	case "sleep":
		time.Sleep(time.Duration(o.N) * time.Millisecond)
		return append(append(dst, "slept "...), o.Text...), nil
	}
	return nil, fmt.Errorf("act: no order %q", o.Do)
}
