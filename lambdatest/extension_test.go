package lambdatest

import (
	"fmt"
	"strings"
	"testing"
)

// register is the request with which an extension registers.
func register(name, header, body string) string {
	return fmt.Sprintf("POST /2020-01-01/extension/register HTTP/1.1\r\nHost: x\r\nLambda-Extension-Name: %s\r\n%s"+
		"Content-Length: %d\r\n\r\n%s", name, header, len(body), body)
}

// An internal extension registers as Rust's and Go's runtimes do; the server says which have registered.
func TestExtensionRegisters(t *testing.T) {
	s := start(t)
	c := dial(t, s)
	if got := s.Extensions(); len(got) != 0 {
		t.Errorf("extensions %v before there was one", got)
	}
	c.send("%s", register("first", "", `{"events":[]}`))
	first := c.expect(200)
	if want := `{"functionName":"test_function","functionVersion":"$LATEST","handler":""}` + "\n"; first.body != want {
		t.Errorf("answer %q, want %q", first.body, want)
	}
	c.send("%s", register("second", "Lambda-Extension-Accept-Feature: x, accountId\r\n", `{"events":null}`))
	second := c.expect(200)
	if !strings.HasPrefix(second.body, `{"accountId":"012345678912","functionName":`) {
		t.Errorf("answer %q has no accountId", second.body)
	}
	got := s.Extensions()
	if len(got) != 2 || got[0].Name != "first" || got[1].Name != "second" || len(got[0].Events)+len(got[1].Events) > 0 {
		t.Fatalf("extensions %+v", got)
	}
	for i, answer := range []answer{first, second} {
		if id := answer.Header.Get("Lambda-Extension-Identifier"); len(id) != 36 || id != got[i].Identifier {
			t.Errorf("identifier %q, want that of %+v", id, got[i])
		}
	}
	blameless(t, s)
}

func TestExtensionRefused(t *testing.T) {
	tests := []struct{ name, request, kind, message string }{
		{"no name", register("", "", `{"events":[]}`), "Extension.InvalidExtensionName", "Empty extension name"},
		{"SHUTDOWN", register("x", "", `{"events":["SHUTDOWN"]}`), "Extension.InvalidEventType",
			"SHUTDOWN: ShutdownEventNotSupportedForInternalExtension"},
		{"other event", register("x", "", `{"events":["INVOKE","x"]}`), "Extension.InvalidEventType", "x: ErrorInvalidEventType"},
		{"no body", register("x", "", ""), "InvalidRequestFormat", "unexpected end of JSON input"},
		{"configuration keys", register("x", "", `{"configurationKeys":["a"]}`), "InvalidRequestFormat",
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
