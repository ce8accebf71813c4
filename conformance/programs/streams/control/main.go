// Control streams what its events ask for, on aws-lambda-go: from a goroutine of
// its own through a pipe, since a reader is what a handler returns there.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/minlambda/minlambda/conformance/programs/act"
)

// A stream has the content type that the runtime looks for.
type stream struct{ pipe *io.PipeReader }

func (stream) ContentType() string { return "text/plain" }

// MarshalJSON fails: what can be made JSON of is not read.
func (stream) MarshalJSON() ([]byte, error) { return nil, errors.ErrUnsupported }

// Read panics in place of an error that stands for that.
func (s stream) Read(p []byte) (int, error) {
	n, err := s.pipe.Read(p)
	if p, ok := err.(panicked); ok {
		panic(string(p))
	}
	return n, err
}

type panicked string

func (p panicked) Error() string { return string(p) }

func main() { lambda.Start(handle) }

func handle(_ context.Context, event json.RawMessage) (io.Reader, error) {
	r, w := io.Pipe()
	go func() {
		s, err := act.Sent(event, func(piece []byte) error {
			_, err := w.Write(piece)
			return err
		})
		switch {
		case err != nil:
		case s.Panic != nil:
			err = panicked(*s.Panic)
		case s.Fail != nil:
			err = errors.New(*s.Fail)
		}
		w.CloseWithError(err)
	}()
	return stream{r}, nil
}
