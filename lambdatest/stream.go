package lambdatest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
)

const (
	headerMode = "Lambda-Runtime-Function-Response-Mode"
	errorType  = "Lambda-Runtime-Function-Error-Type"
	errorBody  = "Lambda-Runtime-Function-Error-Body"

	preludeType = "application/vnd.awslambda.http-integration-response"
	separator   = "\x00\x00\x00\x00\x00\x00\x00\x00"

	// kindCut is the error of an invocation whose stream came to no end.
	kindCut = "Runtime.TruncatedResponse"
)

// Prelude is what a stream of HTTP begins with: what a function URL makes its head of.
type Prelude struct {
	StatusCode int               `json:"statusCode"`
	Headers    map[string]string `json:"headers"`
	Cookies    []string          `json:"cookies"`

	Raw []byte `json:"-"` // the JSON as it came
}

// Stream is the response to an event as it arrives. It may be read before the runtime has sent
// anything, and again once the response has ended: each Stream begins at the beginning. It is for
// one goroutine at a time. A response that is not streamed arrives as one chunk.
type Stream struct {
	pending *Pending
	ctx     context.Context
	at      int    // chunks that were taken
	rest    []byte // of the last one that Read has taken
	prelude *Prelude
}

// Stream returns the response to the event as it arrives. What waits for it does so until ctx ends.
func (p *Pending) Stream(ctx context.Context) *Stream { return &Stream{pending: p, ctx: ctx} }

// Chunk waits for the next chunk, and returns it as the runtime has sent it, whatever TCP has made
// of it, prelude and NULs included. It must not be changed. After the last chunk the error is
// io.EOF if the response has ended well, and a [*FunctionError] if it has not: that of the
// trailers, that of a POST to /error, or one of the type Runtime.TruncatedResponse if the
// connection was lost.
func (s *Stream) Chunk() ([]byte, error) {
	for {
		chunk, changed, err := s.pending.arrival.chunk(s.at)
		switch {
		case chunk != nil:
			s.at++
			return chunk, nil
		case err != nil:
			return nil, err
		}
		select {
		case <-changed:
		case <-s.pending.server.done:
			return nil, ErrClosed
		case <-s.ctx.Done():
			return nil, fmt.Errorf("lambdatest: wait for a chunk of the response to %s: %w",
				s.pending.event.RequestID, context.Cause(s.ctx))
		}
	}
}

// Prelude waits for the prelude of the stream, and takes it and the NULs after it off the stream.
// It is nil if the stream has none, as its content type says; nothing is taken then.
func (s *Stream) Prelude() (*Prelude, error) {
	if s.prelude != nil || s.at > 0 {
		return s.prelude, nil
	}
	chunk, err := s.Chunk()
	if !s.pending.arrival.hasPrelude() {
		if err == nil {
			s.at--
		}
		return nil, nil
	}
	taken := slices.Clone(chunk)
	for err == nil && !bytes.Contains(taken, []byte(separator)) {
		chunk, err = s.Chunk()
		taken = append(taken, chunk...)
	}
	if err != nil && err != io.EOF {
		return nil, err
	}
	s.prelude, s.rest, _ = cutPrelude(taken)
	return s.prelude, nil
}

// Read reads the stream without its prelude. Its errors are those of Chunk.
func (s *Stream) Read(p []byte) (int, error) {
	if _, err := s.Prelude(); err != nil {
		return 0, err
	}
	for len(s.rest) == 0 {
		chunk, err := s.Chunk()
		if err != nil {
			return 0, err
		}
		s.rest = chunk
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// cutPrelude takes the prelude off a body; the note says what is wrong with it.
func cutPrelude(body []byte) (prelude *Prelude, payload []byte, note string) {
	raw, payload, found := bytes.Cut(body, []byte(separator))
	prelude = &Prelude{Raw: raw}
	switch err := json.Unmarshal(raw, prelude); {
	case !found:
		note = "no eight NULs after the prelude"
	case err != nil:
		note = fmt.Sprintf("the prelude is not what it should be: %v in %.200q", err, raw)
	}
	return prelude, payload, note
}

// arrival is what has come of a response.
type arrival struct {
	mu      sync.Mutex
	header  http.Header
	chunks  [][]byte // without the empty last one
	err     error    // once it has ended
	changed chan struct{}
}

// chunk is one of the chunks, or the error after them, or else what is closed when there is more.
func (a *arrival) chunk(at int) (chunk []byte, changed <-chan struct{}, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if at < len(a.chunks) {
		return a.chunks[at], nil, nil
	}
	if a.err == nil && a.changed == nil {
		a.changed = make(chan struct{})
	}
	return nil, a.changed, a.err
}

// tell wakes those who wait. It needs mu.
func (a *arrival) tell() {
	if a.changed != nil {
		close(a.changed)
		a.changed = nil
	}
}

func (a *arrival) begin(header http.Header) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.header, a.chunks = header, nil
}

func (a *arrival) add(chunk []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.chunks = append(a.chunks, chunk)
	a.tell()
}

// end says how the response has ended; the chunks of one that was not streamed are its body.
func (a *arrival) end(r *Result) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.header == nil && len(r.Body) > 0 {
		a.chunks = [][]byte{r.Body}
	}
	a.err = io.EOF
	if r.Err != nil {
		a.err = r.Err
	}
	a.tell()
}

func (a *arrival) hasPrelude() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return hasPrelude(a.header)
}

func hasPrelude(header http.Header) bool {
	kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	return err == nil && kind == preludeType
}

// streams is whether the request asks for the streaming mode, in the one spelling that there is.
func (q *request) streams() bool { return q.Header.Get(headerMode) == "streaming" }

// receive says where the chunks of a response are to go, which is about to be read: to the open
// invocation that it is for, if that is to hear of it.
func (s *Server) receive(c *conn, r route, q *request, lost bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.work.open[r.requestID]
	if c.dropped || lost || p == nil || !r.response || !q.streams() || !q.chunked() ||
		p.streaming || wrongID(p, q) {
		return
	}
	p.streaming = true
	p.arrival.begin(q.Header)
	q.to = p
}

// wrongID is whether a POST names another delivery of the event, which Lambda refuses.
func wrongID(p *Pending, q *request) bool {
	want := p.event.InvocationID
	return want != "" && len(q.Header[headerInvocationID]) > 0 &&
		q.Header.Get(headerInvocationID) != want
}

// cut ends an invocation whose stream came to no end: no other response to it is taken.
func (s *Server) cut(c *conn, q *request) {
	p, status := q.to, http.StatusBadRequest
	if p == nil {
		return
	}
	s.mu.Lock()
	if c.dropped {
		status = 0 // the client did not get to see it
	}
	if p.ended {
		s.mu.Unlock()
		return
	}
	s.work.end(p)
	s.mu.Unlock()
	result := &p.result
	result.RequestID, result.Streaming = p.event.RequestID, true
	result.Header, result.Received, result.ConnID = q.Header, q.At, c.id
	result.Body = q.Body
	if hasPrelude(q.Header) {
		result.Prelude, result.Body, _ = cutPrelude(q.Body)
	}
	message := fmt.Sprintf("the connection was lost in a stream, after %d bytes", len(q.Body))
	result.Err = &FunctionError{Type: kindCut, Message: message, Header: q.Header,
		Raw: verdict{kind: kindCut, message: message}.fault()}
	p.publish(status)
}

// judgeStream notes what is wrong with a stream that Lambda, or what is behind it, would take, or
// take for something else.
func (s *Server) judgeStream(c *conn, q *request) {
	switch {
	case !q.chunked():
		s.noteLocked(c, "%s: a stream with Content-Length", q.Path)
		return
	case !declares(q.Head, errorType) || !declares(q.Head, errorBody):
		s.noteLocked(c, "%s: a stream that does not declare both trailers, %s and %s: an error "+
			"would not be seen", q.Path, errorType, errorBody)
	}
	if (q.Trailer.Get(errorType) == "") != (q.Trailer.Get(errorBody) == "") {
		s.noteLocked(c, "%s: one error trailer without the other", q.Path)
	}
	if hasPrelude(q.Header) && (len(q.chunks) < 2 || string(q.chunks[1]) != separator) {
		s.noteLocked(c, "%s: prelude and NULs are not in chunks of their own", q.Path)
	}
}

// join is the body that chunks make.
func join(chunks [][]byte) []byte {
	if len(chunks) == 1 {
		return chunks[0]
	}
	return bytes.Join(chunks, nil)
}

// readTrailers reads the lines after the last chunk. Lambda's server, which is net/http's, refuses
// trailers that do not fit in its buffer.
func (q *request) readTrailers() (http.Header, error) {
	trailer := q.parsed.Trailer.Clone() // the declared ones, without values
	if trailer == nil {
		trailer = http.Header{}
	}
	for size := 0; ; {
		line, err := q.line()
		if err != nil {
			return nil, err
		}
		if size += len(line) + 2; size > maxTrailers {
			return nil, fmt.Errorf("trailers of more than %d bytes", maxTrailers)
		}
		if line == "" {
			return trailer, nil
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || name == "" || strings.ContainsAny(name, " \t") {
			return nil, fmt.Errorf("trailer %q", line)
		}
		trailer.Add(name, strings.TrimSpace(value))
	}
}
