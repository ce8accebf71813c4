// Package wire is the connection to the Runtime API: one keep-alive HTTP/1.1
// connection, its read and its write buffer, and the bytes of the four
// requests that a runtime makes. Nothing here knows JSON, the environment or
// the time of day.
//
// A [Conn] is driven in turns: Next reads an event, Dst is where the response
// is written, Respond or Fail sends it, and can send the GET for the next event
// in the same write. What may then arrive is the answer to the response, the next
// event, or both in one piece; all of it lands in the read buffer, which is
// laid out like this:
//
//	0        event ends                       read so far
//	| head, event | answer to the response | head, next ev…
//
// The event stays where it is, unchanged, until its response has been
// accepted: a handler may return a slice of it, and a response may have to be
// sent twice. Then what has come of the next event moves to the front, which
// is some kilobytes at the most: behind a longer event only the answer is read.
//
// Answer and event are waited for together where that is sound, see pair.go;
// reads that would find nothing are left out, see guess.go.
//
// The write buffer holds room for the longest head, then the response:
//
//	|      room | head | response | GET next |
//
// Handlers append behind the room; the head, whose length is only known when
// the response's is, is written up against it, and everything leaves in one
// write. A large response that lies elsewhere is not copied but gathered.
package wire
