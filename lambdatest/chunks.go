package lambdatest

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

const (
	// MaxStream is the largest streamed response, in bytes, that Lambda accepts: 200 MB (AWS's page
	// "Lambda quotas"). AWS's emulator, which does not stream to its callers, accepts MaxBody.
	MaxStream = 200 << 20

	// maxTrailers is what Go's net/http takes of trailers: as many as fit in its buffer.
	maxTrailers = 4 << 10

	// maxLine is the longest line of a chunked body.
	maxLine = 4 << 10
)

// chunked is whether the body of the request comes in chunks.
func (q *request) chunked() bool {
	coding := q.parsed.TransferEncoding
	return len(coding) == 1 && coding[0] == "chunked"
}

// readChunks reads a chunked body (RFC 9112, 7.1) chunk by chunk, and hands each on, which net/http
// would not: where one ends matters to readers of preludes, and when it came to readers of streams.
func (q *request) readChunks() error {
	defer func() { q.At, q.Body = time.Now(), join(q.chunks) }()
	for total := 0; ; {
		line, err := q.line()
		if err != nil {
			return err
		}
		digits, _, _ := strings.Cut(line, ";")
		size, err := strconv.ParseUint(strings.TrimRight(digits, " \t"), 16, 31)
		if err != nil { // ParseUint takes no sign, no prefix and no underscore here
			return fmt.Errorf("chunk size %.40q", line)
		}
		if size == 0 {
			q.Trailer, err = q.readTrailers()
			return err
		}
		if total += int(size); total > MaxStream {
			q.tooLarge, q.chunks = true, nil
			_, err = io.CopyN(io.Discard, q.raw, int64(size))
		} else {
			err = q.readChunk(int(size))
		}
		if err != nil {
			return noEnd(err)
		}
		if end, err := q.line(); err != nil || end != "" {
			return errors.Join(err, fmt.Errorf("%.40q after a chunk", end))
		}
	}
}

// readChunk reads the data of a chunk. Of one that is cut it keeps what came.
func (q *request) readChunk(size int) error {
	chunk := make([]byte, size)
	n, err := io.ReadFull(q.raw, chunk)
	if n > 0 {
		q.chunks = append(q.chunks, chunk[:n])
		if q.to != nil {
			q.to.arrival.add(chunk[:n:n])
		}
	}
	return err
}

// line reads a line of the framing.
func (q *request) line() (string, error) {
	var line []byte
	for len(line) < maxLine {
		c, err := q.raw.ReadByte()
		if err != nil {
			return "", noEnd(err)
		}
		if line = append(line, c); c == '\n' {
			text, ok := strings.CutSuffix(string(line), "\r\n")
			if !ok {
				return "", fmt.Errorf("bare LF after %.40q", line)
			}
			return text, nil
		}
	}
	return "", fmt.Errorf("a line of more than %d bytes", maxLine)
}

// noEnd is the error of a body whose end did not come.
func noEnd(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
