package lambdajson_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/lambdajson"
	"github.com/valyala/fastjson"
)

func null(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) { return nil, nil }

func same(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) { return event, nil }

// A handler gets the event's value, and its result is the response. What is not JSON does not reach
// the handler, and fails that invocation.
func TestHandler(t *testing.T) {
	var response *fastjson.Value
	calls := 0
	handler := lambdajson.New(
		func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
			calls++
			if event.Exists("nil") {
				return nil, nil
			}
			if event.Exists("fail") {
				return a.NewNull(), errors.New("it was asked to")
			}
			response = a.NewArray()
			response.SetArrayItem(0, event)
			return response, nil
		})
	s := looptest.Start(t, minlambda.Loop{Handler: handler})
	for event, want := range map[string]string{
		`{"a":1}`: `[{"a":1}]`, ` 7 `: `[7]`, `{"nil":1}`: `null`, `null`: `[null]`,
		`123456789012345678901234567890`: `[123456789012345678901234567890]`,
	} {
		if r := s.Invoke(event); string(r.Body) != want || r.Err != nil {
			t.Errorf("%s gave %q, %v; want %s", event, r.Body, r.Err, want)
		}
	}
	calls = 0
	for _, event := range []string{``, `{`, `nonsense`, `{"a":1} 2`, "\xff", `{"a"}`,
		strings.Repeat("[", 1000) + strings.Repeat("]", 1000),
		strings.Repeat(`{"a":`, 100_000)} {
		r := s.Invoke(event)
		if r.Err == nil || r.Err.Type != "Runtime.UnmarshalError" ||
			r.Header.Get("Lambda-Runtime-Function-Error-Type") != "Runtime.UnmarshalError" {
			t.Errorf("%.50q gave %q, %v", event, r.Body, r.Err)
		}
	}
	if calls > 0 {
		t.Errorf("the handler was called %d times", calls)
	}
	if r := s.Invoke(`{"fail":1}`); r.Err == nil || r.Err.Message != "it was asked to" {
		t.Errorf("ended with %q, %v", r.Body, r.Err)
	}
	if r := s.Invoke(`{}`); string(r.Body) != `[{}]` {
		t.Errorf("the next ended with %q, %v", r.Body, r.Err)
	}
	s.Quiet()
}
