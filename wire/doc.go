// Package wire is the connection to the Runtime API: one keep-alive HTTP/1.1 connection, its read
// buffer and its write buffer, and the bytes of the requests that a runtime makes. Nothing here knows
// JSON, the environment or the time of day.
//
// The package can be imported, for reading and for experiments. The compatibility promise covers
// only the root package and its wings.
//
// A [Conn] is driven in turns: Next reads an event, a handler writes the response into Dst, and
// Respond or Fail sends it. Respond and Fail can send the GET for the next event in the same write.
// Then the answer to the response, the next event, or both in one piece may arrive.
//
// A Conn consists of four nouns. Each has a file of its name and owns its fields:
//
//   - link: the socket, how it is connected, stopped and waited for. pair.go waits for answer and
//     event together where that is sound; guess.go leaves out reads that would find nothing;
//     goruntime.go has long waits.
//   - inbox: the read buffer, and which of its bytes may move.
//   - outbox: the write buffer, and the request in it. request.go has the bytes of each request,
//     one function each.
//   - message: one HTTP message that was read, and where it lies in the inbox.
//
// next.go and post.go are the two verbs, and the files to read first; fetch.go has the two GETs that
// bring no event. The event stays where it is,
// unchanged, until its response has been accepted: a handler may return a slice of it, and a
// response may have to be sent twice. Then the part of the next event that has already arrived
// moves to the front. That is a few kilobytes at most: after a longer event only the answer is
// read.
package wire
