package main

import (
	"context"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdatest"
	"github.com/minlambda/minlambda/typed"
)

var codecs = map[string]typed.Codec{"go-json": GoJSON{}}

// Each codec reads events and writes responses; an event that it refuses, or a response, is that
// invocation's error, and what was read does not change when the loop overwrites the event.
func TestCodecs(t *testing.T) {
	for name, codec := range codecs {
		t.Run(name, func(t *testing.T) {
			var kept []Event
			handler := typed.New(func(ctx context.Context, in Event) (any, error) {
				kept = append(kept, in)
				if in.Name == "chan" {
					return make(chan int), nil
				}
				return greet(ctx, in)
			}, typed.WithCodec(codec))
			api := lambdatest.NewServer()
			defer api.Close()
			ctx, stop := context.WithTimeout(context.Background(), time.Minute)
			done := make(chan struct{})
			go func() {
				defer close(done)
				(&minlambda.Loop{API: api.Addr(), Invoke: handler, Poison: true}).Run(ctx)
			}()
			for range 3 {
				for event, want := range map[string]string{
					`{"name":"<Ada>"}`: `{"greeting":"Hello, <Ada>!"}`,
					`{"name":`:         "", `{"name":"A"}x`: "", ``: "", `{"name":"chan"}`: "",
				} {
					r, err := api.Queue(lambdatest.Event{Payload: []byte(event)}).Wait(ctx)
					if err != nil || string(r.Body) != want || (r.Err != nil) != (want == "") {
						t.Errorf("%s: ended with %s, %v, %v", event, r.Body, r.Err, err)
					}
				}
			}
			stop()
			<-done
			for _, e := range kept {
				if e.Name != "<Ada>" && e.Name != "chan" {
					t.Errorf("kept %q", e.Name)
				}
			}
		})
	}
}
