package faults

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/peerscript"
	"github.com/minlambda/minlambda/wire"
)

const refusedGet = `{"errorMessage":"State transition is not allowed",` +
	`"errorType":"InvalidStateTransition"}`

// A GET that leaves together with a response, and is refused, is asked for once
// more, alone, and from then on every request waits for the answer before it.
// The refusals are what proxies make of the API's 403.
func TestGetRefusedByAProxy(t *testing.T) {
	for name, refusal := range map[string]string{
		"403":                  peerscript.Answer(403, refusedGet),
		"403, closes":          peerscript.Answer(403, refusedGet, "Connection: close"),
		"400":                  peerscript.Answer(400, ""),
		"200 without an ID":    peerscript.Answer(200, refusedGet),
		"200 empty":            peerscript.Answer(200, ""),
		"200 with neither end": "HTTP/1.1 200 OK\r\n\r\n" + refusedGet,
	} {
		t.Run(name, func(t *testing.T) {
			peer := peerscript.Listen(t)
			s := start(t, peer.Addr, minlambda.Loop{Handler: answer})
			conn := peer.Accept()
			conn.Next()
			conn.Send(peerscript.Event("a", "first"))
			conn.Response("a", "re first")
			if !conn.Together() {
				t.Error("response and GET came apart before anything was refused")
			}
			conn.Next()
			conn.Send(peerscript.Accepted, refusal)

			conn = peer.Accept()
			conn.Next()
			for _, id := range []string{"b", "c"} {
				conn.Send(peerscript.Event(id, id))
				conn.Response(id, "re "+id)
				if conn.Together() {
					t.Error("the GET came together with the response")
				}
				conn.Send(peerscript.Accepted)
				conn.Next()
			}
			s.Stop()
			if got := s.Logged(); len(got) != 1 || !strings.Contains(got[0], "alone from now on") {
				t.Errorf("logged %q; want one line about it", got)
			}
		})
	}
}

// A GET that was asked for alone, or twice, and is refused ends the loop, and so
// does an answer that is no refusal: a malformed event above all.
func TestGetRefusedForGood(t *testing.T) {
	refusal := peerscript.Answer(403, refusedGet)
	for name, c := range map[string]struct {
		joined, alone string
		want          error
	}{
		"twice":      {refusal, refusal, wire.ErrStatus},
		"then no ID": {refusal, peerscript.Answer(200, "{}"), wire.ErrNoRequest},
		"500":        {peerscript.Answer(500, ""), "", wire.ErrStatus},
		"302":        {peerscript.Answer(302, ""), "", wire.ErrStatus},
		"two answers": {peerscript.Event("b", "x") + peerscript.Event("c", "y"), "",
			wire.ErrUnasked},
		"unframed": {"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: b\r\n\r\nx", "",
			wire.ErrUnframed},
	} {
		t.Run(name, func(t *testing.T) {
			peer := peerscript.Listen(t)
			s := start(t, peer.Addr, minlambda.Loop{Handler: answer})
			conn := peer.Accept()
			conn.Next()
			conn.Send(peerscript.Event("a", "first"))
			conn.Response("a", "re first")
			conn.Next()
			conn.Send(peerscript.Accepted, c.joined)
			if c.alone != "" {
				conn.Ended()
				conn = peer.Accept()
				conn.Next()
				conn.Send(c.alone)
			}
			conn.Ended()
			if e := s.Failed(); e.Err != c.want || e.Op != "next" {
				t.Errorf("Run returned %v; want %v", e, c.want)
			}
			if s.times("x") > 0 {
				t.Error("the malformed event was handled")
			}
		})
	}
}

// An overtaker is a proxy that handles the requests of a connection at once, as
// Node's server and AWS's sample proxy on it do, and sends the answers in order.
// A GET that came together with a response is there first.
type overtaker struct {
	t   *testing.T
	api string
}

func (o *overtaker) serve(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go o.conn(conn)
	}
}

func (o *overtaker) conn(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	last := make(chan struct{}) // closed when the answer before has been sent
	close(last)
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		before, sent := last, make(chan struct{})
		last = sent
		go func() {
			defer close(sent)
			if r.Method == http.MethodPost {
				time.Sleep(5 * time.Millisecond) // what makes it lose the race
			}
			answer := o.forward(r, body)
			<-before
			conn.Write(answer)
		}()
	}
}

// forward has the API answer.
func (o *overtaker) forward(r *http.Request, body []byte) []byte {
	to, err := http.NewRequest(r.Method, "http://"+o.api+r.URL.Path, bytes.NewReader(body))
	if err != nil {
		o.t.Error(err)
		return nil
	}
	to.Header = r.Header
	resp, err := http.DefaultTransport.RoundTrip(to)
	if err != nil {
		return nil // the test is over
	}
	defer resp.Body.Close()
	got, _ := io.ReadAll(resp.Body)
	var out bytes.Buffer
	fmt.Fprintf(&out, "HTTP/1.1 %d %s\r\n", resp.StatusCode, http.StatusText(resp.StatusCode))
	resp.Header.Set("Content-Length", fmt.Sprint(len(got)))
	resp.Header.Write(&out)
	out.WriteString("\r\n")
	out.Write(got)
	return out.Bytes()
}

// An API with one state for all connections, as Lambda's: a GET that comes while
// an invocation is open is refused.
func TestProxyThatOvertakes(t *testing.T) {
	const events = 50
	api := newStrictAPI(events)
	apiListener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: api}
	go server.Serve(apiListener)
	defer server.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go (&overtaker{t: t, api: apiListener.Addr().String()}).serve(l)

	s := start(t, l.Addr().String(), minlambda.Loop{Handler: answer})
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	select {
	case <-api.done:
	case <-s.Done():
		t.Fatalf("Run returned %v", s.Err)
	case <-ctx.Done():
		t.Fatalf("the loop hangs; it logged %q", s.Logged())
	}
	s.Stop()
	for _, wrong := range api.wrong {
		t.Error(wrong)
	}
	if api.refused != 1 {
		t.Errorf("%d GETs were refused; want 1, the first", api.refused)
	}
}

// A strictAPI hands out events one by one.
type strictAPI struct {
	ask     chan func()
	done    chan struct{} // closed when all events were answered
	events  int
	open    bool
	served  int
	refused int
	wrong   []string
}

func newStrictAPI(events int) *strictAPI {
	a := &strictAPI{ask: make(chan func()), done: make(chan struct{}), events: events}
	go func() {
		for f := range a.ask {
			f()
		}
	}()
	return a
}

func (a *strictAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	finished := make(chan bool)
	a.ask <- func() { finished <- a.answer(w, r) }
	if !<-finished {
		<-r.Context().Done() // there is no further event
	}
}

func (a *strictAPI) answer(w http.ResponseWriter, r *http.Request) bool {
	id := fmt.Sprint("id-", a.served)
	switch {
	case r.Method == http.MethodGet && a.open:
		a.refused++
		w.WriteHeader(http.StatusForbidden)
		io.WriteString(w, refusedGet)
	case r.Method == http.MethodGet && a.served == a.events:
		return false
	case r.Method == http.MethodGet:
		a.open = true
		w.Header().Set(lambdaRequestID, id)
		io.WriteString(w, id)
	default:
		body, err := io.ReadAll(r.Body)
		if !a.open || err != nil || string(body) != "re "+id ||
			!strings.Contains(r.URL.Path, "/"+id+"/") {
			a.wrong = append(a.wrong, fmt.Sprintf("%s is answered with %s %q, %v", id, r.URL, body,
				err))
		}
		a.open = false
		if a.served++; a.served == a.events {
			close(a.done)
		}
		w.WriteHeader(http.StatusAccepted)
	}
	return true
}

const lambdaRequestID = "Lambda-Runtime-Aws-Request-Id"

// A GET that has overtaken a response may also be given the same event again, as
// AWS's emulator does. It is handled twice then, which nobody can know before;
// the refusal of the second response ends that, with a line that says so. A
// server whose events all have one ID, and which accepts what it gets, is none of
// that kind.
func TestEventThatComesToAnOvertakingGet(t *testing.T) {
	for name, overtaken := range map[string]bool{"overtaken": true, "one ID for all": false} {
		t.Run(name, func(t *testing.T) {
			second := peerscript.Accepted
			if overtaken {
				second = peerscript.Answer(400, `{"errorType":"InvalidRequestID"}`)
			}
			peer := peerscript.Listen(t)
			s := start(t, peer.Addr, minlambda.Loop{Handler: answer})
			conn := peer.Accept()
			conn.Next()
			conn.Send(peerscript.Event("a", "x"))
			conn.Response("a", "re x")
			conn.Next()
			conn.Send(peerscript.Accepted, peerscript.Event("a", "x"))
			conn.Response("a", "re x")
			conn.Next()
			conn.Send(second, peerscript.Event("b", "y"))
			conn.Response("b", "re y")
			if conn.Together() == overtaken {
				t.Errorf("the GET came together with the response: %v", !overtaken)
			}
			conn.Send(peerscript.Accepted)
			conn.Next()
			s.Stop()
			if got := strings.Join(s.Logged(), "\n"); strings.Contains(got,
				"overtaken") != overtaken {
				t.Errorf("logged %q", got)
			}
		})
	}
}
