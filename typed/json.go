package typed

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"
)

// A jsonCodec is encoding/json for one loop: a decoder and an encoder that are
// used again. Each keeps an error for ever, and a decoder the size of its buffer;
// so either is made anew after an error, and the decoder after a large event that
// was followed by small ones only.
type jsonCodec struct {
	decoder *json.Decoder
	encoder *json.Encoder
	source  bytes.Reader // what the decoder reads
	sink    io.Writer    // what the encoder writes to
	most    int          // size of the largest event since the decoder was made
	small   int          // events in a row of less than a quarter of that
}

// A decoder is dropped when for keepFor events in a row a quarter of its memory
// would have done, unless it has only seen events up to keepSize.
const (
	keepFor  = 100
	keepSize = 16 << 10
)

func (j *jsonCodec) decode(event []byte, v any) error {
	j.age(len(event))
	if j.decoder == nil {
		j.decoder = json.NewDecoder(&j.source)
	}
	// What is white space after a value stays in the decoder, and would be counted
	// with the next event. Without it, what is left after the value is something else.
	text := bytes.TrimRight(event, " \t\r\n")
	before := j.decoder.InputOffset()
	j.source.Reset(text)
	err := j.decoder.Decode(v)
	whole := j.decoder.InputOffset()-before == int64(len(text))
	j.source.Reset(nil)
	if err == nil && whole {
		return nil
	}
	j.decoder, j.most, j.small = nil, 0, 0
	return described(event, v, err)
}

// age makes the decoder's memory smaller if it is too large for what comes.
func (j *jsonCodec) age(size int) {
	if size >= j.most/4 {
		j.most, j.small = max(j.most, size), 0
		return
	}
	if j.small++; j.small >= keepFor && j.most > keepSize {
		j.decoder, j.most, j.small = nil, size, 0
	}
}

func (j *jsonCodec) encode(w io.Writer, v any) error {
	j.sink = w
	if j.encoder == nil {
		j.encoder = json.NewEncoder((*sink)(j))
		j.encoder.SetEscapeHTML(false)
	}
	err := j.encoder.Encode(v)
	if err != nil {
		j.encoder = nil
	}
	j.sink = nil
	return err
}

// A sink is what the encoder was made with, once.
type sink jsonCodec

func (s *sink) Write(p []byte) (int, error) { return s.sink.Write(p) }

// described says where in the event something is wrong. Offsets of the decoder
// count from its first event, and from there or from the value, as versions of Go
// differ; so what is wrong with the event is found once more, from its start.
func described(event []byte, v any, err error) error {
	var raw json.RawMessage
	if syntax, ok := json.Unmarshal(event, &raw).(*json.SyntaxError); ok {
		return &eventError{"SyntaxError", "is not JSON", syntax, syntax.Offset, len(event)}
	}
	if again := json.NewDecoder(bytes.NewReader(event)).Decode(v); again != nil {
		err = again
	}
	unfit, ok := err.(*json.UnmarshalTypeError)
	if !ok {
		return err // of a type's own UnmarshalJSON or UnmarshalText
	}
	return &eventError{"UnmarshalTypeError", "does not fit", unfit, unfit.Offset, len(event)}
}

// An eventError is an event that is not what the handler takes. Its type is that
// which aws-lambda-go reports.
type eventError struct {
	kind   string
	what   string
	err    error
	offset int64
	size   int
}

func (e *eventError) Error() string {
	where := "after " + strconv.FormatInt(e.offset, 10) + " of " + strconv.Itoa(e.size) + " bytes"
	if e.size == 0 {
		where = "it is empty"
	}
	return "the event " + e.what + ": " + e.err.Error() + ", " + where
}

func (e *eventError) ErrorType() string { return e.kind }
func (e *eventError) Unwrap() error     { return e.err }
