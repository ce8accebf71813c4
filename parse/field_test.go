package parse

import (
	"strings"
	"testing"
)

func TestField(t *testing.T) {
	const head = "HTTP/1.1 200 X: of the status line\r\n" +
		"X: y\r\n" +
		"Lambda-Runtime-Trace-Id:\r\n" +
		"Long-Name-Of-Lambda-Runtime:\t a b \t\r\n" +
		"x: second\r\n" +
		"Y: Z: of a value\r\n" +
		"Deadline-Ms: not it\r\n" +
		"Lambda-Runtime-Deadline-Ms: 1\r\n" +
		"LAMBDA-RUNTIME-CLIENT-CONTEXT: {\"a\": \"\xff\"}\r\n" +
		"Last:z\r\n\r\n"
	var h Head
	h.Reset(0)
	if n, err := h.Parse([]byte(head)); n != len(head) || err != nil {
		t.Fatal(n, err) // Field is for heads that Parse has accepted
	}
	for _, test := range []struct {
		name string
		want string
		ok   bool
	}{
		{"X", "y", true},
		{"x", "y", true},
		{"Lambda-Runtime-Trace-Id", "", true},
		{"long-name-of-LAMBDA-runtime", "a b", true},
		{"Y", "Z: of a value", true},
		{"Z", "", false},
		{"Y: Z", "", false},
		{"lambda-runtime-deadline-ms", "1", true},
		{"Deadline-Ms", "not it", true},
		{"Lambda-Runtime-Client-Context", "{\"a\": \"\xff\"}", true},
		{"Last", "z", true},
		{"Las", "", false},
		{"Lastz", "", false},
		{"ast", "", false},
		{"", "", false},
		{":", "", false},
		{"HTTP/1.1 200 X", "", false},
		{"\r\n", "", false},
		{strings.Repeat("x", 2*len(head)), "", false},
	} {
		t.Run(test.name[:min(len(test.name), 40)], func(t *testing.T) {
			value, ok := Field([]byte(head), test.name)
			if string(value) != test.want || ok != test.ok {
				t.Errorf("%.50q: got %q, %v, want %q, %v", test.name, value, ok, test.want, test.ok)
			}
			if cap(value) != len(value) {
				t.Errorf("%.50q: an append to the value would write over what lies after it",
					test.name)
			}
		})
	}
	// Whatever it is given, it looks no further than the end.
	for end := range len(head) {
		if value, ok := Field([]byte(head)[:end:end], "Last"); ok &&
			string(value) != "z"[:len(value)] {
			t.Errorf("in the first %d bytes: got %q", end, value)
		}
	}
}
