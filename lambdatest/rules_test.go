package lambdatest

import (
	"fmt"
	"strings"
	"testing"
)

func TestOneInvocation(t *testing.T) {
	s := start(t)
	p := s.Queue(Event{Payload: []byte("in"), InvocationID: "nonce-1"})
	c := dial(t, s)
	c.send(getNext)
	next := c.expect(200)
	if next.body != "in" || c.id(next) != p.RequestID() ||
		next.Header.Get(headerInvocationID) != "nonce-1" {
		t.Fatalf("event %q with headers %v", next.body, next.Header)
	}
	c.send("%s", post(c.id(next), "response",
		"Content-Length-X: 1\r\nLambda-Runtime-Invocation-Id: nonce-1\r\n", "out"))
	if got := c.expect(202); got.body != "{\"status\":\"OK\"}\n" {
		t.Errorf("body of the 202: %q", got.body)
	}
	r := result(t, p)
	if string(r.Body) != "out" || r.Err != nil || r.Status != 202 || r.RequestID != p.RequestID() ||
		r.Streaming || r.ConnID != 1 || r.Header.Get("Content-Length-X") != "1" ||
		r.Sent.IsZero() || r.Received.Before(r.Sent) {
		t.Errorf("result %+v", r)
	}
	blameless(t, s)
}

const tooLargeBody = `{"errorMessage":"Exceeded maximum allowed payload size (6291556 bytes).",` +
	`"errorType":"RequestEntityTooLarge"}` + "\n"

// texts are the messages of Lambda's own emulator.
var texts = map[string]string{
	"InvalidRequestID":            "Invalid request ID",
	"InvokeTimeout":               "Invoke timeout",
	"InvalidFunctionResponseMode": "Invalid function response mode",
}

func TestRefusals(t *testing.T) {
	const mode = "Lambda-Runtime-Function-Response-Mode: "
	tests := []struct {
		name      string
		event     Event
		id        string // "" means the right one
		header    string
		status    int
		kind      string
		violation string // "" means none
	}{
		{"wrong request ID", Event{}, "0000", "", 400, "InvalidRequestID", ""},
		{"invocation ID not repeated", Event{InvocationID: "a"}, "", "", 202, "",
			`invocation ID \[\], the event had "a"`},
		{"invocation ID changed", Event{InvocationID: "a"}, "",
			"Lambda-Runtime-Invocation-Id: A\r\n", 410, "InvokeTimeout", `invocation ID`},
		{"invocation ID empty", Event{InvocationID: "a"}, "", "Lambda-Runtime-Invocation-Id: \r\n",
			410, "InvokeTimeout", `invocation ID \[""\]`},
		{"invocation ID made up", Event{}, "", "Lambda-Runtime-Invocation-Id: a\r\n", 202, "",
			`invocation ID \["a"\], the event had ""`},
		{"bad mode", Event{}, "", mode + "Streaming\r\n", 400, "InvalidFunctionResponseMode",
			"response mode"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := start(t)
			p := s.Queue(test.event)
			c := dial(t, s)
			c.send(getNext)
			right := c.id(c.expect(200))
			id := right
			if test.id != "" {
				id = test.id
			}
			c.send("%s", post(id, "response", test.header, "x"))
			want := `{"status":"OK"}`
			if test.kind != "" {
				want = fmt.Sprintf(`{"errorMessage":%q,"errorType":%q}`,
					texts[test.kind], test.kind)
			}
			if got := c.expect(test.status); got.body != want+"\n" {
				t.Errorf("body %q, want %q", got.body, want)
			}
			if test.violation == "" {
				blameless(t, s)
			} else {
				blamed(t, s, test.violation)
			}
			if test.kind == "" {
				return
			}
			// The state is untouched: the right response is still accepted.
			good := ""
			if test.event.InvocationID != "" {
				good = "Lambda-Runtime-Invocation-Id: " + test.event.InvocationID + "\r\n"
			}
			c.send("%s", post(right, "response", good, "y"))
			c.expect(202)
			if r := result(t, p); string(r.Body) != "y" {
				t.Errorf("result %q", r.Body)
			}
		})
	}
}

func TestSecondResponseAndOldID(t *testing.T) {
	s := start(t)
	s.Queue(Event{})
	c := dial(t, s)
	c.send(getNext)
	id := c.id(c.expect(200))
	c.send("%s", post(id, "response", "", "1"))
	c.expect(202)
	c.send("%s", post(id, "response", "", "2"))
	const from = `{"errorMessage":"State transition from RuntimeResponseSentState to `
	const failed = ` failed for runtime. Error: State transition is not allowed",` +
		`"errorType":"InvalidStateTransition"}` + "\n"
	if a := c.expect(403); a.body != from+"InvocationResponse"+failed {
		t.Errorf("body %q", a.body)
	}
	c.send("%s", post(id, "error", "", "{}"))
	if a := c.expect(403); a.body != from+"InvocationErrorResponse"+failed {
		t.Errorf("body %q", a.body)
	}
	s.Queue(Event{})
	c.send(getNext)
	c.expect(200)
	c.send("%s", post(id, "response", "", "3"))
	c.expect(400)
	blameless(t, s)
}

func TestPostBeforeNext(t *testing.T) {
	s := start(t)
	c := dial(t, s)
	c.send("%s", post("some-id", "response", "", "1"))
	c.expect(400)
}

func TestLargestBody(t *testing.T) {
	s := start(t)
	c := dial(t, s)
	for _, test := range []struct{ size, status int }{{MaxBody, 202}, {MaxBody + 1, 413},
		{0, 202}} {
		p := s.Queue(Event{})
		c.send(getNext)
		id := c.id(c.expect(200))
		c.send("%s", post(id, "response", "", strings.Repeat("x", test.size)))
		a := c.expect(test.status)
		r := result(t, p)
		if r.Status != test.status {
			t.Errorf("%d bytes: status %d in the result", test.size, r.Status)
		}
		if test.status == 202 {
			if len(r.Body) != test.size || r.Err != nil {
				t.Errorf("%d bytes: %d arrived, error %v", test.size, len(r.Body), r.Err)
			}
			continue
		}
		const caller = `{"errorType":"Function.ResponseSizeTooLarge","errorMessage":` +
			`"Response payload size exceeded maximum allowed payload size (6291556 bytes)."}`
		if r.Err == nil || r.Err.Type != "Function.ResponseSizeTooLarge" ||
			string(r.Err.Raw) != caller || r.Body != nil {
			t.Errorf("result of a 413: %v with %s", r.Err, r.Err.Raw)
		}
		if a.body != tooLargeBody {
			t.Errorf("body of the 413: %q", a.body)
		}
		c.send("%s", post(id, "response", "", "again")) // it counts as answered
		c.expect(403)
	}
	blameless(t, s)
}

// An error over 1 MiB is refused, and the invocation goes on: a smaller one is still accepted.
func TestLargestError(t *testing.T) {
	s := start(t)
	c := dial(t, s)
	p := s.Queue(Event{})
	c.send(getNext)
	id := c.id(c.expect(200))
	for _, size := range []int{MaxError + 1, MaxBody + 1} {
		c.send("%s", post(id, "error", "", strings.Repeat(" ", size)))
		if a := c.expect(413); a.body != tooLargeBody {
			t.Errorf("body %q", a.body)
		}
	}
	c.send("%s", post(id, "error", "", strings.Repeat(" ", MaxError-2)+"{}"))
	c.expect(202)
	if r := result(t, p); r.Err == nil || len(r.Err.Raw) != MaxError {
		t.Errorf("result %+v", r)
	}
	got := s.Violations()
	if len(got) != 2 || !strings.HasSuffix(got[1], "/error: more than 1048576 bytes") {
		t.Errorf("violations %q", got)
	}
}

func TestFunctionErrors(t *testing.T) {
	const full = `{"errorMessage":"no \"luck\"","errorType":"MyError",` +
		`"stackTrace":[{"path":"main.go","line":7,"label":"main.main"}]}`
	s := start(t)
	c := dial(t, s)
	for _, test := range []struct{ body, message, kind, path, violation string }{
		{full, `no "luck"`, "MyError", "main.go", ""},
		{`{"errorMessage":"m","errorType":"T","stackTrace":["at main"]}`, "m", "T", "", ""},
		{`{}`, "", "", "", ""},
		{`oops`, "", "", "", "not JSON"},
	} {
		t.Run(test.body, func(t *testing.T) {
			p := s.Queue(Event{})
			c.send(getNext)
			c.send("%s", post(c.id(c.expect(200)), "error",
				"Lambda-Runtime-Function-Error-Type: Function.MyError\r\n", test.body))
			c.expect(202)
			r := result(t, p)
			if r.Err == nil || r.Body != nil {
				t.Fatalf("%s: result %+v", test.body, r)
			}
			path := ""
			if len(r.Err.StackTrace) > 0 {
				path = r.Err.StackTrace[0].Path
			}
			if r.Err.Message != test.message || r.Err.Type != test.kind || path != test.path ||
				string(r.Err.Raw) != test.body {
				t.Errorf("%s: error %+v", test.body, r.Err)
			}
			got := r.Err.Header.Get("Lambda-Runtime-Function-Error-Type")
			if got != "Function.MyError" {
				t.Errorf("error-type header %q", got)
			}
			if test.violation == "" {
				blameless(t, s)
			} else {
				blamed(t, s, test.violation)
			}
		})
	}
}

func TestInitError(t *testing.T) {
	s := start(t)
	if s.InitError() != nil {
		t.Error("an init error before there was one")
	}
	c := dial(t, s)
	c.send("POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: x\r\nContent-Length: 38\r\n\r\n"+
		"%s", `{"errorMessage":"m","errorType":"I.E"}`)
	c.expect(202)
	if got := s.InitError(); got == nil || got.Type != "I.E" || got.Message != "m" {
		t.Errorf("init error %v", got)
	}
	blameless(t, s)
	c.send(getNext)
	const want = `{"errorMessage":"State transition from InitError to Ready failed for runtime. ` +
		`Error: State transition is not allowed","errorType":"InvalidStateTransition"}` + "\n"
	if a := c.expect(403); a.body != want {
		t.Errorf("body %q, want %q", a.body, want)
	}
	blamed(t, s, "after an init error")
}

func TestStreaming(t *testing.T) {
	const head = "Host: x\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n" +
		"Transfer-Encoding: chunked\r\n"
	const chunks = "3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\n"
	tests := []struct {
		name, head, trailers string
		kind, message        string
		violation            string
	}{
		{"ends well",
			"Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n",
			"", "", "", ""},
		{"one trailer declared", "Trailer: Lambda-Runtime-Function-Error-Type\r\n",
			"", "", "", "does not declare both trailers"},
		{"one trailer alone",
			"Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n",
			"Lambda-Runtime-Function-Error-Type: Function.Late\r\n",
			"Function.Late", "", "without the other"},
		{"error in the trailers",
			"Trailer: Lambda-Runtime-Function-Error-Type, lambda-runtime-function-error-body\r\n",
			"Lambda-Runtime-Function-Error-Type: Function.Late\r\n" +
				"Lambda-Runtime-Function-Error-Body: eyJlcnJvck1lc3NhZ2UiOiJtIn0=\r\n",
			"Function.Late", "m", ""},
		{"error in trailers declared by two lines",
			"Trailer: Lambda-Runtime-Function-Error-Type\r\n" +
				"Trailer: Lambda-Runtime-Function-Error-Body\r\n",
			"Lambda-Runtime-Function-Error-Type: Function.Late\r\n" +
				"Lambda-Runtime-Function-Error-Body: eyJlcnJvck1lc3NhZ2UiOiJtIn0=\r\n",
			"Function.Late", "m", ""},
		{"doubled trailer",
			"Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n",
			strings.Repeat("Lambda-Runtime-Function-Error-Type: Function.Late\r\n", 2) +
				"Lambda-Runtime-Function-Error-Body: eyJlcnJvck1lc3NhZ2UiOiJtIn0=\r\n",
			"Function.Late", "m", "trailer Lambda-Runtime-Function-Error-Type comes twice"},
		{"undeclared trailer",
			"Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n",
			"X-Other: a\r\n", "", "", "X-Other was not declared"},
		{"bad base64", "Trailer: Lambda-Runtime-Function-Error-Type, " +
			"Lambda-Runtime-Function-Error-Body\r\n",
			"Lambda-Runtime-Function-Error-Type: Function.Late\r\n" +
				"Lambda-Runtime-Function-Error-Body: ?\r\n",
			"Function.Late", "", "not base64"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := start(t)
			p := s.Queue(Event{})
			c := dial(t, s)
			c.send(getNext)
			id := c.id(c.expect(200))
			c.send("POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\n%s%s\r\n%s%s\r\n",
				id, head, test.head, chunks, test.trailers)
			c.expect(202)
			r := result(t, p)
			if string(r.Body) != "abcde" || !r.Streaming {
				t.Errorf("body %q, streaming %v", r.Body, r.Streaming)
			}
			if test.kind == "" && r.Err != nil ||
				test.kind != "" && (r.Err == nil || r.Err.Type != test.kind ||
					r.Err.Message != test.message) {
				t.Errorf("error %v, want %q", r.Err, test.kind)
			}
			if test.violation == "" {
				blameless(t, s)
			} else {
				blamed(t, s, test.violation)
			}
		})
	}
}
