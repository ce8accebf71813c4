package lambda

import (
	"bytes"
	"encoding/json"
	"reflect"
)

// A codec is encoding/json for one invocation at a time: a decoder and an encoder that are used
// again, and where the one reads and the other writes.
type codec struct {
	f       *function
	decoder *json.Decoder
	source  bytes.Reader
	encoder *json.Encoder
	out     buffer
}

// keep is how many bytes of an event or a response a codec may have seen, and be used again: what
// it has grown to stays in memory.
const keep = 256 << 10

type buffer []byte

func (b *buffer) Write(p []byte) (int, error) {
	*b = append(*b, p...)
	return len(p), nil
}

func (f *function) newCodec() *codec {
	c := &codec{f: f}
	c.encoder = json.NewEncoder(&c.out)
	c.encoder.SetEscapeHTML(f.escapeHTML)
	c.encoder.SetIndent(f.prefix, f.indent)
	return c
}

// putBack gives the codec to the next invocation. A handler that panics keeps it.
func (c *codec) putBack() {
	if cap(c.out) <= keep {
		c.out = c.out[:0]
		c.f.codecs.Put(c)
	}
}

func (f *function) newDecoder(c *bytes.Reader) *json.Decoder {
	d := json.NewDecoder(c)
	if f.useNumber {
		d.UseNumber()
	}
	if f.knownOnly {
		d.DisallowUnknownFields()
	}
	return d
}

// decode makes a value of the type of the first value in the event. What comes after that is not
// looked at, as in aws-lambda-go.
func (c *codec) decode(event []byte, of reflect.Type) (reflect.Value, error) {
	if c.decoder == nil {
		c.decoder = c.f.newDecoder(&c.source)
	}
	// The decoder keeps what comes after the value, white space too, and would take it for the
	// beginning of the next event. So the white space is left out, and a decoder that has anything
	// else left is not used again; nor is one that has failed, which it would do for ever, nor one
	// with the memory of a large event.
	text := bytes.TrimRight(event, " \t\r\n")
	before := c.decoder.InputOffset()
	c.source.Reset(text)
	v := reflect.New(of)
	err := c.decoder.Decode(v.Interface())
	if err != nil || len(event) > keep || c.decoder.InputOffset()-before != int64(len(text)) {
		c.decoder = nil
	}
	if err != nil {
		// Once more and from the beginning: offsets in errors count from there, and white space
		// that was left out may be what is wrong.
		c.source.Reset(event)
		v = reflect.New(of)
		err = c.f.newDecoder(&c.source).Decode(v.Interface())
	}
	c.source.Reset(nil)
	return v.Elem(), err
}

// encode writes v into c.out. A line end after it is only left where the response is indented.
func (c *codec) encode(v any) error {
	c.out = c.out[:0]
	if err := c.encoder.Encode(v); err != nil {
		c.out = c.out[:0]
		return err
	}
	if c.f.prefix == "" && c.f.indent == "" {
		c.out = c.out[:len(c.out)-1]
	}
	return nil
}
