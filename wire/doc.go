// Package wire is the connection to the Runtime API: one keep-alive HTTP/1.1
// connection, its read and its write buffer, and the bytes of the requests
// that a runtime makes. Nothing here knows JSON, the environment or
// the time of day.
//
// It can be imported, for reading and for experiments. The compatibility promise
// is that of the root package and its wings alone.
//
// A [Conn] is driven in turns: Next reads an event, Dst is where the response
// is written, Respond or Fail sends it, and can send the GET for the next event
// in the same write. What may then arrive is the answer to the response, the next
// event, or both in one piece.
//
// It is made of four nouns, each in a file of its name that owns its fields:
//
//   - link: the socket, how it is connected, stopped and waited for (pair.go:
//     answer and event are waited for together where that is sound; guess.go:
//     reads that would find nothing are left out; goruntime.go: long waits).
//   - inbox: the read buffer, and which of its bytes may move.
//   - outbox: the write buffer, and the request in it (request.go has the bytes
//     of each request, one function each).
//   - message: one HTTP message read, and where it lies in the inbox.
//
// next.go and post.go are the two verbs, and the files to read first; fetch.go has
// the two GETs that bring no event. The event
// stays where it is, unchanged, until its response has been accepted: a handler
// may return a slice of it, and a response may have to be sent twice. Then what
// has come of the next event moves to the front, which is some kilobytes at the
// most: after a longer event only the answer is read.
package wire
