package typed_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/lambdatest"
	"github.com/minlambda/minlambda/typed"
)

type order struct {
	ID    int               `json:"id"`
	Name  string            `json:"name"`
	Tags  map[string]string `json:"tags"`
	Raw   json.RawMessage   `json:"raw"`
	Items []item            `json:"items"`
}

type item struct {
	Price float64 `json:"price"`
}

type receipt struct {
	Text string `json:"text"`
}

func greet(_ context.Context, in order) (receipt, error) {
	if in.Name == "" {
		return receipt{}, errors.New("no name")
	}
	return receipt{"Hello, <" + in.Name + ">"}, nil
}

// serve runs the handler against a fake Runtime API, through a socket, until the test ends.
func serve(t testing.TB, invoke func(*minlambda.Invocation) error) *looptest.Session {
	return looptest.Start(t, minlambda.Loop{Invoke: invoke, Poison: true})
}

// answers sends the event, and compares what came of it.
func answers(t *testing.T, s *looptest.Session, event, want string) {
	t.Helper()
	r := s.Invoke(event)
	got := string(r.Body)
	if r.Err != nil {
		got = r.Err.Type + ": " + r.Err.Message
	}
	if !alike(got, want) {
		t.Errorf("%.60q: ended with\n%s\nwant\n%s", event, got, want)
	}
}

var offset = regexp.MustCompile(`after (\d+) of`)

// alike compares errors as versions of encoding/json word them: one names the byte that is wrong
// and another the one before it, or the beginning of the value.
func alike(got, want string) bool {
	at := func(s string) (n int) {
		if m := offset.FindStringSubmatch(s); m != nil {
			n, _ = strconv.Atoi(m[1])
		}
		return n
	}
	distance := at(want) - at(got)
	return offset.ReplaceAllString(got, "") == offset.ReplaceAllString(want, "") &&
		0 <= distance && distance <= 3
}

// alive is "alive" in an invocation.
func alive(ctx context.Context) string {
	if _, ok := typed.FromContext(ctx); !ok {
		return "no invocation"
	}
	return "alive"
}

// Each form of handler is served, with what it does not need left out.
func TestForms(t *testing.T) {
	const isNil = `errorString: typed: the handler is nil`
	for name, c := range map[string]struct {
		invoke func(*minlambda.Invocation) error
		event  string
		want   string
	}{
		"all": {typed.New(func(ctx context.Context, n int) (string, error) {
			return fmt.Sprint(alive(ctx), n), nil
		}), "7", `"alive7"`},
		"NoContext": {typed.New(typed.NoContext(func(n int) (string, error) {
			return fmt.Sprint(n), nil
		})), "7", `"7"`},
		"NoInput": {typed.New(typed.NoInput(func(ctx context.Context) (string, error) {
			return alive(ctx), nil
		})), "not JSON", `"alive"`},
		"NoInput of nothing": {typed.New(typed.NoInput(func(context.Context) (int, error) {
			return 0, nil
		})), "", `0`},
		"NoOutput": {typed.New(typed.NoOutput(func(context.Context, int) error {
			return nil
		})), "7", `null`},
		"NoOutput that fails": {typed.New(typed.NoOutput(func(_ context.Context, n int) error {
			return errors.New(fmt.Sprint(n))
		})), "7", `errorString: 7`},
		"NoError": {typed.New(typed.NoError(func(_ context.Context, n int) string {
			return fmt.Sprint(n)
		})), "7", `"7"`},
		"Task": {typed.New(typed.Task(func(context.Context) error {
			return nil
		})), "", `null`},
		"Task that fails": {typed.New(typed.Task(func(context.Context) error {
			return io.EOF
		})), "x", `errorString: EOF`},
		"nil":            {typed.New[int, int](nil), "7", isNil},
		"NoContext(nil)": {typed.New(typed.NoContext[int, int](nil)), "7", isNil},
		"NoInput(nil)":   {typed.New(typed.NoInput[int](nil)), "7", isNil},
		"NoOutput(nil)":  {typed.New(typed.NoOutput[int](nil)), "7", isNil},
		"NoError(nil)":   {typed.New(typed.NoError[int, int](nil)), "7", isNil},
		"Task(nil)":      {typed.New(typed.Task(nil)), "7", isNil},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.invoke)
			for range 2 {
				answers(t, s, c.event, c.want)
			}
		})
	}
}

// What is not one JSON value of the handler's input is an error that says where, of the type that
// aws-lambda-go gives it; whatever came before, the next event is read from its start.
func TestEvents(t *testing.T) {
	s := serve(t, typed.New(greet))
	const (
		fine, hello = `{"name":"Ada"}`, `{"text":"Hello, <Ada>"}`
		unfit       = `{"name":"Ada","items":[{"price":1},{"price":"2"}]}`
		notJSON     = "SyntaxError: the event is not JSON: "
		doesNotFit  = "UnmarshalTypeError: the event does not fit: "
		end         = notJSON + "unexpected end of JSON input, "
		noName      = "errorString: no name"
	)
	why := json.Unmarshal([]byte(unfit), new(order))
	if !strings.Contains(why.Error(), "items.") {
		t.Errorf("encoding/json does not say which field: %v", why)
	}
	after := " after top-level value, after "
	long := strings.Repeat("x", 1<<20)
	for _, c := range []struct{ name, event, want string }{
		{"fine", fine, hello},
		{"white space around it", " \t\r\n" + fine + "\r\n \t", hello},
		{"long white space after it", fine + strings.Repeat("\n", 5000), hello},
		{"empty", "", end + "it is empty"},
		{"white space", " \n", end + "after 2 of 2 bytes"},
		{"cut", `{"name":"A`, end + "after 10 of 10 bytes"},
		{"garbage", `{"name":Ada}`,
			notJSON + "invalid character 'A' looking for beginning of value, after 9 of 12 bytes"},
		{"garbage after it", fine + ` x`,
			notJSON + "invalid character 'x'" + after + "16 of 16 bytes"},
		{"a second value", fine + fine,
			notJSON + "invalid character '{'" + after + "15 of 28 bytes"},
		{"garbage far after it", fine + strings.Repeat(" ", 5000) + "]",
			notJSON + "invalid character ']'" + after + "5015 of 5015 bytes"},
		{"another type", unfit, doesNotFit + why.Error() + ", after 47 of 50 bytes"},
		{"a list", `[1]`, doesNotFit + "json: cannot unmarshal array into Go value of type " +
			"typed_test.order, after 1 of 3 bytes"},
		{"null", `null`, noName},
		{"nothing of the last", `{}`, noName},
		{"the handler's error", `{"id":1}`, noName},
		{"large", `{"name":"` + long + `"}`, `{"text":"Hello, <` + long + `>"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range 2 { // of which the second is read by a decoder that was made anew
				answers(t, s, c.event, c.want)
				answers(t, s, fine, hello)
				answers(t, s, fine+"\n\n", hello)
			}
		})
	}
}

// Values at the top level end with the event, and each is what encoding/json makes of it.
func TestTopLevelValues(t *testing.T) {
	s := serve(t, typed.New(typed.NoContext(func(in any) (any, error) { return in, nil })))
	for _, v := range []string{`1`, `12.5`, `"a"`, `true`, `null`, `[1,2]`, `{"a":{"b":[]}}`,
		`-0.5`, `"` + strings.Repeat("long ", 1000) + `"`, `7`} {
		for _, event := range []string{v, v + " ", "\n" + v + "\n"} {
			answers(t, s, event, v)
		}
	}
}

// An event that is nested too deep is an error, and not the end of the process.
func TestDepth(t *testing.T) {
	s := serve(t, typed.New(typed.NoContext(func(any) (int, error) { return 1, nil })))
	answers(t, s, strings.Repeat("[", 5000)+strings.Repeat("]", 5000), "1")
	const deep = 1 << 20
	r := s.Invoke(strings.Repeat("[", deep) + strings.Repeat("]", deep))
	if r.Err == nil || r.Err.Type != "SyntaxError" {
		t.Errorf("ended with %s, %v", r.Body, r.Err)
	}
	answers(t, s, "[]", "1")
}

// Every prefix of a good event is an error, and none disturbs the next event.
func TestEveryPrefix(t *testing.T) {
	s := serve(t, typed.New(greet))
	const event = `{"id":1,"name":"Ada","tags":{"a":"b"},"items":[{"price":1.5}]}`
	for n := range len(event) {
		r := s.Invoke(event[:n])
		if r.Err == nil || r.Err.Type != "SyntaxError" {
			t.Fatalf("%s: ended with %s, %v", event[:n], r.Body, r.Err)
		}
		answers(t, s, event, `{"text":"Hello, <Ada>"}`)
	}
}

// What the handler was given is its own: the next events do not change what it has kept, although
// the loop overwrites theirs.
func TestInputIsKept(t *testing.T) {
	var kept []order
	s := serve(t, typed.New(typed.NoOutput(func(_ context.Context, in order) error {
		kept = append(kept, in)
		return nil
	})))
	text := func(n int) string {
		const format = `{"id":%d,"name":"n%[1]d","tags":{"t":"%[1]d"},"raw":"%[1]d",` +
			`"items":[{"price":%[1]d}]}`
		return fmt.Sprintf(format, n)
	}
	for n := range 20 {
		answers(t, s, text(n), "null")
	}
	for n, o := range kept {
		want := fmt.Sprintf(`{%d n%[1]d map[t:%[1]d] "%[1]d" [{%[1]d}]}`, n)
		got := fmt.Sprintf("{%d %s %v %s %v}", o.ID, o.Name, o.Tags, o.Raw, o.Items)
		if got != want {
			t.Errorf("kept %s, want %s", got, want)
		}
	}
}

const tooLarge = "Function.ResponseSizeTooLarge"

type byPointer struct{ n int }

func (p *byPointer) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, " [ %d ] ", p.n), nil }

// The response is what json.Encoder makes of it, without escapes for HTML and without a line end;
// a method of a pointer to it counts. What cannot be written is an error, and the next one can.
func TestResponses(t *testing.T) {
	s := serve(t, typed.New(typed.NoContext(func(what string) (any, error) {
		switch what {
		case "channel":
			return make(chan int), nil
		case "large":
			return strings.Repeat("x", minlambda.MaxResponse-2), nil
		case "too large":
			return strings.Repeat("x", minlambda.MaxResponse-1), nil
		case "raw":
			return json.RawMessage("{\n\"a\":\n1}\n"), nil
		case "bad raw":
			return json.RawMessage("{"), nil
		}
		return map[string]any{"b": "<&>\u2028\n", "a": what}, nil
	})))
	for range 2 {
		answers(t, s, `"x"`, `{"a":"x","b":"<&>\u2028\n"}`)
		answers(t, s, `"channel"`, "UnsupportedTypeError: json: unsupported type: chan int")
		answers(t, s, `"raw"`, `{"a":1}`)
		if r := s.Invoke(`"large"`); r.Err != nil || len(r.Body) != minlambda.MaxResponse {
			t.Errorf("the largest response ended with %d bytes, %v", len(r.Body), r.Err)
		}
		if r := s.Invoke(`"too large"`); r.Err == nil || r.Err.Type != tooLarge {
			t.Errorf("a larger one ended with %d bytes, %v", len(r.Body), r.Err)
		}
		if r := s.Invoke(`"bad raw"`); r.Err == nil || r.Err.Type != "MarshalerError" {
			t.Errorf("a message that is not JSON ended with %s, %v", r.Body, r.Err)
		}
	}
	s = serve(t, typed.New(typed.NoContext(func(n int) (byPointer, error) {
		return byPointer{n}, nil
	})))
	answers(t, s, "5", "[5]")
	if r := s.Invoke("6"); r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("content type %v", r.Header)
	}
}

type closed struct{ when string }

func (c *closed) Error() string     { return "closed " + c.when }
func (c *closed) ErrorType() string { return "Shop.Closed" }

// Errors and panics are those of any loop.
func TestFailures(t *testing.T) {
	handler := typed.New(typed.NoContext(func(what string) (int, error) {
		if what == "panic" {
			panic("no tea")
		}
		return 0, fmt.Errorf("shop: %w", &closed{what})
	}))
	s := serve(t, handler)
	answers(t, s, `"today"`, "Shop.Closed: shop: closed today")
	r := s.Invoke(`"panic"`)
	if r.Err == nil || r.Err.Message != "no tea" || len(r.Err.StackTrace) == 0 {
		t.Errorf("a panic ended with %s, %+v", r.Body, r.Err)
	}
}

// upper is a codec that is not encoding/json.
type upper struct{}

func (upper) Decode(event []byte, v any) error {
	if len(event) == 0 {
		return &closed{"event"}
	}
	*v.(*string) = string(event)
	return nil
}

func (upper) Encode(w io.Writer, v any) error {
	s := *v.(*string)
	if s == "fail" {
		io.WriteString(w, "half of ")
		return errors.New("no encoding")
	}
	for _, piece := range strings.SplitAfter(strings.ToUpper(s), "\n") {
		if n, err := io.WriteString(w, piece); err != nil || n != len(piece) {
			return fmt.Errorf("wrote %d: %w", n, err)
		}
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// An own codec gets the event and what to write to; a line end inside is sent, one at the end not.
func TestCodec(t *testing.T) {
	s := serve(t, typed.New(typed.NoContext(func(in string) (string, error) { return in, nil }),
		typed.WithCodec(upper{})))
	for range 2 {
		answers(t, s, "not JSON", "NOT JSON")
		answers(t, s, "a\n\nb\n", "A\n\nB\n")
		answers(t, s, "", "Shop.Closed: closed event")
		answers(t, s, "fail", "errorString: no encoding")
		if r := s.Invoke(strings.Repeat("x", minlambda.MaxResponse+1)); r.Err == nil ||
			r.Err.Type != tooLarge {
			t.Errorf("a response that is too large ended with %v", r.Err)
		}
	}
}

// The context ends before the function's deadline by the margin, and by half of what is left at
// the most.
func TestMargin(t *testing.T) {
	deadline := time.Now().Add(time.Hour)
	for _, c := range []struct{ margin, least, most time.Duration }{
		{0, 0, 0}, {-time.Hour, 0, 0}, {time.Minute, time.Minute, time.Minute},
		{5 * time.Hour, 25 * time.Minute, 30 * time.Minute},
	} {
		var before time.Duration
		s := serve(t, typed.New(typed.NoInput(func(ctx context.Context) (int, error) {
			end, ok := ctx.Deadline()
			m, _ := typed.FromContext(ctx)
			function, known := m.Deadline()
			if !ok || !known || ctx.Err() != nil {
				return 0, fmt.Errorf("%v, %v, %v", end, function, ctx.Err())
			}
			before = function.Sub(end)
			return 0, nil
		}), typed.WithMargin(c.margin)))
		r := s.Result(s.API.Queue(lambdatest.Event{Deadline: deadline}))
		if r.Err != nil || before < c.least || before > c.most {
			t.Errorf("%v: the context ends %v before the function, %v", c.margin, before, r.Err)
		}
	}
}

// A handler that gives up when its context ends says so before the function's time is over.
func TestGivesUpInTime(t *testing.T) {
	t.Parallel()
	s := serve(t, typed.New(typed.Task(func(ctx context.Context) error {
		<-ctx.Done()
		m, _ := typed.FromContext(ctx)
		if deadline, ok := m.Deadline(); !ok || !time.Now().Before(deadline) {
			return errors.New("too late")
		}
		return ctx.Err()
	}), typed.WithMargin(time.Hour)))
	r := s.Result(s.API.Queue(lambdatest.Event{Deadline: time.Now().Add(4 * time.Second)}))
	if r.Err == nil || r.Err.Message != context.DeadlineExceeded.Error() {
		t.Errorf("ended with %s, %v", r.Body, r.Err)
	}
}
