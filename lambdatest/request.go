package lambdatest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	// MaxBody is the largest response, in bytes, that Lambda accepts: 6 MiB and 100 bytes.
	MaxBody = 6<<20 + 100

	// MaxError is the largest error, in bytes, that Lambda accepts wherever a function runs. Lambda
	// Managed Instances refuse a larger one, and go on waiting for the invocation's end.
	MaxError = 1 << 20

	// maxHead is the limit of Go's net/http server, which Lambda's server is built on. A longer
	// head is answered with 431.
	maxHead = 1 << 20
)

var errHeadTooLarge = errors.New("head too large")

// request is a request whose head has been read.
type request struct {
	Request
	parsed   *http.Request
	raw      *bufio.Reader // where the body is
	tooLarge bool          // the body is larger than MaxBody, or MaxStream, and was dropped
	chunks   [][]byte      // of a stream
	to       *Pending      // that hears of each chunk of it
}

// reader reads requests from a connection. http.ReadRequest parses them; the reader also keeps the
// raw bytes of the head.
type reader struct {
	buffered *bufio.Reader
	tap      tap
}

// tap is the socket as the bufio.Reader sees it. While it is on, it keeps what passes through.
type tap struct {
	socket net.Conn
	on     bool
	kept   []byte
}

func (t *tap) Read(p []byte) (int, error) {
	if t.on && len(t.kept) > maxHead {
		return 0, errHeadTooLarge
	}
	n, err := t.socket.Read(p)
	if t.on {
		t.kept = append(t.kept, p[:n]...)
	}
	return n, err
}

func newReader(socket net.Conn) *reader {
	r := &reader{tap: tap{socket: socket}}
	r.buffered = bufio.NewReader(&r.tap)
	return r
}

// head waits for the next request and reads its head. On an error it returns the part of the head
// that arrived.
func (r *reader) head() (*request, []byte, error) {
	before, _ := r.buffered.Peek(r.buffered.Buffered())
	r.tap.kept = append(r.tap.kept[:0], before...)
	r.tap.on = true
	parsed, err := http.ReadRequest(r.buffered)
	r.tap.on = false
	head := r.tap.kept[:len(r.tap.kept)-r.buffered.Buffered()]
	if err != nil {
		return nil, head, err
	}
	return &request{parsed: parsed, raw: r.buffered, Request: Request{
		Method: parsed.Method,
		Path:   parsed.RequestURI,
		Proto:  parsed.Proto,
		Header: parsed.Header,
		Head:   bytes.Clone(head),
		At:     time.Now(),
	}}, nil, nil
}

// readBody reads the body and the trailers.
func (q *request) readBody() error {
	if q.streams() && q.chunked() {
		return q.readChunks()
	}
	var err error
	q.Body, err = io.ReadAll(io.LimitReader(q.parsed.Body, MaxBody+1))
	if err == nil && len(q.Body) > MaxBody {
		q.Body, q.tooLarge = nil, true
		_, err = io.Copy(io.Discard, q.parsed.Body)
	}
	q.At = time.Now()
	q.Trailer = q.parsed.Trailer
	return err
}

// dropUndeclared removes the trailers that no Trailer header announced, as Lambda does, and names
// them.
func (q *request) dropUndeclared() (undeclared []string) {
	for name := range q.Trailer {
		if !declares(q.Head, name) {
			undeclared = append(undeclared, name)
			delete(q.Trailer, name)
		}
	}
	return undeclared
}

// declares reports whether the Trailer headers of a raw head have name: http.ReadRequest removes
// them from the header.
func declares(head []byte, name string) bool {
	for line := range strings.SplitSeq(string(head), "\r\n") {
		field, list, _ := strings.Cut(line, ":")
		if !strings.EqualFold(field, "Trailer") {
			continue
		}
		for declared := range strings.SplitSeq(list, ",") {
			if strings.EqualFold(strings.TrimSpace(declared), name) {
				return true
			}
		}
	}
	return false
}

// faults names what is wrong with the raw head although http.ReadRequest accepted it (RFC 9112,
// sections 2.2, 3, 5 and 6).
func (q *request) faults() (faults []string) {
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Sprintf(format, args...))
	}

	head := strings.ReplaceAll(string(q.Head), "\r\n", "\n")
	if strings.Count(head, "\n") != strings.Count(string(q.Head), "\r\n") ||
		strings.ContainsAny(head, "\r\x00") {
		fault("bare CR, bare LF or NUL in %q", q.Head)
	}
	lines := strings.Split(strings.TrimRight(head, "\n"), "\n")
	if strings.Count(lines[0], " ") != 2 {
		fault("request line %q has not two single spaces", lines[0])
	}
	if q.Proto != "HTTP/1.1" {
		fault("version is %s", q.Proto)
	}
	seen := make(map[string]bool)
	for _, line := range lines[1:] {
		if line[0] == ' ' || line[0] == '\t' {
			fault("folded line %q", line)
			continue
		}
		name, _, _ := strings.Cut(line, ":")
		if strings.ContainsAny(name, " \t") {
			fault("white space in the header name %q", name)
		}
		name = strings.ToLower(name)
		if seen[name] && singleton(name) {
			fault("header %s comes twice", name)
		}
		seen[name] = true
	}
	switch length, chunked := seen["content-length"], seen["transfer-encoding"]; {
	case length && chunked:
		fault("Content-Length and Transfer-Encoding together")
	case q.Method == http.MethodPost && !length && !chunked:
		fault("POST with neither Content-Length nor Transfer-Encoding")
	case q.Method == http.MethodGet && q.parsed.ContentLength != 0:
		fault("GET with a body")
	}
	return faults
}

// singletons are the request header fields of RFC 9110 and RFC 9112, and some other fields, whose
// values are not lists. Two lines of the same name are one list if the field is a list (RFC 9110,
// 5.3), and a fault if it is one of these. Nothing is known of a field that is not in this map.
var singletons = map[string]bool{
	"authorization": true, "content-length": true, "content-location": true, "content-range": true,
	"content-type": true, "cookie": true, "date": true, "from": true, "host": true,
	"if-modified-since": true, "if-range": true, "if-unmodified-since": true, "max-forwards": true,
	"proxy-authorization": true, "range": true, "referer": true, "traceparent": true,
	"user-agent": true,
}

// singleton reports whether a field may come only once. Lambda reads the first line of its own
// fields.
func singleton(name string) bool {
	name = strings.ToLower(name)
	return singletons[name] || strings.HasPrefix(name, "lambda-")
}
