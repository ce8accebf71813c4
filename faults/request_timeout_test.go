package faults

import (
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/peerscript"
)

const gaveUp = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n<h1>408</h1>"

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
}

// One that crosses a GET has it sent again, and nothing is logged.
func TestRequestTimeoutOfNext(t *testing.T) {
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
