package faults

import (
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/peerscript"
)

const gaveUp = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n<h1>408</h1>"

// What comes while a handler runs is nobody's answer. The handler is held until
// the bytes have been sent, and runs on for long enough to be looked at.
func TestBytesWhileAHandlerRuns(t *testing.T) {
	for name, c := range map[string]struct {
		bytes  string
		closes bool
		logs   bool
	}{
		"408 and close":   {gaveUp, true, true},
		"408":             {peerscript.Answer(408, ""), false, true},
		"accepted":        {peerscript.Accepted, false, true},
		"another event":   {peerscript.Event("b", "for nobody"), false, true},
		"a single byte":   {"H", false, true},
		"64 KiB":          {strings.Repeat("x", 64<<10), false, true},
		"closed silently": {"", true, false},
	} {
		for _, panics := range []bool{false, true} {
			t.Run(name+map[bool]string{true: ", panics"}[panics], func(t *testing.T) {
				running, release := make(chan struct{}), make(chan struct{})
				peer := peerscript.Listen(t)
				s := start(t, peer.Addr, minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
					if string(event) == "slow" {
						close(running)
						<-release
						time.Sleep(20 * time.Millisecond) // the bytes have to be seen by the kernel
						if panics {
							panic("late")
						}
					}
					return answer(dst, event)
				}})
				conn := peer.Accept()
				conn.Next()
				conn.Send(peerscript.Event("a", "slow"))
				await(t, "the handler", running)
				conn.Send(c.bytes)
				if c.closes {
					conn.CloseWrite()
				}
				close(release)

				again := peer.Accept()
				if panics {
					if report := again.Error("a"); !strings.Contains(report, "late") {
						t.Errorf("reported %s", report)
					}
					again.Send(peerscript.Accepted)
					s.Failed()
				} else {
					again.Response("a", "re slow")
					again.Next()
					again.Send(peerscript.Accepted, peerscript.Event("c", "more"))
					again.Response("c", "re more")
					again.Send(peerscript.Accepted)
					again.Next()
				}
				conn.Ended() // the response went there only
				logged := 0
				for _, line := range s.Logged() {
					if strings.Contains(line, "nobody has asked for") {
						logged++
					}
				}
				if (logged == 1) != c.logs {
					t.Errorf("logged %q", s.Logged())
				}
			})
		}
	}
}

// A 408 that crosses a request on the wire has the request sent again on another
// connection (RFC 9110 section 15.5.9), a bounded number of times.
func TestRequestTimeout(t *testing.T) {
	t.Run("response", func(t *testing.T) {
		peer := peerscript.Listen(t)
		s := start(t, peer.Addr, minlambda.Loop{Handler: answer})
		conn := peer.Accept()
		conn.Next()
		conn.Send(peerscript.Event("a", "x"))
		conn.Response("a", "re x")
		conn.Next()
		conn.Send(gaveUp)
		conn.CloseWrite()
		conn.Ended()
		conn = peer.Accept()
		conn.Response("a", "re x")
		conn.Send(peerscript.Accepted)
		conn.Next()
		s.Stop()
	})
	t.Run("response, twice", func(t *testing.T) {
		peer := peerscript.Listen(t)
		s := start(t, peer.Addr, minlambda.Loop{Handler: answer})
		conn := peer.Accept()
		conn.Next()
		conn.Send(peerscript.Event("a", "x"))
		for range 2 {
			conn.Response("a", "re x")
			conn.Send(gaveUp)
			conn.CloseWrite()
			if s.times("x") != 1 {
				t.Errorf("handled %d times", s.times("x"))
			}
			if conn.Together() {
				conn.Next()
				conn = peer.Accept()
			}
		}
		if e := s.Failed(); e.Op != "response" || !strings.Contains(e.Error(), "408") {
			t.Errorf("Run returned %v", e)
		}
	})
	t.Run("next, sent with a response", func(t *testing.T) {
		peer := peerscript.Listen(t)
		s := start(t, peer.Addr, minlambda.Loop{Handler: answer})
		conn := peer.Accept()
		conn.Next()
		conn.Send(peerscript.Event("a", "x"))
		conn.Response("a", "re x")
		conn.Next()
		conn.Send(peerscript.Accepted, gaveUp)
		conn.CloseWrite()
		conn.Ended()
		conn = peer.Accept()
		conn.Next()
		conn.Send(peerscript.Event("b", "y"))
		conn.Response("b", "re y")
		if !conn.Together() {
			t.Error("the loop sends in sequence, although nothing was refused")
		}
		conn.Next()
		conn.Send(peerscript.Accepted)
		s.Stop()
		if got := s.Logged(); len(got) > 0 {
			t.Errorf("logged %q", got)
		}
	})
	t.Run("next", func(t *testing.T) {
		peer := peerscript.Listen(t)
		s := start(t, peer.Addr, minlambda.Loop{Handler: answer})
		for range 2 {
			conn := peer.Accept()
			conn.Next()
			conn.Send(gaveUp)
			conn.CloseWrite()
			conn.Ended()
		}
		conn := peer.Accept()
		conn.Next()
		conn.Send(peerscript.Event("a", "x"))
		conn.Response("a", "re x")
		conn.Send(peerscript.Accepted)
		conn.Next()
		s.Stop()
	})
}
