// Package parse reads the two things that the Lambda Runtime API sends: the
// head of an HTTP/1.x response, and a chunked body. It works on bytes that
// somebody else has read, answers in offsets, allocates nothing, and does no
// I/O. [Head] is the response head, [Chunks] the body's chunked framing,
// [Field] the look-up of any other header on demand.
//
// The original minlambda, in Rust, reads a status line, a request ID and a
// length. Two more had to join them here:
//
//   - Framing. The Runtime API sends every event over 2,048 bytes with
//     Transfer-Encoding: chunked, and answers an overlong response with
//     Connection: close. A client that reads only Content-Length takes the
//     chunk framing for part of the event, and waits for ever on a
//     connection that the server has left.
//   - The invocation ID. Since July 2026 an event may carry
//     Lambda-Runtime-Invocation-Id, a nonce to be echoed with the response,
//     so that the late answer of a timed-out invocation can't be taken for
//     the answer to its retry, which has the same request ID.
//
// # Strictness
//
// What a response means must not depend on who reads it: where RFC 9110 and
// RFC 9112 allow leniency, leniency is how responses are smuggled, and the
// package refuses instead. It accepts a subset of what net/http accepts, but for
// two things that make no difference (fuzz/DIFFERENCES.md). What a user could
// notice:
//
//   - A line ends with CRLF. A bare LF, which RFC 9112 section 2.2 lets a
//     recipient accept, is refused, and so are control characters other than
//     a tab anywhere in a head.
//   - An answer has a Content-Length or is chunked. One with neither, which
//     would end with the connection (RFC 9112 section 6.3, point 8), has
//     [Head.Length] -1; its end can't be told from a cut, so the caller
//     refuses it as an event.
//   - An answer that is chunked and has a Content-Length is read by its chunks
//     (RFC 9112 section 6.3, point 3), and [Head.Close] is true.
//   - White space between a chunk's size and its extension is refused.
package parse

// A Span is a piece of the caller's buffer, by its offsets. Offsets outlive a
// buffer that moves or grows; slices would not.
type Span struct{ Start, End int }

// Len is the number of bytes in the span.
func (s Span) Len() int { return s.End - s.Start }

// Of is the span's bytes in b, capped so that an append can't write over what
// lies after them. They are b's own bytes and live as long as they do.
func (s Span) Of(b []byte) []byte { return b[s.Start:s.End:s.End] }
