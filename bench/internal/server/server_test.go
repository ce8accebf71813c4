package server

import (
	"bufio"
	"fmt"
	"net"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

// TestWrongAnswers: a runtime that does something wrong must not look fast.
func TestWrongAnswers(t *testing.T) {
	const body = 128
	good := func(e *Event) (id, answer string) { return string(e.id), string(e.body) }
	for _, c := range []struct {
		name, want string
		answer     func(e *Event) (id, answer string)
	}{
		{"right", "", good},
		{"last event's ID", "no response to event", func(e *Event) (string, string) {
			return idPrefix + "000000000000", string(e.body)
		}},
		{"short", "100 bytes in place of 128", func(e *Event) (string, string) {
			return string(e.id), string(e.body[:100])
		}},
		{"long", "more than 128", func(e *Event) (string, string) {
			return string(e.id), string(e.body) + strings.Repeat(" ", 300)
		}},
		{"last event's end", "not what it should be", func(e *Event) (string, string) {
			first := strings.Replace(string(e.body), `"last":"00000001"`, `"last":"00000000"`, 1)
			return string(e.id), first
		}},
	} {
		for _, how := range []struct{ chunked, byHand bool }{
			{false, false}, {true, false}, {false, true}, {true, true},
		} {
			t.Run(fmt.Sprintf("%s %+v", c.name, how), func(t *testing.T) {
				s, err := Listen()
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				s.ByHand = how.byHand
				e, sent := NewEvent(body), NewEvent(body)
				sent.advance()
				go respond(s.Addr(), how.chunked, func() (string, string) { return c.answer(sent) })
				if how.byHand {
					// A collection would wait for Once, and the runtime for the collection.
					percent := debug.SetGCPercent(-1)
					_, err = s.Once(e, nil, nil)
					debug.SetGCPercent(percent)
				} else {
					err = s.Run(1, e, nil)
				}
				if got := fmt.Sprint(err); (c.want == "") != (err == nil) ||
					!strings.Contains(got, c.want) {
					t.Errorf("error %v, want %q", err, c.want)
				}
			})
		}
	}
}

// TestExchange: the answer to an exchange is its own, and not the event.
func TestExchange(t *testing.T) {
	for answer, right := range map[string]bool{
		`{"b":2}`: true, `{"b":1}`: false, `{"a":1}`: false, `{"b":2} `: false,
	} {
		s, err := Listen()
		if err != nil {
			t.Fatal(err)
		}
		e := NewExchange([]byte(`{"a":1}`), []byte(`{"b":2}`))
		go respond(s.Addr(), false, func() (string, string) { return string(e.id), answer })
		if err = s.Run(1, e, nil); (err == nil) != right {
			t.Errorf("answer %s: error %v", answer, err)
		}
		s.Close()
	}
}

// respond plays a runtime for one event.
func respond(addr string, chunked bool, answer func() (id, body string)) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	defer conn.Close()
	const get = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\n\r\n"
	fmt.Fprint(conn, get)
	in := bufio.NewReader(conn)
	if _, err := in.ReadString('}'); err != nil { // the event's end
		return
	}
	id, body := answer()
	fmt.Fprintf(conn, "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: a\r\n", id)
	if chunked {
		half := len(body) / 2
		fmt.Fprintf(
			conn,
			"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n%x\r\n%s\r\n0\r\nA-Trailer: a\r\n\r\n",
			half,
			body[:half],
			len(body)-half,
			body[half:],
		)
	} else {
		fmt.Fprintf(conn, "Content-Length: %d\r\n\r\n%s", len(body), body)
	}
	fmt.Fprint(conn, get)
	_, _ = in.ReadString(0) // until the server closes
}

func TestHistogram(t *testing.T) {
	var h Histogram
	if got := h.Quantile(0.5); got != 0 {
		t.Errorf("of nothing: %v", got)
	}
	for i := 1; i <= 100_000; i++ {
		h.Add(time.Duration(i) * time.Microsecond)
	}
	for _, q := range []float64{0.001, 0.5, 0.99, 0.999, 1} {
		want := q * float64(100*time.Millisecond)
		if got := float64(h.Quantile(q)); got < 0.98*want || got > 1.02*want {
			t.Errorf("quantile %v: %v, want %v", q, time.Duration(got), time.Duration(want))
		}
	}
}
