package lambdatest

import (
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
)

// failing fails to accept once for each error, and then accepts.
type failing struct {
	acceptor
	errs []error
}

func (f *failing) AcceptTCP() (*net.TCPConn, error) {
	if len(f.errs) == 0 {
		return f.acceptor.AcceptTCP()
	}
	err := f.errs[0]
	f.errs = f.errs[1:]
	return nil, &net.OpError{Op: "accept", Net: "tcp", Err: err}
}

// A failed accept does not end the server. A temporary failure is not mentioned; any other is
// noted.
func TestAcceptFails(t *testing.T) {
	full := os.NewSyscallError("accept4", syscall.EMFILE)
	gone := os.NewSyscallError("accept4", syscall.ECONNABORTED)
	tests := []struct {
		name string
		errs []error
		note string
	}{
		{"temporary", []error{full, gone, full}, ""},
		{"permanent", []error{errors.New("broken"), errors.New("broken")},
			"^accept: accept tcp: broken; the server goes on"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := start(t)
			s.listener = &failing{s.listener, test.errs}
			c := dial(t, s)
			s.Queue(Event{Payload: []byte("x")})
			c.send(getNext)
			if got := c.expect(200).body; got != "x" {
				t.Errorf("event %q", got)
			}
			if test.note == "" {
				blameless(t, s)
			} else {
				blamed(t, s, test.note)
			}
		})
	}
}

// deaf always fails to accept.
type deaf struct{ acceptor }

func (deaf) AcceptTCP() (*net.TCPConn, error) { return nil, syscall.ENOBUFS }

func TestCloseWhileAcceptFails(t *testing.T) {
	s := start(t)
	s.listener = deaf{s.listener}
	dial(t, s)
	s.Close()
}
