//go:build linux && (amd64 || arm64) && !minlambda_net

package wire

import (
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/minlambda/minlambda/internal/peerscript"
)

// held returns a Conn that has an event, and the server's side of its connection.
func held(t *testing.T) (*Conn, *peerscript.Peer, *peerscript.Conn) {
	t.Helper()
	peer := peerscript.Listen(t)
	a, err := ParseAddr(peer.Addr)
	if err != nil {
		t.Fatal(err)
	}
	c := NewConn(a, 1<<20)
	t.Cleanup(c.Close)
	server := make(chan *peerscript.Conn, 1)
	go func() {
		s := peer.Accept()
		s.Next()
		s.Send(peerscript.Event("a", "{}"))
		server <- s
	}()
	if err := c.Next(); err != nil {
		t.Fatal(err)
	}
	return c, peer, <-server
}

// A write that does not wait may write only a part, if the kernel has no room for all of it. The
// rest is written too.
func TestShortWrite(t *testing.T) {
	c, _, server := held(t)
	err := syscall.SetsockoptInt(c.sock.fd, syscall.SOL_SOCKET, syscall.SO_SNDBUF, 4096)
	if err != nil {
		t.Fatal(err)
	}
	body := strings.Repeat("0123456789", 6_000)
	done := make(chan struct{})
	go func() {
		defer close(done)
		server.Response("a", body)
		server.Next()
		server.Send(peerscript.Accepted)
	}()
	c.out.ready(len(body)) // so that all of it is one write
	a, err := c.Respond(append(c.Dst(), body...), "text/plain", true)
	if err != nil || !a.Accepted() {
		t.Errorf("answer %v, %v", a, err)
	}
	<-done
}

// If an answer arrives before the whole request could be sent, it counts if it is a refusal. The
// connection cannot be used again, whatever the answer says about it. An acceptance cannot be the
// answer to this request.
func TestAnswerBeforeTheRequest(t *testing.T) {
	large := make([]byte, 6<<20)
	for status, accepted := range map[int]bool{413: false, 202: true} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			c, _, server := held(t)
			answer := peerscript.Answer(status, "{}")
			sent := make(chan struct{})
			go func() {
				defer close(sent)
				server.Bytes("POST ")
				server.Send(answer)
				server.Reset()
			}()
			a, err := c.Respond(large, "text/plain", true)
			<-sent
			if accepted && !Gone(err) {
				t.Errorf("%d: answer %v, %v; want the connection's failure", status, a, err)
			}
			if !accepted && (err != nil || a.Status != status) {
				t.Errorf("%d: answer %v, %v", status, a, err)
			}
			if c.open || c.asked {
				t.Errorf("%d: the connection is kept", status)
			}
		})
	}
}

// One byte too many after an answer, when nothing was asked for, is reported.
func TestStrayByte(t *testing.T) {
	c, _, server := held(t)
	go func() {
		server.Response("a", "{}")
		server.Send(peerscript.Accepted + "!")
	}()
	_, err := c.Respond([]byte("{}"), "text/plain", false)
	e, ok := err.(*Error)
	if !ok || e.Err != ErrUnasked || !strings.Contains(e.Found, `"!"`) || c.open {
		t.Errorf("answer with a byte too many: %v, open %v", err, c.open)
	}
}
