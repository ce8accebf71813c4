package wire

import (
	"errors"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/parse"
)

func fetches(base, path, fields string) string {
	return "GET " + base + path + " HTTP/1.1\r\nHost: HOST\r\nUser-Agent: " + userAgent + fields +
		"\r\n\r\n"
}

const (
	restorePath  = "/2018-06-01/runtime/restore/next"
	metadataPath = "/2026-01-15/metadata/execution-environment"
	restored     = "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 0\r\n\r\n"
)

// The requests about a restore and about the environment are these bytes, and the connection is
// made anew after a restore.
func TestFetchBytes(t *testing.T) {
	const b = "/a/base"
	c, peer := played(t, "tcp", "127.0.0.1:0", b+"/")
	go func() {
		server := peer.Accept()
		exchange(server, fetches(b, restorePath, ""), restored)
		if rest, err := server.Rest(); rest != "" || err != nil {
			t.Errorf("after the restore %q, %v; want the end", rest, err)
		}
		report := "POST " + b + "/2018-06-01/runtime/restore/error HTTP/1.1\r\nHost: HOST\r\n" +
			"User-Agent: " + userAgent + "\r\nContent-Type: application/json\r\n" +
			"Lambda-Runtime-Function-Error-Type: Runtime.Bad\r\nContent-Length: 2\r\n\r\n{}"
		exchange(peer.Accept(), report, accepted,
			fetches(b, metadataPath, "\r\nAuthorization: Bearer a.token"),
			"HTTP/1.1 200 OK\r\ncache-control:  max-age=1 \r\nContent-Length: 2\r\n\r\n{}",
			fetches(b, metadataPath, "\r\nAuthorization: Bearer b"),
			"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	}()
	if unasked, err := c.Restore(); unasked != "" || err != nil {
		t.Fatalf("restored with %q, %v", unasked, err)
	}
	if a, err := c.FailRestore(append(c.Dst(), "{}"...), "Runtime.Bad"); !a.Accepted() ||
		err != nil {
		t.Fatalf("restore error: %v, %v", a, err)
	}
	if a, control, err := c.Metadata("a.token"); string(a.Body) != "{}" ||
		string(control) != "max-age=1" || err != nil {
		t.Fatalf("metadata %v, %q, %v", a, control, err)
	}
	if a, control, err := c.Metadata("b"); len(a.Body) > 0 || control != nil || err != nil {
		t.Fatalf("metadata %v, %q, %v", a, control, err)
	}
}

// An answer that is not what it should be is an error that says where; the connection is closed
// after it, and only one that failed is worth another.
func TestFetchRefuses(t *testing.T) {
	for _, c := range []struct {
		name, answer string
		want         error
		gone         bool
		found        string
	}{
		{"404", "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nno\n", ErrStatus, false,
			"404 no"},
		{"202", accepted, ErrStatus, false, "202"},
		{"204", "HTTP/1.1 204 No Content\r\n\r\n", ErrStatus, false, "204"},
		{"408", "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n", ErrTimeout, true,
			"408"},
		{"unframed", "HTTP/1.1 200 OK\r\n\r\nx", ErrUnframed, false, "200 x"},
		{"more", restored + "HTTP/1.1", ErrUnasked, false, `"HTTP/1.1" after the answer`},
		{"not HTTP", "hello, world\r\n\r\n", parse.ErrStatusLine, false, "hello"},
		{"a length that lies", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", ErrClosed, true,
			"1 of 9 bytes"},
		{"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
			parse.ErrLengths, false, ""},
		{"too large", "HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n", parse.ErrTooLarge,
			false,
			"1048577"},
		{"nothing", "", ErrClosed, true, "0 bytes into its head"},
		{"a bad chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx",
			parse.ErrChunkSize,
			false, ""},
	} {
		for op, do := range map[string]func(*Conn) error{
			"restore/next": func(c *Conn) error { _, err := c.Restore(); return err },
			"metadata":     func(c *Conn) error { _, _, err := c.Metadata("t"); return err },
		} {
			t.Run(c.name+" "+strings.Replace(op, "/", " ", 1), func(t *testing.T) {
				client, peer := played(t, "tcp", "127.0.0.1:0", "")
				ended := make(chan bool)
				go func() {
					defer close(ended)
					server := peer.Accept()
					server.Request("GET ")
					server.Send(c.answer)
					server.CloseWrite()
					server.Ended()
				}()
				err := do(client)
				var e *Error
				if !errors.As(err, &e) || e.Op != op || e.Err != c.want || Gone(err) != c.gone ||
					!strings.Contains(e.Found, c.found) {
					t.Errorf("got %v, gone %v", err, Gone(err))
				}
				<-ended // it is closed by now
			})
		}
	}
}

// An event in answer to the GET is lost, and said to be.
func TestRestoreOfAnEvent(t *testing.T) {
	c, peer := played(t, "tcp", "127.0.0.1:0", "")
	go func() {
		exchange(peer.Accept(), fetches("", restorePath, ""), event)
	}()
	if unasked, err := c.Restore(); unasked != `"id"` || err != nil {
		t.Errorf("restored with %q, %v", unasked, err)
	}
}

// Stop ends a wait for the restore, Abort one for metadata; neither can begin after it.
func TestFetchStopped(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(*Conn) error
		stop func(*Conn)
	}{
		"restore": {func(c *Conn) error { _, err := c.Restore(); return err }, (*Conn).Stop},
		"aborted": {func(c *Conn) error { _, err := c.Restore(); return err }, (*Conn).Abort},
		"metadata": {func(c *Conn) error { _, _, err := c.Metadata("t"); return err },
			(*Conn).Abort},
	} {
		t.Run(name, func(t *testing.T) {
			client, peer := played(t, "tcp", "127.0.0.1:0", "")
			go func() {
				peer.Accept().Request("GET ") // it waits
				c.stop(client)
			}()
			for range 2 {
				if err := c.do(client); !errors.Is(err, ErrStopped) || Gone(err) {
					t.Errorf("got %v", err)
				}
			}
		})
	}
}
