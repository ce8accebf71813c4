package faults

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/lambdatest"
	"github.com/minlambda/minlambda/wire"
)

// accepted is the answer to a response, as Lambda sends it.
const accepted = "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nDate: Tue, 24" +
	" Nov 2026 08:00:00 GMT\r\n" +
	"Content-Length: 16\r\n\r\n{\"status\":\"OK\"}\n"

// rawEvent is the bytes of an event, with Content-Length if there are no chunks. arrived says how
// much of the payload is in the first n of them.
func rawEvent(id string, chunks ...string) (raw string, arrived func(n int) string) {
	raw = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: " +
		id +
		"\r\nLambda-Runtime-Deadline-Ms: 1795465865693\r\nDate: Mon, 23 Nov 2026 20:26:06 GMT\r\n"
	if len(chunks) == 1 {
		raw += fmt.Sprintf("Content-Length: %d\r\n\r\n", len(chunks[0]))
		head := len(raw)
		return raw + chunks[0], func(n int) string {
			if n < head {
				return fmt.Sprint(n, " bytes into its head")
			}
			return fmt.Sprint(n-head, " of ", len(chunks[0]), " bytes into its body")
		}
	}
	raw += "Transfer-Encoding: chunked\r\n\r\n"
	head := len(raw)
	var payload []int // where its bytes are
	for _, chunk := range chunks {
		raw += fmt.Sprintf("%x\r\n", len(chunk))
		for i := range len(chunk) {
			payload = append(payload, len(raw)+i)
		}
		raw += chunk + "\r\n"
	}
	return raw + "0\r\n\r\n", func(n int) string {
		if n < head {
			return fmt.Sprint(n, " bytes into its head")
		}
		came := 0
		for came < len(payload) && payload[came] < n {
			came++
		}
		return fmt.Sprint(came, " bytes into its chunked body")
	}
}

// A connection that breaks off at the same byte of an event again and again ends the loop, after
// ten attempts, and the message says where.
func TestMessageOfACutEvent(t *testing.T) {
	t.Parallel()
	var loops sync.WaitGroup
	defer loops.Wait()
	for _, chunks := range [][]string{{"0123456789"}, {"0123", "456789abcdefghij", "k"}} {
		t.Run(fmt.Sprint(len(chunks), " chunks"), func(t *testing.T) {
			raw, arrived := rawEvent("cut", chunks...)
			for n := 0; n < len(raw); n += every() {
				loops.Add(1)
				go func() {
					defer loops.Done()
					api := lambdatest.NewServer()
					defer api.Close()
					for range 20 {
						api.Queue(lambdatest.Event{Raw: []byte(raw[:n]), Close: true})
					}
					ctx, cancel := context.WithTimeout(context.Background(), patience)
					defer cancel()
					err := (&minlambda.Loop{Handler: answer, API: api.Addr()}).Run(ctx)
					if want := "minlambda: next: connection closed by the server: " +
						arrived(n); err == nil ||
						err.Error() != want {
						t.Errorf("cut after %d bytes: %v; want %s", n, err, want)
					}
					if !errors.Is(err, wire.ErrClosed) {
						t.Errorf("cut after %d bytes: errors.Is does not find ErrClosed", n)
					}
					if got := api.Connections(); got != 10 {
						t.Errorf("cut after %d bytes: %d connections", n, got)
					}
				}()
			}
		})
	}
}

// So does one that breaks off twice in the answer to one response, or to one error.
func TestMessageOfACutAnswer(t *testing.T) {
	t.Parallel()
	head := strings.Index(accepted, "\r\n\r\n") + 4
	for n := 0; n < len(accepted); n += every() {
		for event, op := range map[string]string{"event": "response", "fail": "error"} {
			api := looptest.Serve(t)
			cut := lambdatest.Answer{Raw: []byte(accepted[:n]), Close: true, Lost: true}
			api.Script(cut, cut)
			s := start(t, api.Addr(), minlambda.Loop{Handler: answer})
			p := api.Queue(lambdatest.Event{Payload: []byte(event)})
			want := fmt.Sprint("minlambda: ", op, ": connection closed by the server: ")
			if n < head {
				want += fmt.Sprint(n, " bytes into its head")
			} else {
				want += fmt.Sprint(n-head, " of ", len(accepted)-head, " bytes into its body")
			}
			if e := s.Failed(); e.Error() != want {
				t.Errorf("cut after %d bytes: %v; want %s", n, e, want)
			}
			if got := posts(api, p.RequestID()); got != 2 || s.times(event) != 1 {
				t.Errorf("cut after %d bytes: %d POSTs, handled %d times", n, got, s.times(event))
			}
		}
	}
}

// A context that ends while a server is silent in the middle of an event ends the loop.
func TestSilenceThenTheContextEnds(t *testing.T) {
	t.Parallel()
	raw, _ := rawEvent("cut", "0123", "456789")
	for n := 0; n < len(raw); n += every() {
		api := looptest.Serve(t)
		l := newLine(t, api.Addr())
		broke := l.arm(cut{false, n, silent})
		s := start(t, l.addr, minlambda.Loop{Handler: answer})
		p := api.Queue(lambdatest.Event{Raw: []byte(raw), RequestID: "cut"})
		await(t, "the cut", broke)
		s.Stop()
		if got := posts(api, p.RequestID()); got != 0 || len(s.Logged()) > 0 {
			t.Errorf("silent after %d bytes: %d POSTs, logged %q", n, got, s.Logged())
		}
	}
}

// One that ends while a server is silent in the middle of its answer to a response leaves it a
// second or two, and then the loop says that the response may be lost.
func TestSilentAnswerThenTheContextEnds(t *testing.T) {
	t.Parallel()
	var loops sync.WaitGroup
	defer loops.Wait()
	for n := 0; n < len(accepted); n += every() {
		loops.Add(1)
		go func() {
			defer loops.Done()
			api := lambdatest.NewServer()
			defer api.Close()
			api.Script(lambdatest.Answer{Raw: []byte(accepted[:n])})
			p := api.Queue(lambdatest.Event{Payload: []byte("event")})
			ctx, cancel := context.WithCancel(context.Background())
			returned := make(chan error, 1)
			go func() { returned <- (&minlambda.Loop{Handler: answer, API: api.Addr()}).Run(ctx) }()
			select {
			case <-p.Done():
			case <-time.After(patience):
				t.Errorf("silent after %d bytes: the response does not come", n)
			}
			cancel()
			select {
			case err := <-returned:
				if !errors.Is(err, wire.ErrStopped) ||
					err.Error() !=
						"minlambda: response: stopped: the server did not answer 8 bytes" {
					t.Errorf("silent after %d bytes: Run returned %v", n, err)
				}
			case <-time.After(patience):
				t.Errorf("silent after %d bytes: the loop hangs", n)
			}
		}()
	}
}
