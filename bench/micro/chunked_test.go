package micro

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http/httputil"
	"strconv"
	"testing"

	"github.com/minlambda/minlambda/parse"
)

// A body is a chunked body: its bytes on the wire, and its data.
type body struct {
	name       string
	wire, data []byte
}

// bodies returns the shortest and the longest body that Lambda's own server sends in chunks: in one
// chunk, as that server sends it, and in many, as the managed service may.
func bodies() []body {
	return []body{
		newBody("2KiB-in-1", 2<<10, 1),
		newBody("64KiB-in-200", 64<<10, 200),
		newBody("6MiB-in-200", 6<<20, 200),
		newBody("6MiB-in-1", 6<<20, 1),
	}
}

// newBody makes data with a prime period, so that a piece in the wrong place shows.
func newBody(name string, size, chunks int) body {
	b := body{name: name, data: make([]byte, size)}
	for i := range b.data {
		b.data[i] = byte('!' + i%89)
	}
	for i := range chunks {
		chunk := b.data[i*size/chunks : (i+1)*size/chunks]
		b.wire = strconv.AppendInt(b.wire, int64(len(chunk)), 16)
		b.wire = append(b.wire, "\r\n"...)
		b.wire = append(b.wire, chunk...)
		b.wire = append(b.wire, "\r\n"...)
	}
	b.wire = append(b.wire, "0\r\n\r\n"...)
	return b
}

// A chunkReader takes the bytes on the wire and returns the data, in a buffer that it uses again.
// Each reader copies the bytes once, as a connection does when it is read: the library into the
// buffer that it decodes in, net/http through a bufio.Reader into the caller's buffer. Copy does
// only that.
type chunkReader struct {
	name string
	read func(wire []byte) (data []byte, err error)
}

func (r chunkReader) work() work {
	return work{r.name, func(wire []byte) error { _, err := r.read(wire); return err }}
}

// chunkReaders returns readers with room for a body of size bytes on the wire.
func chunkReaders(size int) []chunkReader {
	return []chunkReader{minlambdaChunks(size), netHTTPChunks(size), copyChunks(size)}
}

var errChunks = errors.New("the body has no end")

func minlambdaChunks(size int) chunkReader {
	buf := make([]byte, size)
	var c parse.Chunks
	return chunkReader{"minlambda", func(wire []byte) ([]byte, error) {
		b := buf[:copy(buf, wire)]
		c.Reset(0, 32<<20)
		n, err := c.Decode(b)
		if n != len(b) && err == nil {
			err = errChunks
		}
		return c.Body.Of(b), err
	}}
}

func netHTTPChunks(size int) chunkReader {
	var (
		buf = make([]byte, size)
		rd  bytes.Reader
		br  = bufio.NewReader(nil)
	)
	return chunkReader{"nethttp", func(wire []byte) ([]byte, error) {
		rd.Reset(wire)
		br.Reset(&rd)
		chunked := httputil.NewChunkedReader(br)
		for n := 0; ; {
			k, err := chunked.Read(buf[n:])
			n += k
			if err == io.EOF {
				return buf[:n], nil
			}
			if err != nil {
				return nil, err
			}
		}
	}}
}

func copyChunks(size int) chunkReader {
	buf := make([]byte, size)
	return chunkReader{"copy", func(wire []byte) ([]byte, error) {
		return buf[:copy(buf, wire)], nil
	}}
}

func TestChunked(t *testing.T) {
	for _, b := range bodies() {
		before := bytes.Clone(b.wire)
		for _, r := range chunkReaders(len(b.wire)) {
			for range 2 {
				want := b.data
				if r.name == "copy" {
					want = b.wire
				}
				if got, err := r.read(b.wire); err != nil || !bytes.Equal(got, want) {
					t.Errorf(
						"%s: %s: %d bytes, not the %d that were sent, error %v",
						r.name,
						b.name,
						len(got),
						len(want),
						err,
					)
				}
			}
			if _, err := r.read(b.wire[:len(b.wire)/2]); err == nil && r.name != "copy" {
				t.Errorf("%s: %s: no error for half a body", r.name, b.name)
			}
		}
		if !bytes.Equal(b.wire, before) {
			t.Errorf("%s: what was on the wire has changed", b.name)
		}
	}
}

func BenchmarkChunked(b *testing.B) {
	for _, body := range bodies() {
		for _, r := range chunkReaders(len(body.wire)) {
			b.Run("body="+body.name+"/reader="+r.name, func(b *testing.B) {
				bench(b, r.work(), body.wire, len(body.data))
			})
		}
	}
}
