package lambdajson_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/internal/race"
	"github.com/minlambda/minlambda/lambdajson"
	"github.com/minlambda/minlambda/pool"
	"github.com/valyala/fastjson"
)

type makeValue = func(a *fastjson.Arena) *fastjson.Value

func number(text string) makeValue {
	return func(a *fastjson.Arena) *fastjson.Value { return a.NewNumberString(text) }
}

func float(f float64) makeValue {
	return func(a *fastjson.Arena) *fastjson.Value { return a.NewNumberFloat64(f) }
}

// A response value that is not JSON fails its invocation with a message that shows it, and the next
// invocation is served.
func TestResponseThatIsNotJSON(t *testing.T) {
	var value makeValue
	s := looptest.Start(t, minlambda.Loop{Handler: lambdajson.New(
		func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
			response := a.NewObject()
			response.Set("x", value(a))
			return response, nil
		})})
	for _, c := range []struct {
		value makeValue
		want  string
	}{
		{float(math.NaN()), `a value at byte 5, found "NaN}"`},
		{float(math.Inf(1)), `a value at byte 5, found "+Inf}"`},
		{float(math.Inf(-1)), `a digit at byte 6, found "Inf}"`},
		{number("abc"), `a value at byte 5, found "abc}"`},
		{number(""), `a value at byte 5, found "}"`},
		{number("01"), `"," or "}" at byte 6, found "1}"`},
		{number("1."), `a digit at byte 7, found "}"`},
		{number("+1"), `a value at byte 5, found "+1}"`},
		{number("0x10"), `"," or "}" at byte 6, found "x10}"`},
		{number("1}"), `the end at byte 7, found "}"`},
		{number("[1"), `"," or "]" at byte 7, found "}"`},
		{number(`"a`), `a closing quote at byte 8, found the end`},
		{number("\"a\nb\""), `an escape in place of a control character at byte 7, found "\nb\"}"`},
		{func(a *fastjson.Arena) *fastjson.Value { return fastjson.MustParse(`[01,NaN]`) },
			`"," or "]" at byte 7, found "1,NaN]}"`},
		{func(a *fastjson.Arena) *fastjson.Value { return fastjson.MustParse(`"\'"`) },
			`one of the escapes \" \\ \/ \b \f \n \r \t \u0000 at byte 6, found "\\'\"}"`},
	} {
		value = c.value
		r := s.Invoke("{}")
		if r.Err == nil {
			t.Errorf("%s was sent", r.Body)
			continue
		}
		want := "response is not JSON: expected " + c.want + ` after "{\"x\":`
		if !strings.HasPrefix(r.Err.Message, want) || r.Err.Type != "Runtime.MarshalError" ||
			r.Header.Get("Lambda-Runtime-Function-Error-Type") != r.Err.Type {
			t.Errorf("ended with %v\nwant %s…", r.Err, want)
		}
		value = number("-1.5e+3")
		if r := s.Invoke("{}"); string(r.Body) != `{"x":-1.5e+3}` {
			t.Fatalf("the next ended with %q, %v", r.Body, r.Err)
		}
	}
}

// A response may be nested as deep as its handler likes, and hold values that another parser has
// read.
func TestResponse(t *testing.T) {
	other := fastjson.MustParse(`{"\u0061":[1.50,"\/\u00e4\u2028\ud83d\ude00"]}`)
	handler := lambdajson.New(func(a *fastjson.Arena, _ *fastjson.Value) (*fastjson.Value, error) {
		list := a.NewArray()
		list.SetArrayItem(0, other)
		list.SetArrayItem(2, a.NewStringBytes([]byte("a\xffb")))
		for range 5000 {
			outer := a.NewArray()
			outer.SetArrayItem(0, list)
			list = outer
		}
		return list, nil
	})
	out, err := handler([]byte("before"), []byte("0"))
	inner := `[{"\u0061":[1.50,"\/\u00e4\u2028\ud83d\ude00"]},null,"a` + "\ufffd" + `b"]`
	want := "before" + nested("[", inner, "]", 5000)
	if err != nil || string(out) != want {
		t.Errorf("became %.100q…, %v", out, err)
	}
}

// An object has one value for a key, however the key is written and whatever was asked before. Get,
// Set and Del use the first of several; the others stay.
func TestKeys(t *testing.T) {
	for _, escaped := range []bool{false, true} {
		event := `{"a":1,"a":2,"b":{"a":3,"a":4},"c":[{"a":5,"a":6},"\"a"]}`
		if escaped {
			event = `{"\u0061":1,"a":2,"b":{"\u0061":3,"a":4},"c":[{"\u0061":5,"a":6},"\"a"]}`
		}
		for _, ask := range []func(v *fastjson.Value){
			func(v *fastjson.Value) {},
			func(v *fastjson.Value) {
				v.Get("missing")
				v.Get("b", "missing")
				v.Get("c", "0", "missing")
			},
			func(v *fastjson.Value) { v.GetObject("b").Visit(func([]byte, *fastjson.Value) {}) },
		} {
			for path, want := range map[string]int{"": 1, "b": 3, "c": 5} {
				err := looked(t, event, func(v *fastjson.Value) {
					ask(v)
					if path != "" {
						v = v.Get(path)
					}
					if path == "c" {
						v = v.Get("0")
					}
					oneValue(t, v, want)
				})
				if err != nil {
					t.Error(err)
				}
			}
		}
	}
}

func oneValue(t *testing.T, v *fastjson.Value, first int) {
	t.Helper()
	if got := v.GetInt("a"); got != first {
		t.Errorf("a is %d, not %d", got, first)
	}
	var seen []int
	v.GetObject().Visit(func(key []byte, v *fastjson.Value) {
		if string(key) == "a" {
			seen = append(seen, v.GetInt())
		}
	})
	if len(seen) != 2 || seen[0] != first || seen[1] != first+1 {
		t.Errorf("Visit sees %d", seen)
	}
	var a fastjson.Arena
	v.Set("a", a.NewNumberInt(7))
	if got := v.GetInt("a"); got != 7 || v.GetObject().Len() < 2 {
		t.Errorf("a is %d after Set, of %d members", got, v.GetObject().Len())
	}
	v.Del("a")
	if got := v.GetInt("a"); got != first+1 {
		t.Errorf("a is %d after Del", got)
	}
	if v.Del("a"); v.Exists("a") {
		t.Error("a exists after the second Del")
	}
}

// Events whose keys have escapes, or whose strings have half a surrogate pair, cost no allocation
// either. Neither do responses that have to be changed.
func TestRareAllocations(t *testing.T) {
	if race.Enabled || pool.Always {
		t.Skip("both allocate on their own")
	}
	handler := lambdajson.New(
		func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
			list := a.NewArray()
			list.SetArrayItem(0, event)
			list.SetArrayItem(1, a.NewString("\xff\x7f\""))
			return list, nil
		})
	dst, event := make([]byte, 0, 1000), []byte(`{"\u0061":"\ud800","b":[{"\u0062":"\udc00"}]}`)
	var out []byte
	run := func() {
		for range 100 {
			var err error
			if out, err = handler(dst, event); err != nil {
				t.Fatal(err)
			}
		}
	}
	run()
	if n := testing.AllocsPerRun(10, run); n != 0 {
		t.Errorf("%v allocations in 100 invocations", n)
	}
	const want = `[{"a":"\ufffd","b":[{"b":"\ufffd"}]},"` + "\ufffd" + `\u007f\""]`
	if string(out) != want || !json.Valid(out) || !utf8.Valid(out) || &out[0] != &dst[:1][0] {
		t.Errorf("became %q, in dst: %v; want %q", out, &out[0] == &dst[:1][0], want)
	}
}

// An InvocationHandler gets the invocation, and its result goes straight into the write buffer.
func TestInvocation(t *testing.T) {
	invoke := lambdajson.NewInvocation(
		func(
			inv *minlambda.Invocation, a *fastjson.Arena, event *fastjson.Value,
		) (*fastjson.Value, error) {
			if event.Exists("fail") {
				return nil, errors.New("it was asked to")
			}
			if event.Exists("null") {
				inv.WriteString("not sent")
				return nil, nil
			}
			deadline, ok := inv.Deadline()
			end, hasEnd := inv.Context().Deadline()
			if !ok || !hasEnd || !deadline.Equal(end) {
				t.Errorf("the deadline is %v, %v, that of the context %v, %v",
					deadline, ok, end, hasEnd)
			}
			response := a.NewObject()
			response.Set("id", a.NewStringBytes(inv.RequestID()))
			response.Set("n", event.Get("n"))
			return response, nil
		})
	s := looptest.Start(t, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		dst := inv.Dst()
		err := invoke(inv)
		if string(inv.Event()) == `{"n":1}` && string(dst[:6]) != `{"id":` {
			t.Errorf("the write buffer begins with %q", dst[:6])
		}
		return err
	}})
	for range 2 {
		p := s.Queue(`{"n":1}`)
		r := s.Result(p)
		if want := `{"id":"` + p.RequestID() + `","n":1}`; string(r.Body) != want {
			t.Errorf("ended with %q, %v; want %s", r.Body, r.Err, want)
		}
		if r := s.Invoke(`{"null":1}`); string(r.Body) != "null" {
			t.Errorf("nil is the response %q, %v", r.Body, r.Err)
		}
		for event, want := range map[string]string{
			`{"fail":1}`: "errorString", `{"n":}`: "Runtime.UnmarshalError",
		} {
			if r := s.Invoke(event); r.Err == nil || r.Err.Type != want {
				t.Errorf("%s ended with %q, %v", event, r.Body, r.Err)
			}
		}
	}
}
