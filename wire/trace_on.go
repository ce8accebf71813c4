//go:build minlambda_trace

package wire

import (
	"strconv"
	"syscall"
)

// trace prints what is sent ('>') and received ('<') to standard error: one line of output for each
// line of the message, in Go's syntax, with the nanoseconds of the monotonic clock. A bug report
// can show it. It contains whole events and responses.
//
//	go build -tags minlambda_trace .
func trace(way byte, p []byte) {
	now := strconv.FormatInt(nanotime(), 10)
	var out []byte
	for len(p) > 0 {
		n := 0
		for n < len(p) && n < maxTraced && (n == 0 || p[n-1] != '\n') {
			n++
		}
		out = append(append(append(out, "wire "...), now...), ' ', way, ' ')
		out = append(strconv.AppendQuoteToASCII(out, string(p[:n])), '\n')
		p = p[n:]
	}
	for len(out) > 0 {
		n, err := syscall.Write(syscall.Stderr, out)
		if n <= 0 && err != syscall.EINTR {
			return
		}
		out = out[max(n, 0):]
	}
}

// maxTraced is the most bytes that a line shows.
const maxTraced = 4 << 10
