package parse

import (
	"errors"

	"github.com/minlambda/minlambda/internal/ascii"
)

// MaxHead is the most bytes that a head may take, interim heads included. Without a limit a server
// that never ends its head would grow the buffer until memory is full. The largest head that Lambda
// sends is a few kilobytes: the client context is at most 3,583 bytes (AWS Lambda API reference,
// Invoke), and the other headers together take less than one kilobyte. 64 KiB is more than ten
// times that.
const MaxHead = 64 << 10

// The faults of a head. Parse returns one of these unwrapped. [Head.Fault] says where it was found.
var (
	ErrStatusLine = errors.New("status line is not HTTP/1.0 or HTTP/1.1 and a three-digit " +
		"status")
	ErrLineEnd          = errors.New("line does not end with CRLF")
	ErrControl          = errors.New("control character")
	ErrFolded           = errors.New("folded header line")
	ErrFieldName        = errors.New("header line has no valid name before a colon")
	ErrHeadSize         = errors.New("head is longer than 65536 bytes")
	ErrInterim          = errors.New("switches protocols")
	ErrLength           = errors.New("Content-Length is not a decimal number")
	ErrLengths          = errors.New("two different Content-Lengths")
	ErrTooLarge         = errors.New("body is over the limit")
	ErrTransferEncoding = errors.New("Transfer-Encoding is not a single chunked")
	ErrBodiless         = errors.New("status 204 with a body")
	ErrID               = errors.New("request ID has a character other than" +
		" visible ASCII without / ? # %")
	ErrIDs = errors.New("two different IDs")
)

// A Head is the head of one message: what Parse has found in it, and how far Parse has got. Call
// Reset before the first Parse of each message.
//
// All offsets count from the start of the buffer given to Parse.
type Head struct {
	Status       int  // three digits, 200 to 999; interim (1xx) heads are skipped
	Length       int  // of the body, in bytes; -1 if chunked, or if it ends with the connection
	Chunked      bool // the body is chunked, whatever Content-Length says
	Close        bool // the connection must not be used after this message
	Unfit        bool // InvocationID has a byte that a request must not carry
	RequestID    Span // the value of Lambda-Runtime-Aws-Request-Id; empty if absent
	InvocationID Span // the value of Lambda-Runtime-Invocation-Id; empty if absent
	Start        int  // where this head begins: after the interim heads
	End          int  // where it ends: after its empty line
	Fault        Span // after an error: the line, or the part of it, that is at fault

	maxBody         int
	line            int  // start of the line being read
	scan            int  // all bytes before this have been searched
	inFields        bool // the status line has been read
	http10          bool
	keepAlive       bool
	hasRequestID    bool // the header was there, perhaps with an empty value
	hasInvocationID bool

	// LengthText is the value of the first Content-Length; empty if there is none. It does not
	// count if the body is chunked.
	LengthText Span
}

// Reset prepares h for a new message, whose body may have at most maxBody bytes.
func (h *Head) Reset(maxBody int) {
	*h = Head{Length: -1, maxBody: maxBody}
}

// Parse reads the head at the start of b. On each further call b holds the same bytes and perhaps
// more; Parse does not search twice what it has searched. It returns the offset after the empty
// line that ends the head; 0 without an error means that the head is not complete. After an error
// or a complete head, h must be Reset. Parse only reads b, and does not keep it.
//
// Every cut of the same bytes gives the same result. For that, faults have an order: the first line
// at fault wins; within a line its characters come first, then its end, then its meaning.
func (h *Head) Parse(b []byte) (n int, err error) {
	large := len(b) > MaxHead
	if large {
		b = b[:MaxHead]
	}
	start, scan := h.line, h.scan
	for {
		which, nameLen := unknown, 0
		switch line := b[start:]; {
		case !h.inFields:
			if isOK(line) {
				h.Status, h.inFields, h.Start = 200, true, start
				start += okLen
				scan = start
				continue
			}
			if bad := statusMismatch(line); bad != 0 {
				return 0, h.fault(ErrStatusLine, start, start+bad)
			}
		case len(line) > 1 && line[0] == '\r' && line[1] == '\n':
			start += 2
			if n, err = h.finish(start); n != 0 || err != nil {
				return n, err
			}
			scan = start
			continue
		default:
			if which, nameLen = knownField(line); nameLen != 0 {
				scan = max(scan, start+nameLen) // the name's characters need not be checked again
			}
		}
		end := lineEnd(b, scan)
		if end+1 >= len(b) && (end == len(b) || b[end] == '\r') {
			if large {
				return 0, h.fault(ErrHeadSize, start, end)
			}
			h.line, h.scan = start, end
			return 0, nil
		}
		if b[end] != '\r' || b[end+1] != '\n' {
			if b[end] == '\r' || b[end] == '\n' {
				return 0, h.fault(ErrLineEnd, start, end+1)
			}
			return 0, h.fault(ErrControl, start, end+1)
		}
		if which != unknown || nameLen == 0 {
			if h.inFields {
				err = h.field(b, start, end, which, nameLen)
			} else {
				err = h.statusLine(b, start, end)
			}
			if err != nil {
				return 0, err
			}
		}
		start, scan = end+2, end+2
	}
}

func (h *Head) fault(err error, start, end int) error {
	h.Fault = Span{start, end}
	return err
}

// okLen is the length of the status line of every event.
const okLen = len("HTTP/1.1 200 OK\r\n")

// isOK reports whether b begins with that line.
func isOK(b []byte) bool {
	return len(b) >= okLen && string(b[:8]) == "HTTP/1.1" && string(b[8:okLen]) == " 200 OK\r\n"
}

// statusMismatch returns the length of the shortest prefix of line that no HTTP/1.0 or HTTP/1.1
// status line begins with; 0 if line may still become one.
func statusMismatch(line []byte) int {
	const want = "HTTP/1."
	if len(line) > len(want) && string(line[:len(want)]) == want && line[len(want)]|1 == '1' {
		return 0
	}
	for i, c := range line {
		if i == len(want) || c != want[i] {
			return i + 1
		}
	}
	return 0
}

// statusLine reads version and status. The reason phrase may be empty. The space before it may be
// missing: RFC 9112 section 4 demands it, but servers leave it out.
func (h *Head) statusLine(b []byte, start, end int) error {
	const digits = len("HTTP/1.1 ")
	line := b[start:end]
	if len(line) < digits+3 || line[digits-1] != ' ' ||
		len(line) > digits+3 && line[digits+3] != ' ' {
		return h.fault(ErrStatusLine, start, end)
	}
	status := 0
	for _, c := range line[digits : digits+3] {
		if c < '0' || c > '9' {
			return h.fault(ErrStatusLine, start, end)
		}
		status = status*10 + int(c-'0')
	}
	if status < 100 {
		return h.fault(ErrStatusLine, start, end)
	}
	if status == 101 {
		return h.fault(ErrInterim, start, end)
	}
	h.Status, h.http10, h.inFields = status, line[digits-2] == '0', true
	h.Start = start
	return nil
}

// field reads one header line.
func (h *Head) field(b []byte, start, end int, which headerName, nameLen int) error {
	if nameLen == 0 {
		if c := b[start]; c == ' ' || c == '\t' {
			return h.fault(ErrFolded, start, end)
		}
		nameLen = fieldName(b[start:end])
		if nameLen == 0 {
			return h.fault(ErrFieldName, start, end)
		}
		which = fieldByLength(b[start : start+nameLen])
	}
	if which == unknown {
		return nil
	}
	v := trim(b, start+nameLen+1, end)
	switch which {
	case connection:
		h.connection(v.Of(b))
	case contentLength:
		return h.length(b, v)
	case transferEncoding:
		return h.transferEncoding(b, v)
	case invocationID:
		return h.keepInvocationID(b, v)
	case requestID:
		return h.keepRequestID(b, v)
	}
	return nil
}

// length reads a Content-Length (RFC 9110 section 8.6). The same value twice is accepted as one
// length. A list of values, "5, 5", is refused, although that section lets a recipient accept it.
// The same rules hold for a chunked message, where the length does not count: no good sender writes
// a bad length.
func (h *Head) length(b []byte, v Span) error {
	if h.LengthText.End != 0 {
		if string(v.Of(b)) != string(h.LengthText.Of(b)) {
			return h.fault(ErrLengths, v.Start, v.End)
		}
		return nil
	}
	n, ok := ascii.Decimal(v.Of(b), int64(h.maxBody))
	if !ok {
		return h.fault(ErrLength, v.Start, v.End)
	}
	if n < 0 {
		return h.fault(ErrTooLarge, v.Start, v.End)
	}
	h.Length, h.LengthText = int(n), v
	return nil
}

// transferEncoding accepts a single "chunked" and nothing else. Another coding could not be undone
// here, and two readers may read a list differently (RFC 9112 section 6.1). The same section says
// that an HTTP/1.0 server that sends this header must not be trusted with framing at all.
func (h *Head) transferEncoding(b []byte, v Span) error {
	if h.Chunked || h.http10 || !ascii.EqualFold(v.Of(b), "chunked") {
		return h.fault(ErrTransferEncoding, v.Start, v.End)
	}
	h.Chunked = true
	return nil
}

// connection reads a list of connection options (RFC 9110 section 7.6.1).
func (h *Head) connection(list []byte) {
	for start, end := 0, 0; end < len(list); start = end + 1 {
		for end = start; end < len(list) && list[end] != ','; end++ {
		}
		option := trim(list, start, end).Of(list)
		switch {
		case ascii.EqualFold(option, "close"):
			h.Close = true
		case ascii.EqualFold(option, "keep-alive"):
			h.keepAlive = true
		}
	}
}

// keepRequestID keeps the span of the request ID. It will be copied into the path of a request, so
// a character that could end the path, or make it another path, is refused. Two IDs that differ are
// refused as well: which one would be answered?
func (h *Head) keepRequestID(b []byte, v Span) error {
	if !safeID(v.Of(b)) {
		return h.fault(ErrID, v.Start, v.End)
	}
	if h.hasRequestID && string(h.RequestID.Of(b)) != string(v.Of(b)) {
		return h.fault(ErrIDs, v.Start, v.End)
	}
	h.RequestID, h.hasRequestID = v, true
	return nil
}

// keepInvocationID keeps the span of the invocation ID, which will be copied into the head of a
// request. There it may have every character that a header's value may have (RFC 9110 section 5.5),
// except obs-text, which the same section tells senders not to send. It may be base64, for
// instance. Two IDs that differ are refused.
func (h *Head) keepInvocationID(b []byte, v Span) error {
	if h.hasInvocationID && string(h.InvocationID.Of(b)) != string(v.Of(b)) {
		return h.fault(ErrIDs, v.Start, v.End)
	}
	h.InvocationID, h.hasInvocationID, h.Unfit = v, true, !isASCII(v.Of(b))
	return nil
}

// finish ends the head at offset end. If it was an interim head, finish begins the next one there
// and returns 0.
func (h *Head) finish(end int) (n int, err error) {
	if h.Status < 200 { // RFC 9110 section 15.2: any number of interim heads may come first
		h.Reset(h.maxBody)
		h.Start = end
		return 0, nil
	}
	if h.Chunked && h.LengthText.End != 0 {
		// Chunked counts (RFC 9112 section 6.3, point 3). Proxies that copy the coding and add a
		// length mean no harm. But if a reader before or after us believes the length, what follows
		// is not the next message.
		h.Length, h.Close = -1, true
	}
	if h.Status == 204 { // RFC 9110 sections 6.4.1 and 8.6: neither body nor length
		if h.Chunked || h.Length > 0 {
			return 0, h.fault(ErrBodiless, h.Start, end)
		}
		h.Length = 0
	}
	if h.Status == 304 { // the same sections: its framing describes a body that it does not have
		h.Length, h.Chunked = 0, false
	}
	if h.http10 && !h.keepAlive {
		h.Close = true // RFC 9112 section 9.3
	}
	h.End = end
	return h.End, nil
}
