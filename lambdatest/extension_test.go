package lambdatest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// extensionNext returns the request with which an extension asks for its next event.
func extensionNext(id string) string {
	return "GET /2020-01-01/extension/event/next HTTP/1.1\r\nHost: x\r\n" +
		"Lambda-Extension-Identifier: " + id + "\r\n\r\n"
}

// extensionError returns the request with which an extension reports an error to init/error or
// exit/error.
func extensionError(verb, id, kind string) string {
	return "POST /2020-01-01/extension/" + verb + " HTTP/1.1\r\nHost: x\r\n" +
		"Lambda-Extension-Identifier: " + id + "\r\n" +
		"Lambda-Extension-Function-Error-Type: " + kind + "\r\nContent-Length: 2\r\n\r\n{}"
}

// registered registers an extension and returns its identifier.
func (c *client) registered(name, events string) string {
	c.t.Helper()
	c.send("%s", register(name, "", `{"events":`+events+`}`))
	return c.expect(200).Header.Get("Lambda-Extension-Identifier")
}

// silent checks that nothing arrives on the connection before something else has happened: it asks
// on another connection, and waits for the answer.
func (c *client) silent(s *Server) {
	c.t.Helper()
	other := dial(c.t, s)
	other.send("GET /2018-06-01/ping HTTP/1.1\r\nHost: x\r\n\r\n")
	other.expect(200)
	other.Close()
	c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if got, err := c.in.Peek(1); !isTimeout(err) {
		c.t.Errorf("got %q, %v; want silence", got, err)
	}
	c.SetReadDeadline(time.Now().Add(patience))
}

// eventually waits until there are n open connections.
func eventually(t *testing.T, s *Server, n int) {
	t.Helper()
	for limit := limited(t); s.Open() != n; {
		select {
		case <-limit.Done():
			t.Fatalf("%d connections open, want %d", s.Open(), n)
		case <-time.After(time.Millisecond):
		}
	}
}

// register returns the request with which an extension registers.
func register(name, header, body string) string {
	return fmt.Sprintf("POST /2020-01-01/extension/register HTTP/1.1\r\nHost: x\r\n"+
		"Lambda-Extension-Name: %s\r\n%sContent-Length: %d\r\n\r\n%s",
		name, header, len(body), body)
}

// An internal extension registers as Rust's and Go's runtimes do, and the server lists the
// registered extensions.
func TestExtensionRegisters(t *testing.T) {
	s := start(t)
	c := dial(t, s)
	if got := s.Extensions(); len(got) != 0 {
		t.Errorf("extensions %v before there was one", got)
	}
	c.send("%s", register("first", "", `{"events":[]}`))
	first := c.expect(200)
	const want = `{"functionName":"test_function","functionVersion":"$LATEST","handler":""}` + "\n"
	if first.body != want {
		t.Errorf("answer %q, want %q", first.body, want)
	}
	const feature = "Lambda-Extension-Accept-Feature: x, accountId\r\n"
	c.send("%s", register("second", feature, `{"events":null}`))
	second := c.expect(200)
	if !strings.HasPrefix(second.body, `{"accountId":"012345678912","functionName":`) {
		t.Errorf("answer %q has no accountId", second.body)
	}
	got := s.Extensions()
	if len(got) != 2 || got[0].Name != "first" || got[1].Name != "second" ||
		len(got[0].Events)+len(got[1].Events) > 0 {
		t.Fatalf("extensions %+v", got)
	}
	for i, answer := range []answer{first, second} {
		id := answer.Header.Get("Lambda-Extension-Identifier")
		if len(id) != 36 || id != got[i].Identifier {
			t.Errorf("identifier %q, want that of %+v", id, got[i])
		}
	}
	blameless(t, s)
}

func TestExtensionRefused(t *testing.T) {
	tests := []struct{ name, request, kind, message string }{
		{"no name", register("", "", `{"events":[]}`), "Extension.InvalidExtensionName",
			"Empty extension name"},
		{"SHUTDOWN", register("x", "", `{"events":["SHUTDOWN"]}`), "Extension.InvalidEventType",
			"SHUTDOWN: ShutdownEventNotSupportedForInternalExtension"},
		{"other event", register("x", "", `{"events":["INVOKE","x"]}`),
			"Extension.InvalidEventType", "x: ErrorInvalidEventType"},
		{"no body", register("x", "", ""), "InvalidRequestFormat", "unexpected end of JSON input"},
		{"configuration keys", register("x", "", `{"configurationKeys":["a"]}`),
			"InvalidRequestFormat",
			"configurationKeys are deprecated; use environment variables instead"},
		{"known name", register("known", "", `{"events":[]}`), "Extension.InvalidExtensionState",
			"Extension with this name already registered"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := start(t)
			c := dial(t, s)
			c.send("%s", register("known", "", `{"events":[]}`))
			c.expect(200)
			c.send("%s", test.request)
			want := fmt.Sprintf(`{"errorMessage":%q,"errorType":%q}`+"\n", test.message, test.kind)
			if got := c.expect(403).body; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			if got := s.Extensions(); len(got) != 1 {
				t.Errorf("extensions %+v", got)
			}
			blamed(t, s, test.kind)
		})
	}
}

func TestExtensionRegistersTooLate(t *testing.T) {
	s := start(t)
	dial(t, s).send(getNext)
	<-s.Asked()
	c := dial(t, s)
	c.send("%s", register("late", "", `{"events":[]}`))
	if a := c.expect(403); !strings.Contains(a.body, `"errorType":"Extension.RegistrationClosed"`) {
		t.Errorf("body %q", a.body)
	}
	blamed(t, s, "RegistrationClosed")
}

func TestTooManyExtensions(t *testing.T) {
	s := start(t)
	c := dial(t, s)
	for i := range 10 {
		c.registered(fmt.Sprint(i), "null")
	}
	c.send("%s", register("10", "", `{"events":[]}`))
	if a := c.expect(403); !strings.Contains(a.body, `"Extension limit (10) reached"`) {
		t.Errorf("body %q", a.body)
	}
}

// An extension that has registered for nothing waits for its next event for ever. That does not
// count as the function's asking, and its connection does not count as open. The wait ends with the
// connection, and the extension may ask again.
func TestExtensionWaits(t *testing.T) {
	s := start(t)
	c := dial(t, s)
	id := c.registered("x", "[]")
	for range 2 {
		c.send("%s", extensionNext(id))
		eventually(t, s, 0)
		select {
		case <-s.Asked():
			t.Error("the extension's asking counts as the function's")
		default:
		}
		c.silent(s)
		s.Drop()
		c.ended()
		c = dial(t, s)
	}
	c.send("%s", extensionNext(id))
	function := dial(t, s)
	for range 2 {
		p := s.Queue(Event{})
		function.send(getNext)
		function.expect(200)
		function.send("%s", post(p.RequestID(), "response", "", "x"))
		function.expect(202)
	}
	c.silent(s)
	c.Close()
	eventually(t, s, 1)
	blameless(t, s)
}

// Lambda hands out no event before every extension that has registered has asked for its own.
func TestExtensionHoldsTheFunction(t *testing.T) {
	s := start(t)
	c, function := dial(t, s), dial(t, s)
	asks, fails := c.registered("asks", "[]"), c.registered("fails", "[]")
	exits := c.registered("exits", "[]")
	s.Queue(Event{Payload: []byte("event")})
	function.send(getNext)
	<-s.Asked()
	if got := s.Violations(); len(got) != 3 ||
		!strings.HasPrefix(got[0], `extension "asks" has registered and not asked`) {
		t.Errorf("violations %q", got)
	}
	c.send("%s", extensionError("init/error", fails, "Extension.Bad"))
	c.expect(202)
	c.send("%s", extensionError("exit/error", exits, "Extension.Worse"))
	c.expect(202)
	function.silent(s)
	blamed(t, s, `^extension "asks"`)
	c.send("%s", extensionNext(asks))
	if got := function.expect(200).body; got != "event" {
		t.Errorf("event %q", got)
	}
	blameless(t, s)
	got := s.Extensions()
	if got[0].ErrorType != "" || got[1].ErrorType != "Extension.Bad" ||
		got[2].ErrorType != "Extension.Worse" {
		t.Errorf("extensions %+v", got)
	}
}

// An extension that has registered for INVOKE is told of each invocation, once, including those
// that come while it is at work.
func TestExtensionInvoke(t *testing.T) {
	s := start(t)
	c, function := dial(t, s), dial(t, s)
	id := c.registered("x", `["INVOKE"]`)
	c.send("%s", extensionNext(id))
	for i := range 3 {
		header := http.Header{
			"lambda-runtime-trace-id":             {"Root=1"},
			"lambda-runtime-invoked-function-arn": {"arn:x"},
		}
		p := s.Queue(Event{RequestID: fmt.Sprint("r-", i), Deadline: time.UnixMilli(1795465865693),
			Header: header})
		function.send(getNext)
		function.expect(200)
		if i == 0 { // the same event again is not another invocation
			function.send(getNext)
			function.expect(200)
		}
		function.send("%s", post(p.RequestID(), "response", "", "x"))
		function.expect(202)
	}
	for i := range 3 {
		a := c.expect(200)
		want := fmt.Sprintf(`{"eventType":"INVOKE","deadlineMs":1795465865693,`+
			`"requestId":"r-%d","invokedFunctionArn":"arn:x",`+
			`"tracing":{"type":"X-Amzn-Trace-Id","value":"Root=1"}}`, i)
		if a.body != want || len(a.Header.Get("Lambda-Extension-Event-Identifier")) != 36 {
			t.Errorf("event %q with %v\nwant %q", a.body, a.Header, want)
		}
		c.send("%s", extensionNext(id))
	}
	c.silent(s)
	blamed(t, s, "has not answered r-0")
	if got := s.Extensions()[0].Events; len(got) != 1 || got[0] != "INVOKE" {
		t.Errorf("events %q", got)
	}
}

func TestExtensionBreaksRules(t *testing.T) {
	const unknown = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
	const state = "State transition from %s to %s failed for extension ID. Error: " +
		"State transition is not allowed"
	failed := extensionError("init/error", "ID", "x")
	exited := extensionError("exit/error", "ID", "x")
	tests := []struct{ name, first, request, kind, message string }{
		{"no identifier", "", extensionNext(""), "Extension.MissingExtensionIdentifier",
			"Missing Lambda-Extension-Identifier header"},
		{"bad identifier", "", extensionNext("x"), "Extension.InvalidExtensionIdentifier",
			"Invalid Lambda-Extension-Identifier"},
		{"unknown identifier", "", extensionNext(unknown), "Extension.UnknownExtensionIdentifier",
			"Unknown extension " + unknown},
		{"unknown identifier of an error", "", extensionError("exit/error", unknown, "x"),
			"Extension.UnknownExtensionIdentifier", "Unknown Lambda-Extension-Identifier"},
		{"no error type", "", extensionError("init/error", "ID", ""), "Extension.MissingHeader",
			"Lambda-Extension-Function-Error-Type not found"},
		{"asks after an error", failed, extensionNext("ID"),
			"Extension.InvalidExtensionState", fmt.Sprintf(state, "InitError", "Ready")},
		{"exits after an error", failed, exited,
			"Extension.InvalidExtensionState", fmt.Sprintf(state, "InitError", "Exited")},
		{"fails to start after its end", exited, failed,
			"Extension.InvalidExtensionState", fmt.Sprintf(state, "ExitError", "InitError")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := start(t)
			c := dial(t, s)
			id := c.registered("x", "[]")
			if test.first != "" {
				c.send("%s", strings.ReplaceAll(test.first, "ID", id))
				c.expect(202)
			}
			c.send("%s", strings.ReplaceAll(test.request, "ID", id))
			message := strings.ReplaceAll(test.message, "ID", id)
			want := fmt.Sprintf(`{"errorMessage":%q,"errorType":%q}`+"\n", message, test.kind)
			if got := c.expect(403).body; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			blamed(t, s, test.kind)
		})
	}
}

// An extension asks once at a time.
func TestExtensionAsksTwice(t *testing.T) {
	s := start(t)
	c := dial(t, s)
	id := c.registered("x", "[]")
	c.send("%s", extensionNext(id))
	eventually(t, s, 0)
	again := dial(t, s)
	again.send("%s", extensionNext(id))
	if a := again.expect(403); !strings.Contains(a.body, "from Ready to Ready") {
		t.Errorf("body %q", a.body)
	}
}
