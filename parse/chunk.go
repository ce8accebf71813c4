package parse

import (
	"errors"

	"github.com/minlambda/minlambda/internal/ascii"
)

// Limits on what a chunked body may take besides its data. Without them a sender could attach a
// chunk extension of 4 KB to each byte of data: that costs a thousand times the work of the event.
// Or it could send a line, or a trailer, that never ends: that costs work for ever. The limit on
// the data would not be reached in either case.
const (
	// Each chunk earns 16 bytes of framing, and each byte of data two more. The smallest chunk
	// ("1", CRLF, a byte, CRLF) takes 5 of the 18 that it earns. A chunk with a signature of 80
	// bytes in its extension breaks even at 40 bytes of data. What a chunk takes beyond what it
	// earns adds up, over the whole body, to at most maxExcess. So a body of n bytes in c chunks
	// takes at most 3n + 16c + 16,384 bytes, and c is at most n+1.
	chunkEarns = 16
	byteEarns  = 2
	maxExcess  = 16 << 10

	// A trailer section has a limit of its own, as a head has; Lambda sends none.
	maxTrailer = 4 << 10

	// A size has at most 16 hex digits, leading zeros included: 64 bits.
	maxSizeDigits = 16
)

// The faults of a chunked body. Decode returns one of these unwrapped, or ErrTooLarge, ErrControl,
// ErrFolded or ErrFieldName. [Chunks.Fault] says where it was found.
var (
	ErrChunkSize = errors.New("chunk size is not a hexadecimal number")
	ErrChunkEnd  = errors.New("chunk data is not followed by CRLF")
	ErrChunkLine = errors.New("line of a chunked body does not end with CRLF")
	ErrFrames    = errors.New("chunk framing is over the limit")
	ErrTrailer   = errors.New("trailer is longer than 4096 bytes")
)

// A Chunks decodes one chunked body (RFC 9112 section 7.1) in place: it moves the data together,
// over the framing between the chunks. The data of the first chunk stays where it is. The Runtime
// API sends nearly all bodies as one chunk, so usually no byte moves. Call Reset before the first
// Decode of each body.
//
// All offsets count from the start of the buffer given to Decode.
type Chunks struct {
	Body  Span // the data decoded so far
	Left  int  // bytes of the current chunk still to come; 0 until its size is known
	Fault int  // after an error: the offset of the byte at fault

	maxBody int
	state   chunkState
	length  int // of the current chunk, as far as its size has been read
	digits  int // digits of that size read so far
	frame   int // framing bytes of the current chunk
	excess  int
	trailer int // bytes of the trailer section
}

type chunkState uint8

const (
	inSize       chunkState = iota // at or within a chunk's size
	inExtension                    // after the size's semicolon
	atSizeLF                       // after the CR that ends size and extensions
	inData                         //
	atDataCR                       // after the data
	atDataLF                       //
	atTrailer                      // where a trailer line may begin
	inTrailer                      // within a trailer's name
	inValue                        // after the colon of a trailer line
	atTrailerLF                    //
	atLastLF                       // after the CR of the empty line
	afterTrailer                   // the body is complete
)

// Reset prepares c for a body that begins at offset start and may have at most maxBody bytes of
// data.
func (c *Chunks) Reset(start, maxBody int) {
	*c = Chunks{Body: Span{start, start}, maxBody: maxBody}
}

// Decode decodes what has arrived of the body: the bytes of b from c.Body.End on. It returns the
// offset after the body, where the next message begins. 0 without an error means that more has to
// come: Decode has then used all of b, and the next bytes belong at b[c.Body.End], right after the
// data so far. After an error or a complete body, c must be Reset. Decode does not keep b.
func (c *Chunks) Decode(b []byte) (n int, err error) {
	i := c.Body.End
	for i < len(b) {
		if c.state == inData {
			k := min(c.Left, len(b)-i)
			if c.Body.End == c.Body.Start {
				c.Body = Span{i, i} // no data before this: it may stay where it is
			} else if c.Body.End != i {
				copy(b[c.Body.End:], b[i:i+k])
			}
			c.Body.End += k
			c.Left -= k
			i += k
			if c.Left > 0 {
				return 0, nil
			}
			c.state = atDataCR
			continue
		}
		if n := c.chunkHeader(b[i:]); n > 0 {
			i += n
			continue
		}
		if err := c.frameByte(b[i]); err != nil {
			c.Fault = i
			return 0, err
		}
		i++
		if c.state == afterTrailer {
			return i, nil
		}
	}
	return 0, nil
}

// chunkHeader takes the framing between the data of two chunks in one go, if all of it is there and
// written as servers write it: CRLF, a size without extensions, CRLF. It returns how many bytes
// that were. It returns 0 for anything else, including the last chunk and all faults; frameByte
// handles those. A server that sends a chunk for each of its writes sends hundreds of such headers.
func (c *Chunks) chunkHeader(b []byte) int {
	i := 0
	switch {
	case c.state == atDataCR && len(b) > 2 && b[0] == '\r' && b[1] == '\n':
		i = 2
	case c.state != inSize || c.digits > 0:
		return 0
	}
	const most = 7 // at most 7 digits: such a size fits an int of 32 bits too
	length := 0
	for start := i; ; i++ {
		if i+1 >= len(b) || i-start > most {
			return 0
		}
		digit := ascii.Hex(b[i])
		if digit < 0 {
			break
		}
		length = length<<4 | digit
	}
	if length == 0 || length > c.maxBody-c.Body.Len() || b[i] != '\r' || b[i+1] != '\n' {
		return 0
	}
	i += 2
	// The excess cannot grow here: 13 bytes of framing or less earn at least 18.
	c.excess = max(0, c.excess+c.frame+i-earned(length))
	c.state, c.Left, c.frame = inData, length, 0
	return i
}

// frameByte handles one byte of framing.
func (c *Chunks) frameByte(b byte) error {
	c.frame++
	switch c.state {
	case inSize:
		return c.sizeByte(b)
	case inExtension:
		// A quoted string may hold a semicolon or a quoted quote, but no CR or LF (RFC 9110 section
		// 5.6.4), so the extension ends where the line ends.
		switch {
		case b == '\r':
			c.state = atSizeLF
		case b == '\n':
			return ErrChunkLine
		case b < ' ' && b != '\t' || b == 0x7f:
			return ErrControl
		}
		if c.excess+c.frame > maxExcess+earned(c.length) {
			return ErrFrames
		}
	case atSizeLF:
		if b != '\n' {
			return ErrChunkLine
		}
		c.excess = max(0, c.excess+c.frame-earned(c.length))
		if c.excess > maxExcess { // sizes of many zeros get here without an extension
			return ErrFrames
		}
		if c.length == 0 {
			c.state = atTrailer
			break
		}
		c.state, c.Left = inData, c.length
		c.length, c.digits, c.frame = 0, 0, 0
	case atDataCR:
		if b != '\r' {
			return ErrChunkEnd
		}
		c.state = atDataLF
	case atDataLF:
		if b != '\n' {
			return ErrChunkEnd
		}
		c.state = inSize
	default:
		return c.trailerByte(b)
	}
	return nil
}

const maxInt = int(^uint(0) >> 1)

// earned returns how much framing a chunk of this length may take. It stops growing where it could
// overflow: at 256 MiB, if int has 32 bits.
func earned(length int) int {
	return chunkEarns + byteEarns*min(length, maxInt/8)
}

func (c *Chunks) sizeByte(b byte) error {
	digit := ascii.Hex(b)
	switch {
	case digit >= 0:
	case c.digits > 0 && b == ';':
		c.state = inExtension
		return nil
	case c.digits > 0 && b == '\r':
		c.state = atSizeLF
		return nil
	case c.digits > 0 && b == '\n':
		return ErrChunkLine
	default:
		return ErrChunkSize
	}
	if c.digits++; c.digits > maxSizeDigits {
		return ErrChunkSize
	}
	room := c.maxBody - c.Body.Len()
	// The first comparison keeps the second from overflowing.
	if c.length > room/16 || c.length*16+digit > room {
		return ErrTooLarge
	}
	c.length = c.length*16 + digit
	return nil
}

func (c *Chunks) trailerByte(b byte) error {
	if c.trailer++; c.trailer > maxTrailer {
		return ErrTrailer
	}
	switch c.state {
	case atTrailer:
		switch {
		case b == '\r':
			c.state = atLastLF
		case b == '\n':
			return ErrChunkLine
		case b == ' ' || b == '\t':
			return ErrFolded
		case !tchar[b]:
			return ErrFieldName
		default:
			c.state = inTrailer
		}
	case inTrailer:
		if b == ':' {
			c.state = inValue
		} else if !tchar[b] {
			return ErrFieldName
		}
	case inValue:
		switch {
		case b == '\r':
			c.state = atTrailerLF
		case b == '\n':
			return ErrChunkLine
		case b < ' ' && b != '\t' || b == 0x7f:
			return ErrControl
		}
	case atTrailerLF:
		if b != '\n' {
			return ErrChunkLine
		}
		c.state = atTrailer
	case atLastLF:
		if b != '\n' {
			return ErrChunkLine
		}
		c.state = afterTrailer
	}
	return nil
}
