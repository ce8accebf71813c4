package minlambda

import (
	"github.com/minlambda/minlambda/internal/ascii"
)

const (
	streamContentType  = "application/octet-stream"
	preludeContentType = "application/vnd.awslambda.http-integration-response"

	// chunk is how many bytes Write and WriteString collect before they send them.
	chunk = 32 << 10
)

// Flush sends what has been written so far, and makes the response a stream: from now on Write and
// WriteString send whenever 32 KiB are there, ReadFrom after each Read of its reader, and Flush at
// once what is there by then. What is there when the handler returns leaves with the end of the
// stream. A response that is never flushed is sent as a whole, and may have MaxResponse bytes; a
// stream has no such limit. The first Flush sends the head of the response even if nothing has been
// written: a caller that can take a stream then gets its first byte.
//
// The content type is application/octet-stream, unless SetContentType has named another before the
// first Flush. After it, Dst is what has not been sent yet, and SetResponse replaces that.
//
// If the handler returns an error, or panics, before the first Flush, it is reported as it always
// is. Afterwards the caller has a part of the response already. The stream then ends with trailers
// that hold the error's type and its report, in which message and stack are cut to less than 3 KB
// where they are longer: Lambda's server refuses trailers of more than 4,096 bytes. What was
// written and not yet sent is sent before them. Lambda gives its caller the error, or, with a
// function URL, closes the connection; AWS's emulator leaves the error out (one invocation at a
// time) or sends it in place of what was written (Lambda Managed Instances).
//
// Flush and Write wait as long as the reader does not read; if the handler returns while a
// goroutine of its own is in one of them, so does the loop, and the invocation fails. They return
// an error, an [*Error], when the connection is lost, or when the Runtime API has refused the
// stream; from then on they return that error and send nothing. The loop logs it, and goes on with
// the next event. A handler that returns it does not have it logged twice. No part of a stream is
// sent again.
//
// Lambda allows a stream 200 MB. It takes the first 6 MB as fast as they come, and then 2 MB a
// second. The function's timeout holds for streams too, and there is no other: while nothing is
// sent, nothing times out. A caller sees a stream by InvokeWithResponseStream, or through a
// function URL or an API Gateway whose mode is RESPONSE_STREAM (AWS's pages "Response streaming for
// Lambda functions" and "Lambda quotas"); any other caller gets it when it has ended, and then it
// may have 6 MB.
func (inv *Invocation) Flush() error {
	c := inv.live()
	c.stream = stream{c}
	return c.stream.flush(inv)
}

// SetPrelude makes the response a stream of HTTP, for a function URL or an API Gateway whose mode
// is RESPONSE_STREAM: json gives it its status, headers and cookies, as in
//
//	{"statusCode":404,"headers":{"Content-Type":"text/plain"},"cookies":["a=b"]}
//
// It is sent before the first byte of the stream, or at the end if nothing is flushed, and with an
// empty stream as well. Services in front of Lambda have been seen to hang at an empty one: write a
// byte, or do not stream, where there is nothing to say. The type that SetContentType has set is
// not used then: it has its place among the headers. A second call before the first Flush replaces
// json, which is copied. If nothing is flushed, all of it leaves in one write, may have MaxResponse
// bytes, and is sent once more if the connection is lost, as any response.
//
// SetPrelude returns an error after the first Flush, and if json is not in braces or holds a
// control character other than white space, such as the NULs that are to end it; the rest of its
// syntax is the caller's. The invocation is then reported as Function.InvalidPrelude, whether the
// handler returns the error or not, unless it returns another.
func (inv *Invocation) SetPrelude(json []byte) error {
	c := inv.live()
	if c.flushed {
		c.fault = &apiError{typePrelude, "minlambda: SetPrelude was called after the first Flush"}
		return c.fault
	}
	c.stream, c.fault = stream{c}, nil
	c.prelude = append(c.prelude[:0], json...)
	if !object(json) {
		c.fault = &apiError{typePrelude, "minlambda: prelude is not a JSON object: " +
			ascii.Quote(string(json))}
	}
	return c.fault
}

const typePrelude = "Function.InvalidPrelude"

// object reports whether json may be an object, and has no control character but white space.
func object(json []byte) bool {
	first, last := byte(0), byte(0)
	for _, c := range json {
		switch {
		case c == ' ', c == '\t', c == '\r', c == '\n':
			continue
		case c < ' ':
			return false
		case first == 0:
			first = c
		}
		last = c
	}
	return first == '{' && last == '}'
}

// A streamer is a stream for the rest of the package. It is an interface so that a program that
// calls neither Flush nor SetPrelude does not link what is in this file.
type streamer interface {
	write(inv *Invocation, p []byte) (int, error)
	writeString(inv *Invocation, s string) (int, error)
	flush(inv *Invocation) error
	await() (waited bool)
	end(ended bool, err error) error
}

// A stream is a call whose response is one, or is to become one.
type stream struct{ *call }

// enter is for the methods that send, which unlock sending when they are done. A goroutine that the
// handler has left behind may be in one of them, and two would send into each other's chunks: await
// waits for it, and who comes later finds inv dead here, before anything is sent.
func (s stream) enter(inv *Invocation) {
	s.sending.Lock()
	if s.owner.Load() != inv {
		s.sending.Unlock()
		inv.live() // panics
	}
}

// await waits until nobody sends, once the Invocation is dead. It takes as long as the reader does,
// as it would if the handler had waited.
func (s stream) await() (waited bool) {
	waited = !s.sending.TryLock()
	if waited {
		s.sending.Lock()
	}
	s.sending.Unlock()
	return waited
}

// flush sends what there is, and before it, the first time, the head.
func (s stream) flush(inv *Invocation) error {
	s.enter(inv)
	defer s.sending.Unlock()
	if !s.flushed {
		if s.asked > 0 {
			return ErrResponseTooLarge
		}
		if err := s.begin(); err != nil {
			return err
		}
		s.flushed = true
	}
	return s.send(nil)
}

// begin has the connection begin a stream.
func (s stream) begin() error {
	contentType := s.contentType
	switch {
	case s.fault != nil:
		return s.fault
	case len(s.prelude) > 0:
		contentType = preludeContentType
	case !s.named:
		contentType = streamContentType
	default:
		if err := checkContentType(contentType); err != nil {
			return err
		}
	}
	s.conn.Begin(contentType, s.prelude, shorten)
	return nil
}

// send sends what there is, and more, unless the stream is lost.
func (s stream) send(more []byte) error {
	if s.lost == nil {
		s.sends.Add(1)
		s.lost = s.conn.Send(s.out, more)
		s.sends.Add(1)
		if len(s.out) > 0 { // else it may be ReadFrom's: see changed
			s.out = s.conn.Dst()
		}
		if s.lost != nil && !s.conn.Streaming() { // nothing has left: it can still be reported
			s.fault = s.lost
		}
	}
	return s.lost
}

// write appends p to what there is, and sends it as often as there is enough. As much of p as makes
// a chunk by itself is sent from where it lies: not all at once, since the kernel takes twice as
// long for a piece that does not fit in 64 KiB with what is around it (BenchmarkStream in bench).
func (s stream) write(inv *Invocation, p []byte) (n int, err error) {
	s.enter(inv)
	defer s.sending.Unlock()
	for n < len(p) && s.lost == nil {
		if len(p)-n >= chunk && len(s.out) < chunk {
			if s.send(p[n:n+chunk]) == nil {
				n += chunk
			}
			continue
		}
		n += s.add(copy(s.room(len(p)-n), p[n:]))
	}
	return n, s.lost
}

// writeString is write for a string, which is copied.
func (s stream) writeString(inv *Invocation, p string) (n int, err error) {
	s.enter(inv)
	defer s.sending.Unlock()
	for n < len(p) && s.lost == nil {
		n += s.add(copy(s.room(len(p)-n), p[n:]))
	}
	return n, s.lost
}

// room is the memory after what there is, for n bytes or for as many as a chunk may still get,
// which may be none.
func (s stream) room(n int) []byte {
	at := len(s.out)
	if at >= chunk {
		return nil
	}
	if min(n, chunk-at) > cap(s.out)-at {
		s.out = s.conn.Extend(s.out, chunk-at)
	}
	return s.out[at:min(cap(s.out), chunk)]
}

// add makes n bytes of the room a part of what there is, which is sent if it is a chunk.
func (s stream) add(n int) int {
	s.out = s.out[:len(s.out)+n]
	if len(s.out) >= chunk && s.send(nil) != nil {
		return 0
	}
	return n
}

// end says what a handler has come to that has ended with err or, where ended is false, in a panic,
// and gives the connection what it has not sent.
func (s stream) end(ended bool, err error) error {
	switch {
	case err == nil && ended:
		err = s.fault
	case err == s.lost && s.fault == nil:
		err = nil // the loop will hear of it, and log it
	}
	if !s.flushed && err == nil && ended && len(s.prelude) > 0 {
		err = s.begin()
	}
	if s.conn.Streaming() {
		s.conn.Last(s.out)
		s.out = nil
	}
	return err
}

// shorten returns a report of at most so many bytes: of one that is longer the beginning of the
// message and the innermost functions of the stack, half of the room for each if both are long.
//
// It looks for what reportOf has put between the parts. None of that can be in a message or a name,
// where a quotation mark has a backslash before it.
func shorten(report []byte, most int) []byte {
	if len(report) <= most {
		return report
	}
	const before, after, trace = `{"errorMessage":"`, `","errorType":"`, `,"stackTrace":[`
	message := report[len(before):index(report, after)]
	kind := report[len(before)+len(message) : len(report)-len("}")]
	frames := kind[index(kind, trace):]
	kind = kind[:len(kind)-len(frames)]

	room := max(0, most-len(before)-len(kind)-len("}"))
	frames = firstFrames(frames, room-min(len(message), room/2))
	message = firstText(message, room-len(frames))
	short := append([]byte(before), message...)
	short = append(append(short, kind...), frames...)
	return append(short, '}')
}

// firstFrames is the array of a stack with as many of its first elements as fit.
func firstFrames(stack []byte, most int) []byte {
	const next = `},{"path":`
	if len(stack) <= most {
		return stack
	}
	for i := most - len("}]"); i > 0; i-- {
		if index(stack[i:i+len(next)], next) == 0 {
			return append(stack[:i+1:i+1], ']')
		}
	}
	return nil
}

// firstText is the beginning of the text of a JSON string, cut between two characters.
func firstText(text []byte, most int) []byte {
	const more = "…"
	if len(text) <= most {
		return text
	}
	for i := 0; ; {
		size := 1
		switch c := text[i]; {
		case c == '\\' && text[i+1] == 'u':
			size = len(`\u0000`)
		case c == '\\':
			size = len(`\n`)
		case c >= 0xf0:
			size = 4
		case c >= 0xe0:
			size = 3
		case c >= 0xc0:
			size = 2
		}
		if i+size+len(more) > most {
			return append(text[:i:i], more[:min(len(more), max(0, most))]...)
		}
		i += size
	}
}

// index is where in b a text is for the first time; len(b) if it is not there.
func index(b []byte, text string) int {
	for i := 0; i+len(text) <= len(b); i++ {
		if string(b[i:i+len(text)]) == text {
			return i
		}
	}
	return len(b)
}
