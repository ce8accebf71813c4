package lambdatest

import (
	"strings"
	"testing"
)

func TestRequests(t *testing.T) {
	s := start(t)
	c := dial(t, s)
	head := "POST /2018-06-01/runtime/invocation/a/response HTTP/1.1\r\nHost: x\r\n" +
		"Content-Length:    3\r\n\r\n"
	c.send("%s", head+"abc")
	c.expect(400)
	all := s.Requests()
	if len(all) != 1 {
		t.Fatalf("%d requests", len(all))
	}
	q := all[0]
	if string(q.Head) != head || string(q.Body) != "abc" || q.Method != "POST" ||
		q.Proto != "HTTP/1.1" || q.ConnID != 1 ||
		q.Path != "/2018-06-01/runtime/invocation/a/response" ||
		q.Header.Get("Content-Length") != "3" || q.At.IsZero() {
		t.Errorf("request %+v", q)
	}
	// Heads are cut correctly, even when several requests lie in the buffer.
	c.send("%s", strings.Repeat(head+"abc", 3))
	for range 3 {
		c.expect(400)
	}
	for _, q := range s.Requests() {
		if string(q.Head) != head {
			t.Errorf("head %q", q.Head)
		}
	}
	s.Keep(2)
	if got := len(s.Requests()); got != 2 {
		t.Errorf("%d requests after Keep(2)", got)
	}
	s.Keep(0)
	c.send("%s", head+"abc")
	c.expect(400)
	if got := len(s.Requests()); got != 0 {
		t.Errorf("%d requests after Keep(0)", got)
	}
}

func TestLogIsBounded(t *testing.T) {
	l := requestLog{limit: defaultKeep}
	for range 100 {
		l.add(Request{Body: make([]byte, 6<<20)})
	}
	if got := len(l.requests); got != maxLogBytes/(6<<20) {
		t.Errorf("%d requests of 6 MiB kept", got)
	}
	l.add(Request{Body: make([]byte, maxLogBytes+1)})
	if got := len(l.requests); got != 1 {
		t.Errorf("%d requests kept beside one that fills the log", got)
	}
	s := start(t)
	for i := range 2 * maxNotes {
		s.note(&conn{}, "%d", i)
	}
	if got := s.Violations(); len(got) != maxNotes || got[maxNotes-1] != notesDropped {
		t.Errorf("%d notes, the last %q", len(got), got[len(got)-1])
	}
}
