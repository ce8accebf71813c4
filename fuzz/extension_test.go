package fuzz

import (
	"bufio"
	"io"
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/minlambda/minlambda/parse"
	"github.com/minlambda/minlambda/wire"
)

// FuzzExtension: whatever a server answers to the registration of an extension, either it is
// refused, and nothing more is sent, or net/http reads the one request that was meant: for the
// extension's events, with the identifier as it came.
func FuzzExtension(f *testing.F) {
	const ok, id, none = "HTTP/1.1 200 OK\r\n", "Lambda-Extension-Identifier: ",
		"Content-Length: 0\r\n\r\n"
	for _, answer := range []string{
		ok + id + "8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\nContent-Length: 2\r\n\r\n{}",
		ok + "lambda-extension-identifier:\ta b \r\n" + none,
		ok + id + "\xff\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		ok + "Connection: close\r\n" + id + "x\r\n\r\nbody",
		ok + id + "x\r\nX: y\r\n" + none + "more",
		"HTTP/1.1 202 OK\r\n" + id + "x\r\n" + none,
		"HTTP/1.1 100 Continue\r\n" + id + "z\r\n\r\n" + ok + none,
		"HTTP/1.1 403 Forbidden\r\nContent-Length: 1\r\n\r\nx", "HTTP/1.1 200", "",
	} {
		f.Add([]byte(answer))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		host, requests, readErr, err := registerAt(t, answer)
		agent := "minlambda/" + wire.Version
		want := []request{{"POST", "/2020-01-01/extension/register", host, http.Header{
			"User-Agent": {agent}, "Content-Type": {"application/json"}, "Content-Length": {"13"},
			"Lambda-Extension-Name": {"a-name"}}, `{"events":[]}`}}
		if err == nil {
			var h parse.Head
			h.Reset(wire.MaxAnswer)
			if n, err := h.Parse(answer); n == 0 || err != nil {
				t.Fatalf("registered by what has no head: %d, %v", n, err)
			}
			id, _ := parse.Field(answer[h.Start:h.End], "Lambda-Extension-Identifier")
			header := http.Header{"User-Agent": {agent},
				"Lambda-Extension-Identifier": {string(id)}}
			const uri = "/2020-01-01/extension/event/next"
			want = append(want, request{"GET", uri, host, header, ""})
		}
		if readErr != nil || !reflect.DeepEqual(requests, want) {
			t.Errorf("got  %+q, %v\nwant %+q, after %v", requests, readErr, want, err)
		}
	})
}

// registerAt registers an extension at a server that gives the answer, and returns what that was
// asked, over all connections.
func registerAt(t *testing.T, answer []byte) (host string, requests []request, readErr, err error) {
	t.Helper()
	l := listen(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for readErr == nil && len(requests) < 3 {
			conn, err := l.AcceptTCP()
			if err != nil {
				return // it connects no more
			}
			conn.SetDeadline(time.Now().Add(patience))
			br := bufio.NewReader(conn)
			for {
				r, err := readRequest(br)
				if err != nil {
					if err != io.EOF {
						readErr = err
					}
					break
				}
				requests = append(requests, r)
				if r.method == "POST" {
					conn.Write(answer)
					conn.CloseWrite()
				}
			}
			hangUp(conn)
		}
	}()
	host = l.Addr().String()
	addr, err := wire.ParseAddr(host)
	if err != nil {
		t.Fatal(err)
	}
	e := wire.NewExtension(addr)
	err = e.Register("a-name")
	e.Close()
	l.SetDeadline(time.Unix(1, 0))
	<-done
	return host, requests, readErr, err
}
