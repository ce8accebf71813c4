package wire

import (
	"errors"
	"testing"
)

const registration = "POST /base/2020-01-01/extension/register HTTP/1.1\r\nHost: HOST\r\n" +
	"User-Agent: minlambda/" + Version + "\r\nContent-Type: application/json\r\n" +
	"Lambda-Extension-Name: a-name\r\nContent-Length: 13\r\n\r\n{\"events\":[]}"

func asksForEvents(id string) string {
	return "GET /base/2020-01-01/extension/event/next HTTP/1.1\r\nHost: HOST\r\n" +
		"User-Agent: minlambda/" + Version + "\r\nLambda-Extension-Identifier: " + id + "\r\n\r\n"
}

// An extension registers, and asks for its events with the identifier that it was given, in exactly
// these bytes: on the same connection, or on another if the server closes the first.
func TestExtension(t *testing.T) {
	for name, closes := range map[string]bool{
		"one connection": false, "closed after the answer": true,
	} {
		t.Run(name, func(t *testing.T) {
			c, peer := played(t, "tcp4", "127.0.0.1:0", "/base")
			e := &Extension{c}
			done := make(chan struct{})
			go func() {
				defer close(done)
				server, closing := peer.Accept(), ""
				if closes {
					closing = "Connection: close\r\n"
				}
				exchange(server, registration, "HTTP/1.1 200 OK\r\n"+closing+
					"lambda-extension-identifier: 1-2_3\r\nContent-Length: 2\r\n\r\n{}")
				if closes {
					server.Close()
					server = peer.Accept()
				}
				exchange(server, asksForEvents("1-2_3"), "")
			}()
			if err := e.Register("a-name"); err != nil {
				t.Error(err)
			}
			<-done
		})
	}
}

// An answer that makes no extension is an error that says what was found, and the extension asks
// for nothing.
func TestExtensionRefused(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
	for name, c := range map[string]struct {
		answer string
		is     error
		says   string
	}{
		"403": {"HTTP/1.1 403 x\r\nContent-Length: 4\r\n\r\nwhy\n", ErrStatus,
			"minlambda: extension: unexpected status: 403 why"},
		"no identifier": {ok + "\r\n", ErrNoExtension, "minlambda: extension: answer without a" +
			" Lambda-Extension-Identifier of visible ASCII"},
		"identifier with a space": {ok + "Lambda-Extension-Identifier: a b\r\n\r\n", ErrNoExtension,
			"minlambda: extension: answer without a Lambda-Extension-Identifier of visible ASCII:" +
				" \"a b\", byte 1"},
		"closed": {"", ErrClosed,
			"minlambda: extension: connection closed by the server: 0 bytes into its head"},
	} {
		t.Run(name, func(t *testing.T) {
			conn, peer := played(t, "tcp4", "127.0.0.1:0", "/base")
			done := make(chan struct{})
			go func() {
				defer close(done)
				server := peer.Accept()
				exchange(server, registration, c.answer)
				server.CloseWrite()
				server.Ended() // it does not go on
			}()
			e := &Extension{conn}
			err := e.Register("a-name")
			conn.disconnect()
			<-done
			if !errors.Is(err, c.is) || err.Error() != c.says {
				t.Errorf("got %v; want %s", err, c.says)
			}
		})
	}
}

// Abort ends a wait for an answer that does not come.
func TestExtensionAborted(t *testing.T) {
	conn, peer := played(t, "tcp4", "127.0.0.1:0", "/base")
	e := &Extension{conn}
	go func() {
		exchange(peer.Accept(), registration, "")
		e.Abort()
	}()
	if err := e.Register("a-name"); !errors.Is(err, ErrStopped) {
		t.Errorf("got %v", err)
	}
}
