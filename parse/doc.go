// Package parse reads the two things that the Lambda Runtime API sends: the head of an HTTP/1.x
// message, and a chunked body. It works on bytes that the caller has read, answers in offsets,
// allocates nothing, and does no I/O. [Head] parses a head, [Chunks] decodes a chunked body, and
// [Field] looks up any other header on demand.
//
// The original minlambda, in Rust, reads a status line, a request ID and a length. Two more things
// were needed here:
//
//   - Framing. The Runtime API sends every event of more than 2,048 bytes with Transfer-Encoding:
//     chunked, and answers an overlong response with Connection: close. A client that reads only
//     Content-Length takes the chunk framing for part of the event, and waits for ever on a
//     connection that the server has left.
//   - The invocation ID. Since July 2026 an event may carry Lambda-Runtime-Invocation-Id, a nonce
//     to be echoed with the response. It keeps the late response to a timed-out invocation from
//     being taken for the response to its retry, which has the same request ID.
//
// # Strictness
//
// The meaning of a message must not depend on who reads it. Where RFC 9110 and RFC 9112 allow
// leniency, leniency is how responses are smuggled; this package refuses instead. It accepts a
// subset of what net/http accepts, with two exceptions that make no difference
// (fuzz/DIFFERENCES.md). What a user could notice:
//
//   - A line ends with CRLF. A bare LF is refused, although RFC 9112 section 2.2 lets a recipient
//     accept it. So are control characters other than a tab anywhere in a head.
//   - A message has a Content-Length or is chunked. A message with neither would end with the
//     connection (RFC 9112 section 6.3, point 8). It has [Head.Length] -1; its end cannot be told
//     from a cut, so the caller refuses it as an event.
//   - A message that is chunked and also has a Content-Length is read by its chunks (RFC 9112
//     section 6.3, point 3), and [Head.Close] is true.
//   - White space between a chunk's size and its extension is refused.
package parse

// A Span is a piece of the caller's buffer, given by offsets. Offsets stay valid when a buffer
// moves or grows; slices would not.
type Span struct{ Start, End int }

// Len returns the number of bytes in the span.
func (s Span) Len() int { return s.End - s.Start }

// Of returns the span's bytes in b, capped so that an append cannot write over what lies after
// them. They are b's own bytes and live as long as b's do.
func (s Span) Of(b []byte) []byte { return b[s.Start:s.End:s.End] }
