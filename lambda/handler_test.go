package lambda_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/minlambda/minlambda/lambda"
)

type order struct {
	Name string          `json:"name"`
	N    int             `json:"n"`
	Raw  json.RawMessage `json:"raw"`
	Any  any             `json:"any"`
}

// What a decoder has read before changes nothing: whatever events come, from several goroutines
// too, each is what a new decoder makes of it, value and error, offsets in errors among them.
func TestDecoderIsUsedAgain(t *testing.T) {
	t.Parallel()
	var seen sync.Map // each goroutine's last
	type key struct{}
	h := lambda.NewHandlerWithOptions(func(ctx context.Context, in order) error {
		seen.Store(ctx.Value(key{}), in)
		return nil
	}, lambda.WithDisallowUnknownFields(true))
	pieces := []string{`{"name":"Ada"}`, `{"name":"`, `"}`, `{"n":7}`, `{"n":"7"}`, " ", "\n", "x",
		`{`,
		`}`, `{"raw":[1,2 ]}`, `{"any":{"a":[1]}}`, "7", "null", `{"other":1}`, "", "\xff", `"`,
		`{"name":"` + strings.Repeat("y", 3000) + `"}`,
		`{"name":"` + strings.Repeat("z", 300_000) + `"}`}
	var group sync.WaitGroup
	for id := range 4 {
		group.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(id)))
			ctx := context.WithValue(t.Context(), key{}, id)
			for range 300 {
				var event []byte
				for range random.IntN(4) {
					event = append(event, pieces[random.IntN(len(pieces))]...)
				}
				given := bytes.Clone(event)
				var want order
				d := json.NewDecoder(bytes.NewReader(event))
				d.DisallowUnknownFields()
				wantErr := d.Decode(&want)
				_, err := h.Invoke(ctx, event)
				if !reflect.DeepEqual(err, wantErr) {
					t.Errorf("%.100q: %#v, want %#v", event, err, wantErr)
				}
				if got, _ := seen.Load(id); wantErr == nil && !reflect.DeepEqual(got, want) {
					t.Errorf("%.100q: %+v, want %+v", event, got, want)
				}
				if !bytes.Equal(event, given) {
					t.Errorf("the event has changed: %.100q", event)
				}
			}
		})
	}
	group.Wait()
}

// What Invoke returns is the caller's: no later invocation changes it.
func TestResponsesAreTheCallers(t *testing.T) {
	t.Parallel()
	h := lambda.NewHandler(func(s string) (any, error) {
		switch s {
		case "fail":
			return nil, errors.New("failed")
		case "read":
			return strings.NewReader("read"), nil
		}
		return s, nil
	})
	var got [][]byte
	for _, s := range []string{`"first"`, `"fail"`, `"secnd"`, `"read"`, `"third"`} {
		b, _ := h.Invoke(t.Context(), []byte(s))
		got = append(got, b)
	}
	if s := string(bytes.Join(got, []byte(" "))); s != `"first"  "secnd" read "third"` {
		t.Errorf("they are %s", s)
	}
	if got[1] != nil {
		t.Errorf("with an error came %q", got[1])
	}
}

type closing struct {
	io.Reader
	closed *int
}

func (closing) MarshalJSON() ([]byte, error) { return nil, errors.New("a reader") }
func (c closing) Close() error               { *c.closed++; return nil }

// Invoke closes what it has read, also if reading has failed.
func TestInvokeCloses(t *testing.T) {
	t.Parallel()
	closed := 0
	broken := io.MultiReader(strings.NewReader("a"), failing{})
	h := lambda.NewHandler(func(fail bool) (io.Reader, error) {
		if fail {
			return closing{broken, &closed}, nil
		}
		return closing{strings.NewReader("fine"), &closed}, nil
	})
	b, err := h.Invoke(t.Context(), []byte("false"))
	if string(b) != "fine" || err != nil || closed != 1 {
		t.Errorf("%q, %v, closed %d times", b, err, closed)
	}
	b, err = h.Invoke(t.Context(), []byte("true"))
	if b != nil || err != errFailing || closed != 2 {
		t.Errorf("%q, %v, closed %d times", b, err, closed)
	}
}

var errFailing = errors.New("failing")

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errFailing }

// A panic comes out of Invoke, as of a call of the handler; the Handler can be used again.
func TestInvokePanics(t *testing.T) {
	t.Parallel()
	h := lambda.NewHandler(func(s string) (string, error) {
		if s == "panic" {
			panic(s)
		}
		return s, nil
	})
	func() {
		defer func() {
			if v := recover(); v != "panic" {
				t.Errorf("recovered %v", v)
			}
		}()
		h.Invoke(t.Context(), []byte(`"panic"`))
	}()
	if b, err := h.Invoke(t.Context(), []byte(`"a"`)); string(b) != `"a"` || err != nil {
		t.Errorf("%q, %v", b, err)
	}
}
