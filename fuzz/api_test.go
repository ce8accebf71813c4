package fuzz

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
)

// patience bounds every wait; it is used up only when something hangs.
const patience = 30 * time.Second

// A Loop waits in system calls, and holds one of Go's processors until the runtime takes it away. A
// server in the same process must not wait for that: on one CPU a campaign would take ten times as
// long.
func init() { runtime.GOMAXPROCS(max(4, runtime.GOMAXPROCS(0))) }

// listen returns a listener on this host, which is closed when the input is done.
//
// Thousands of listeners a second take every port in turn, and other programs under test reconnect
// to the ports of their servers. On Linux all of 127.0.0.0/8 is this host, so there each process
// has an address of its own.
func listen(t *testing.T) *net.TCPListener {
	t.Helper()
	ip := net.IPv4(127, 0, 0, 1)
	if pid := os.Getpid(); runtime.GOOS == "linux" {
		ip = net.IPv4(127, byte(64+pid>>16&63), byte(pid>>8), byte(pid))
	}
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: ip})
	if err != nil {
		t.Fatal(err)
	}
	l.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { l.Close() })
	return l
}

// A request is one that arrived, as net/http reads it.
type request struct {
	method, uri, host string
	header            http.Header
	body              string
}

const accepted = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"

// nextPath is the path of the request for an event, after the base path.
const nextPath = "/2018-06-01/runtime/invocation/next"

// serveOne starts a Runtime API with one event, on one connection, calls run with its address, and
// returns the requests that arrived. The second request for an event ends ctx. readErr is set if
// net/http cannot read a request, or if the connection is cut within one.
func serveOne(t *testing.T, event []byte,
	run func(ctx context.Context, addr string) error) (requests []request, readErr, runErr error) {
	t.Helper()
	l := listen(t)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.AcceptTCP()
		if err != nil {
			return // it never connected
		}
		defer hangUp(conn)
		conn.SetDeadline(time.Now().Add(patience))
		br := bufio.NewReader(conn)
		asked := 0
		for {
			r, err := readRequest(br)
			if err != nil {
				if err != io.EOF {
					readErr = err
					cancel()
				}
				return
			}
			requests = append(requests, r)
			switch {
			case r.method != "GET":
				io.WriteString(conn, accepted)
			case asked == 0:
				asked++
				conn.Write(event)
			default:
				cancel()
			}
		}
	}()
	runErr = run(ctx, l.Addr().String())
	l.SetDeadline(time.Unix(1, 0))
	<-done
	return requests, readErr, runErr
}

// hangUp closes a connection that the other side has finished with, without leaving its port in
// TIME_WAIT: a campaign makes thousands a second.
func hangUp(conn *net.TCPConn) {
	conn.SetLinger(0)
	conn.Close()
}

// readRequest reads one request as net/http's server does. It returns io.EOF if the input ends
// before a request.
func readRequest(br *bufio.Reader) (request, error) {
	if _, err := br.Peek(1); err != nil {
		return request{}, io.EOF // closed, or reset because the peer left some of our bytes unread
	}
	r, err := http.ReadRequest(br)
	if err != nil {
		return request{}, errors.Join(errors.New("net/http can't read a request"), err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return request{}, errors.Join(errors.New("net/http can't read a body"), err)
	}
	return request{r.Method, r.RequestURI, r.Host, r.Header, string(body)}, nil
}

// loop returns a Loop that logs to log.
func loop(log *bytes.Buffer) minlambda.Loop {
	return minlambda.Loop{Log: func(r minlambda.Record) {
		if r.Type == "" || r.Panic {
			log.WriteString(r.String() + "\n")
		}
	}}
}
