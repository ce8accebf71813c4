package wire

import (
	"bytes"
	"strconv"
	"testing"
)

// An event of more than stride bytes gets its room as the bytes arrive. It arrives whole and in
// order, and its response gets no more room than a response may have.
func TestEventOverStride(t *testing.T) {
	body := make([]byte, stride+stride/4)
	for i := range body {
		body[i] = byte(i ^ i>>8 ^ i>>16 ^ i>>24)
	}
	size := strconv.FormatInt(int64(len(body)), 16)
	for name, around := range map[string][2]string{
		"length": {"Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n", ""},
		"chunk":  {"Transfer-Encoding: chunked\r\n\r\n" + size + "\r\n", "\r\n0\r\n\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			c, peer := played(t, "tcp", "127.0.0.1:0", "")
			c.event.maxBody = MaxBody
			// The pool may lend a buffer that an earlier event has made large.
			c.in.lent.B, c.out.lent.B = make([]byte, firstRead), make([]byte, firstWrite)
			go func() {
				server := peer.Accept()
				server.Next()
				server.Send("HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: id\r\n", around[0])
				server.Send(string(body))
				server.Send(around[1])
			}()
			if err := c.Next(); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(c.Event(), body) {
				t.Errorf("%d bytes came, not as they were", len(c.Event()))
			}
			if n := len(c.in.lent.B); n > 4*stride {
				t.Errorf("%d bytes of memory for %d of event", n, len(body))
			}
			if n := len(c.out.lent.B); n > 2*maxRoom {
				t.Errorf("%d bytes of room for a response", n)
			}
		})
	}
}
