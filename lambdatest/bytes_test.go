package lambdatest

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

var morning = time.Date(2026, 11, 23, 20, 26, 6, 0, time.UTC)

// The bytes expected in this file were seen on the wire of Lambda's own emulator.

func TestEventWithContentLength(t *testing.T) {
	e := Event{Payload: []byte(`{"a":1}`), RequestID: "f201be8f-5346-4524-b39c-e83412578b27",
		Deadline: time.UnixMilli(1795465865693)}
	want := "HTTP/1.1 200 OK\r\n" +
		"Content-Type: application/json\r\n" +
		"Lambda-Runtime-Aws-Request-Id: f201be8f-5346-4524-b39c-e83412578b27\r\n" +
		"Lambda-Runtime-Deadline-Ms: 1795465865693\r\n" +
		"Lambda-Runtime-Invoked-Function-Arn: " +
		"arn:aws:lambda:us-east-1:012345678912:function:test_function\r\n" +
		"Date: Mon, 23 Nov 2026 20:26:06 GMT\r\n" +
		"Content-Length: 7\r\n\r\n" +
		`{"a":1}`
	if got := string(e.append(nil, morning)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestEventChunkedWithEmptyHeaders(t *testing.T) {
	body := `"` + strings.Repeat("x", 2047) + `"`
	e := Event{
		Payload: []byte(body), RequestID: "38b619f4-7c1e-4520-8e8b-d47ad790b02c",
		Deadline: time.UnixMilli(2095466233750),
		Header: http.Header{
			"Lambda-Runtime-Client-Context":   {""},
			"Lambda-Runtime-Cognito-Identity": {""},
			"Lambda-Runtime-Invoked-Function-Arn": {
				"arn:aws:lambda:us-east-1:123456789012:function:test_function"},
			"Lambda-Runtime-Trace-Id": {""},
		},
	}
	want := "HTTP/1.1 200 OK\r\n" +
		"Content-Type: application/json\r\n" +
		"Lambda-Runtime-Aws-Request-Id: 38b619f4-7c1e-4520-8e8b-d47ad790b02c\r\n" +
		"Lambda-Runtime-Client-Context: \r\n" +
		"Lambda-Runtime-Cognito-Identity: \r\n" +
		"Lambda-Runtime-Deadline-Ms: 2095466233750\r\n" +
		"Lambda-Runtime-Invoked-Function-Arn: " +
		"arn:aws:lambda:us-east-1:123456789012:function:test_function\r\n" +
		"Lambda-Runtime-Trace-Id: \r\n" +
		"Date: Mon, 23 Nov 2026 20:26:06 GMT\r\n" +
		"Transfer-Encoding: chunked\r\n\r\n" +
		"801\r\n" + body + "\r\n0\r\n\r\n"
	if got := string(e.append(nil, morning)); got != want {
		t.Errorf("got\n%.900s\nwant\n%.900s", got, want)
	}
}

func TestAcceptedAnswer(t *testing.T) {
	want := "HTTP/1.1 202 Accepted\r\n" +
		"Content-Type: application/json\r\n" +
		"Date: Mon, 23 Nov 2026 20:26:06 GMT\r\n" +
		"Content-Length: 16\r\n\r\n" +
		"{\"status\":\"OK\"}\n"
	got := string(new(Answer).append(nil, verdict{status: http.StatusAccepted}, morning))
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestScriptedAnswers(t *testing.T) {
	tests := []struct {
		name   string
		answer Answer
		want   string
	}{
		{"200 and an empty body", Answer{Status: 200, Body: []byte{}},
			"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: D\r\n" +
				"Content-Length: 0\r\n\r\n"},
		{"410", Answer{Status: 410},
			"HTTP/1.1 410 Gone\r\nContent-Type: application/json\r\nDate: D\r\n" +
				"Content-Length: 62\r\n\r\n" +
				`{"errorMessage":"Invoke timeout","errorType":"InvokeTimeout"}` + "\n"},
		{"413", Answer{Status: 413},
			"HTTP/1.1 413 Request Entity Too Large\r\nContent-Type: application/json\r\n" +
				"Date: D\r\nContent-Length: 110\r\n\r\n" + tooLargeBody},
		{"500", Answer{Status: 500, Body: []byte("no")},
			"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nDate: D\r\n" +
				"Content-Length: 2\r\n\r\nno"},
		{"204", Answer{Status: 204, Header: http.Header{"content-type": nil}},
			"HTTP/1.1 204 No Content\r\nDate: D\r\n\r\n"},
		{"Connection comes after Date",
			Answer{Status: 202, Body: []byte("x"),
				Header: http.Header{"Connection": {"close"}, "b": {"1", "2"}, "A": {""}}},
			"HTTP/1.1 202 Accepted\r\nA: \r\nContent-Type: application/json\r\nb: 1\r\nb: 2\r\n" +
				"Date: D\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx"},
		{"raw", Answer{Status: 500, Raw: []byte("\x00")}, "\x00"},
		{"raw and empty", Answer{Status: 500, Raw: []byte{}}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := undated(test.answer.append(nil, verdict{status: http.StatusAccepted}, morning))
			if got != test.want {
				t.Errorf("got\n%q\nwant\n%q", got, test.want)
			}
		})
	}
}

func TestChunks(t *testing.T) {
	tests := []struct {
		body string
		n    int
		want string
	}{
		{"", 1, "0\r\n\r\n"},
		{"abc", 1, "3\r\nabc\r\n0\r\n\r\n"},
		{"abc", 2, "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"},
		{"abc", 5, "1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n"},
	}
	for _, test := range tests {
		if got := string(appendChunks(nil, []byte(test.body), test.n)); got != test.want {
			t.Errorf("%q in %d: got %q, want %q", test.body, test.n, got, test.want)
		}
	}
	big := appendChunks(nil, payload(6<<20), 200)
	if got := bytes.Count(big, []byte("\r\n")); got < 402 {
		t.Errorf("6 MiB in 200 chunks has %d line ends, want at least 402", got)
	}
}

func TestFramingOfEvents(t *testing.T) {
	for _, n := range []int{0, 1, SmallEvent, SmallEvent + 1, 100_000} {
		for _, chunks := range []int{-1, 0, 1, 5, 200} {
			t.Run(fmt.Sprintf("%d bytes, Chunks %d", n, chunks), func(t *testing.T) {
				s := start(t)
				s.Queue(Event{Payload: payload(n), Chunks: chunks, NoDeadline: true})
				c := dial(t, s)
				c.send(getNext)
				a := c.expect(200)
				if a.body != string(payload(n)) {
					t.Error("the payload came out different")
				}
				chunked := chunks > 0 || chunks == 0 && n > SmallEvent
				if got := len(a.TransferEncoding) == 1; got != chunked {
					t.Errorf("chunked: %v, want %v", got, chunked)
				}
				if a.Header.Get(headerDeadline) != "" {
					t.Error("a deadline came although there was to be none")
				}
			})
		}
	}
}

func TestRequestIDs(t *testing.T) {
	seen := make(map[string]bool)
	for range 1000 {
		e := Event{}
		e.complete()
		id := e.RequestID
		if len(id) != 36 || id[14] != '4' || !strings.ContainsRune("89ab", rune(id[19])) ||
			strings.Count(id, "-") != 4 || seen[id] {
			t.Fatalf("%q is not a fresh version 4 UUID", id)
		}
		seen[id] = true
	}
	raw := Event{Raw: []byte("HTTP/1.1 200 OK\r\nlambda-runtime-aws-request-id: abc\r\n" +
		"lambda-runtime-invocation-id: n\r\nContent-Length: 9\r\n\r\ncut")}
	raw.complete()
	if raw.RequestID != "abc" || raw.InvocationID != "n" {
		t.Errorf("IDs of a raw event: %q and %q", raw.RequestID, raw.InvocationID)
	}
}
