package wire

import "github.com/minlambda/minlambda/internal/ascii"

// Version is the library's, for the User-Agent header, of which the Runtime
// API records the first token as the runtime's release.
const Version = "0.1.0"

const userAgent = "minlambda/" + Version

const (
	// room is kept in the write buffer before the response, for the head of
	// the request: 230 bytes with Lambda's request IDs. A longer head is sent
	// from where it was made.
	room = 512

	// A response that does not lie in the write buffer is copied there up to
	// gather bytes, and left where it is above: BenchmarkGather puts the size
	// from which gathering in the kernel is cheaper at about 32 KB.
	gather = 32 << 10

	api = "/2018-06-01/runtime"
)

const errorField = "Lambda-Runtime-Function-Error-Type: "

func appendGet(b []byte, a *Addr) []byte {
	return add(b, "GET ", a.path, api, "/invocation/next HTTP/1.1\r\nHost: ", a.host, "\r\nUser-Agent: ", userAgent, "\r\n\r\n")
}

// begin starts the head of a POST about the invocation.
func (c *Conn) begin(verb, contentType string) {
	c.head = add(c.head[:0], "POST ", c.addr.path, api, "/invocation/")
	c.head = append(c.head, c.RequestID()...)
	c.head = add(c.head, verb, " HTTP/1.1\r\nHost: ", c.addr.host, "\r\nContent-Type: ", contentType)
	if id := c.event.head.InvocationID; id.Len() > 0 && !c.event.head.Unfit {
		c.head = add(c.head, "\r\nLambda-Runtime-Invocation-Id: ")
		c.head = append(c.head, c.ofHead(id)...)
	}
}

// add appends the parts. Inlined it would be a loop in each of its callers.
//
//go:noinline
func add(b []byte, parts ...string) []byte {
	for _, s := range parts {
		b = append(b, s...)
	}
	return b
}

// finish ends the head, and puts the body into the write buffer if it is there or
// small.
func (c *Conn) finish(body []byte) {
	c.head = add(c.head, "\r\nContent-Length: ")
	c.head = ascii.AppendUint(c.head, uint64(len(body)))
	c.head = add(c.head, "\r\n\r\n")
	if len(body) > 0 && !c.inPlace(body) {
		c.want = room + min(len(body), maxRoom) + len(c.get)
		if len(body) <= gather {
			c.grow(c.out, 0, c.want) // which leaves old memory alone: body may be a slice of it
			body = c.out.B[room : room+copy(c.out.B[room:], body)]
		}
	}
	c.body = body
}

// inPlace reports whether body is what a handler has appended to Dst.
func (c *Conn) inPlace(body []byte) bool {
	return len(body) > 0 && &body[0] == &c.out.B[room]
}
