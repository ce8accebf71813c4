package micro

import (
	"bytes"
	stdjson "encoding/json"
	"os"
	"testing"

	gojson "github.com/goccy/go-json"
	"github.com/minlambda/minlambda/lambdajson"
)

// A responder turns an event into a response, which is good until its next call.
type responder func(event []byte) (response []byte, err error)

// An event, and the response to it: up to five of its fields, decoded, and written as JSON again.
type event struct {
	name     string
	bytes    []byte
	response string

	minlambda lambdajson.Handler
	structs   func(codec) responder
}

func events(tb testing.TB) []event {
	return []event{
		{"greeting", []byte(`{"name":"Ada"}`),
			`{"greeting":"Hello, Ada!"}`,
			newGreeter(), typed(greet)},
		{"apigateway-v2", example(tb, "apigateway-v2"),
			`{"name":"Ada","lang":"en,fr","path":"/greeting/Ada",` +
				`"from":"203.0.113.7","at":1795512600000}`,
			pickGateway, typed((*gatewayEvent).pick)},
		{"function-url", example(tb, "function-url"),
			`{"method":"POST","path":"/orders",` +
				`"body":"{\"sku\":\"tea-500g\",\"quantity\":2,\"n\":1}",` +
				`"from":"198.51.100.23","at":1795512672000}`,
			pickURL, typed((*urlEvent).pick)},
		{"s3", example(tb, "s3"),
			`{"objects":[{"event":"ObjectCreated:Put","bucket":"pictures-in",` +
				`"key":"2026/11/tea+house+%281%29.jpg","size":482913}]}`,
			pickS3, typed((*s3Event).pick)},
		{"sqs", example(tb, "sqs"),
			`{"messages":[` +
				`{"id":"5b0e8a14-7f3c-4c0d-9d6e-2a1f4b7c8d90",` +
				`"body":"{\"order\":1001,\"state\":\"paid\"}",` +
				`"received":"1","source":"checkout"},` +
				`{"id":"c8d1f2e3-0a4b-4f5c-8e6d-7b8a9c0d1e2f",` +
				`"body":"{\"order\":1002,\"state\":\"shipped\",\"note\":\"héllo ✓\"}",` +
				`"received":"3","source":""}]}`,
			pickSQS, typed((*sqsEvent).pick)},
	}
}

// example returns one of examples/events without its white space, as Lambda would send it.
func example(tb testing.TB, name string) []byte {
	tb.Helper()
	var compact bytes.Buffer
	b, err := os.ReadFile("../../examples/events/" + name + ".json")
	if err == nil {
		err = stdjson.Compact(&compact, b)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return compact.Bytes()
}

// A codec reads into structs and writes them.
type codec struct {
	name      string
	unmarshal func(data []byte, v any) error
	marshal   func(v any) ([]byte, error)
}

// codecs are encoding/json, go-json, and encoding/json/v2 if it is there. Of the fast ones it is
// go-json because that needs no other module, builds for every system that we build for, and links
// with jsonv2 too.
var codecs = []codec{
	{"encoding-json", stdjson.Unmarshal, stdjson.Marshal},
	{"go-json", gojson.Unmarshal, gojson.Marshal},
}

// A library answers one kind of event.
type library struct {
	name    string
	respond responder
}

func (l library) work() work {
	return work{l.name, func(event []byte) error { _, err := l.respond(event); return err }}
}

// libraries returns ours, exactly as the loop runs it, and the codecs.
func (e *event) libraries() []library {
	h, dst := lambdajson.New(e.minlambda), []byte(nil)
	all := []library{{"minlambda", func(event []byte) ([]byte, error) {
		var err error
		dst, err = h(dst[:0], event)
		return dst, err
	}}}
	for _, c := range codecs {
		all = append(all, library{c.name, e.structs(c)})
	}
	return all
}

// TestResponses: the same work, and so the same responses, byte for byte.
func TestResponses(t *testing.T) {
	for _, e := range events(t) {
		for _, l := range e.libraries() {
			for range 2 {
				got, err := l.respond(e.bytes)
				if err != nil || string(got) != e.response {
					t.Errorf("%s: %s: error %v, response\n%s\nwant\n%s", l.name, e.name, err, got,
						e.response)
				}
			}
			if got, err := l.respond(e.bytes[:len(e.bytes)/2]); err == nil {
				t.Errorf("%s: %s: half the event is answered with %s", l.name, e.name, got)
			}
		}
	}
}

func BenchmarkJSON(b *testing.B) {
	for _, e := range events(b) {
		for _, l := range e.libraries() {
			b.Run("event="+e.name+"/lib="+l.name, func(b *testing.B) {
				bench(b, l.work(), e.bytes, len(e.bytes))
			})
		}
	}
}
