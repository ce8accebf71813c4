package minlambda_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/internal/race"
	"github.com/minlambda/minlambda/lambdatest"
	"github.com/minlambda/minlambda/pool"
)

func TestMain(m *testing.M) { looptest.Main(m, children) }

func echo(dst, event []byte) ([]byte, error) { return append(dst, event...), nil }

// failing returns an error for the event "fail", and echoes any other.
func failing(dst, event []byte) ([]byte, error) {
	if string(event) == "fail" {
		return nil, errors.New("it was asked to")
	}
	return append(dst, event...), nil
}

// payload is n bytes with every value in them.
func payload(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return b
}

// The ways in which a handler may return the event.
var echoes = map[string]minlambda.Handler{
	"event":  func(dst, event []byte) ([]byte, error) { return event, nil },
	"append": echo,
	"own":    func(dst, event []byte) ([]byte, error) { return bytes.Clone(event), nil },
	"sub-slice of dst": func(dst, event []byte) ([]byte, error) {
		dst = append(append(dst, "abc"...), event...)
		return dst[3:], nil
	},
	"sub-slice of event": func(dst, event []byte) ([]byte, error) {
		return event[len(event)/2:], nil
	},
}

func TestEcho(t *testing.T) {
	t.Parallel()
	sizes := []int{0, 1, 2048, 2049, 100_000, 1 << 20, 6 << 20}
	for name, handler := range echoes {
		t.Run(name, func(t *testing.T) {
			for _, inSequence := range []bool{false, true} {
				s := looptest.Start(t, minlambda.Loop{Handler: handler, InSequence: inSequence})
				s.API.Keep(0)
				for _, size := range sizes {
					event := payload(size)
					for _, chunks := range []int{-1, 1, 5, 200} {
						for _, trickle := range trickles(size, chunks) {
							want := event
							if name == "sub-slice of event" {
								want = event[len(event)/2:]
							}
							r := s.Result(s.API.Queue(lambdatest.Event{Payload: event,
								Chunks: chunks, Trickle: trickle}))
							if r.Err != nil || !bytes.Equal(r.Body, want) || r.Status != 202 {
								t.Fatalf("%d bytes in %d chunks, trickle %d: %d bytes, %v", size,
									chunks, trickle, len(r.Body), r.Err)
							}
						}
					}
				}
				if n := s.API.Connections(); n != 1 {
					t.Errorf("%d connections", n)
				}
				s.Quiet()
				s.Stop()
			}
		})
	}
}

// trickles are the sizes of the pieces that an event comes in.
func trickles(size, chunks int) []int {
	switch {
	case testing.Short() || race.Enabled:
		return []int{0}
	case size <= 2049:
		return []int{0, 1}
	case size <= 100_000:
		return []int{0, 1111}
	case chunks == 5:
		return []int{0, 99_999}
	default:
		return []int{0}
	}
}

// Each answer belongs to its event, over 100,000 of them on one connection.
func TestManyInvocations(t *testing.T) {
	t.Parallel()
	n := 100_000
	if testing.Short() || race.Enabled {
		n = 10_000
	}
	s := looptest.Start(t, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		out := append(inv.Dst(), inv.RequestID()...)
		inv.SetResponse(append(append(out, ' '), inv.Event()...))
		return nil
	}})
	s.API.Keep(0)
	const ahead = 100
	var queue [ahead]*lambdatest.Pending
	for i := range n + ahead {
		if i >= ahead {
			p := queue[i%ahead]
			want := fmt.Sprintf("%s event %d", p.RequestID(), i-ahead)
			if r := s.Result(p); string(r.Body) != want || r.RequestID != p.RequestID() {
				t.Fatalf("%s was answered %q; want %q", p.RequestID(), r.Body, want)
			}
		}
		if i < n {
			queue[i%ahead] = s.Queue(fmt.Sprintf("event %d", i))
		}
	}
	if c := s.API.Connections(); c != 1 {
		t.Errorf("%d connections", c)
	}
	s.Stop()
}

func TestContextEndsWhileWaiting(t *testing.T) {
	// with the GET alone, and with the GET that went with a response
	for _, served := range []int{0, 1} {
		t.Run(fmt.Sprint(served, " served"), func(t *testing.T) {
			s := looptest.Start(t, minlambda.Loop{Handler: echo})
			for range served {
				s.Fine()
			}
			<-s.API.Asked()
			// it is about to wait: likely, not certain, that it does
			time.Sleep(10 * time.Millisecond)
			s.Stop()
			s.Quiet()
		})
	}
}

func TestContextHasEnded(t *testing.T) {
	api := lambdatest.NewServer()
	defer api.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := (&minlambda.Loop{Handler: echo, API: api.Addr()}).Run(ctx); err != context.Canceled {
		t.Errorf("Run returned %v", err)
	}
	if got := api.Requests(); len(got) != 0 {
		t.Errorf("%d requests", len(got))
	}
}

func TestContextEndsDuringAHandler(t *testing.T) {
	running, finish := make(chan struct{}), make(chan struct{})
	s := looptest.Start(t, minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
		close(running)
		<-finish
		return event, nil
	}})
	p := s.Queue("precious")
	<-running
	s.Cancel()
	time.Sleep(10 * time.Millisecond)
	close(finish)
	s.Stop()
	if r := s.Result(p); string(r.Body) != "precious" || r.Status != 202 {
		t.Errorf("ended with %q, %v", r.Body, r.Err)
	}
	for _, r := range s.API.Requests()[1:] {
		if r.Method == "GET" {
			t.Error("asked for an event that nobody would answer")
		}
	}
}

// A response whose connection is lost just as the context ends is sent again all the same.
func TestContextEndsAndConnectionGone(t *testing.T) {
	t.Parallel()
	var s *looptest.Session
	ready := make(chan struct{})
	s = looptest.Start(t, minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
		<-ready
		s.API.Drop()
		s.Cancel()
		return append(dst, "kept"...), nil
	}})
	close(ready)
	if r := s.Invoke("{}"); string(r.Body) != "kept" || r.Err != nil {
		t.Errorf("the invocation ended with %q, %v", r.Body, r.Err)
	}
	s.Stop()
}

func TestRunLeavesNothingBehind(t *testing.T) {
	descriptors := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			return 0 // no such thing here
		}
		return len(entries)
	}
	once := func(i int) {
		s := looptest.Start(t, minlambda.Loop{Handler: failing})
		s.Fine()
		if i%3 == 0 {
			s.API.Drop()
		}
		s.Stop()
		s.API.Close()
	}
	once(1)
	goroutines, open := runtime.NumGoroutine(), descriptors()
	for i := range 30 {
		once(i)
	}
	// A goroutine that has closed its channel may take a moment to be gone.
	end := time.Now().Add(looptest.Patience)
	for ; time.Now().Before(end); time.Sleep(time.Millisecond) {
		if runtime.NumGoroutine() <= goroutines && descriptors() <= open {
			return
		}
	}
	t.Errorf("%d goroutines, were %d; %d descriptors, were %d", runtime.NumGoroutine(), goroutines,
		descriptors(), open)
}

func TestLoopNeedsOneHandler(t *testing.T) {
	invoke := func(*minlambda.Invocation) error { return nil }
	for _, l := range []minlambda.Loop{{}, {Handler: echo, Invoke: invoke}} {
		if err := l.Run(context.Background()); err == nil {
			t.Error("Run returned nil")
		}
	}
}

func TestAddressFromTheEnvironment(t *testing.T) {
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy",
		"HTTPS_PROXY"} {
		t.Setenv(name, "http://127.0.0.1:1/garbage")
	}
	api := lambdatest.NewServer()
	defer api.Close()
	t.Setenv("AWS_LAMBDA_RUNTIME_API", api.Addr())
	ctx, cancel := context.WithTimeout(context.Background(), looptest.Patience)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		(&minlambda.Loop{Handler: echo}).Run(ctx)
	}()
	if got, err := api.Invoke(ctx, []byte("x")); string(got) != "x" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	cancel()
	<-done
}

// Lambda's server is Go's net/http: it must read our requests as we mean them.
func TestServerOfNetHTTP(t *testing.T) {
	const n = 1000
	ctx, cancel := context.WithTimeout(context.Background(), looptest.Patience)
	defer cancel()
	asked, answered := 0, 0
	mux := http.NewServeMux()
	mux.HandleFunc(
		"GET /base/2018-06-01/runtime/invocation/next",
		func(w http.ResponseWriter, r *http.Request) {
			if asked++; asked > n {
				cancel()
				<-r.Context().Done()
				return
			}
			if r.ContentLength != 0 || !strings.HasPrefix(r.UserAgent(), "minlambda/") {
				t.Errorf("GET of %d bytes by %q", r.ContentLength, r.UserAgent())
			}
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", fmt.Sprintf("id-%d", asked))
			io.WriteString(w, strings.Repeat("x", asked*5)) // over 2048 bytes net/http sends chunks
		},
	)
	mux.HandleFunc(
		"POST /base/2018-06-01/runtime/invocation/{id}/response",
		func(w http.ResponseWriter, r *http.Request) {
			answered++
			body, err := io.ReadAll(r.Body)
			if err != nil || len(body) != asked*5 ||
				r.PathValue("id") != fmt.Sprintf("id-%d", asked) ||
				r.Header.Get("Content-Type") != "application/json" {
				t.Errorf("invocation %d was answered with %d bytes, %v for %s, %v", asked,
					len(body), err, r.PathValue("id"), r.Header)
			}
			w.WriteHeader(http.StatusAccepted)
		},
	)
	server := httptest.NewServer(mux)
	defer server.Close()
	err := (&minlambda.Loop{Handler: echo, API: server.URL + "/base"}).Run(ctx)
	if err != context.Canceled || answered != n {
		t.Errorf("Run returned %v after %d answers", err, answered)
	}
}

// 204 means that there is no event yet.
func TestNoEventYet(t *testing.T) {
	s := looptest.Start(t, minlambda.Loop{Handler: echo})
	for range 5 {
		s.API.Queue(lambdatest.Event{Raw: []byte("HTTP/1.1 204 No Content\r\n\r\n")})
	}
	s.Fine()
	s.Quiet()
	if n := s.API.Connections(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

func poisoned(b []byte) bool { return bytes.Equal(b, bytes.Repeat([]byte{0xdb}, len(b))) }

// A handler that keeps event or dst finds it overwritten, if the loop's field or the build tag
// wants it, and otherwise not.
func TestPoison(t *testing.T) {
	for _, field := range []bool{false, true} {
		t.Run(fmt.Sprint("field ", field), func(t *testing.T) {
			want := field || pool.Always
			var keptEvent, keptDst []byte
			event, dst := make(chan bool, 1), make(chan bool, 1)
			s := looptest.Start(
				t,
				minlambda.Loop{Poison: field, Handler: func(to, from []byte) ([]byte, error) {
					if keptEvent != nil {
						event <- poisoned(keptEvent)
						dst <- poisoned(keptDst)
					}
					to = append(to, "response"...)
					keptEvent, keptDst = from[len(from)-1000:], to
					return to, nil
				}},
			)
			long := strings.Repeat("event", 400)
			// the second ends before what was kept of the first begins
			for _, size := range []int{2000, 1000} {
				if r := s.Invoke(long[:size]); string(r.Body) != "response" {
					t.Fatalf("ended with %q, %v", r.Body, r.Err)
				}
			}
			if got := <-event; got != want {
				t.Errorf("field %v, tag %v: a kept event is overwritten: %v", field, pool.Always,
					got)
			}
			if got := <-dst; got != want {
				t.Errorf("field %v, tag %v: a kept dst is overwritten: %v", field, pool.Always, got)
			}
			s.Stop()
		})
	}
}

// No garbage collection in 200,000 invocations.
func TestProcessCollectsNoGarbage(t *testing.T) {
	t.Parallel()
	n := 200_000
	if testing.Short() || race.Enabled {
		n = 20_000
	}
	for name, event := range map[string]string{"echo": `{"some":"event"}`,
		"json": `{"name":"Ada"}`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := looptest.LaunchExample(t, name, "GODEBUG=gctrace=1")
			p.API.Keep(0)
			const ahead = 64
			var queue [ahead]*lambdatest.Pending
			for i := range n + ahead {
				if i >= ahead {
					if r := looptest.Result(t, queue[i%ahead]); r.Err != nil {
						t.Fatal(r.Err)
					}
				}
				if i < n {
					queue[i%ahead] = p.API.Queue(lambdatest.Event{Payload: []byte(event)})
				}
			}
			if out := p.Kill(); strings.Contains(out, "gc ") {
				t.Errorf("%d invocations: %.500s", n, out)
			}
		})
	}
}

// hostsFile is where this system has it.
func hostsFile() string {
	if runtime.GOOS == "windows" {
		return os.Getenv("SystemRoot") + `\System32\drivers\etc\hosts`
	}
	return "/etc/hosts"
}

// What somebody reads in a log, word by word; package wire has those of its own errors.
func TestMessages(t *testing.T) {
	const howToRun = "; Lambda sets it to an address like 127.0.0.1:9001, and elsewhere so does" +
		" go run github.com/minlambda/minlambda/cmd/minlambda@latest invoke . -d '{}'"
	noLoop := minlambda.Loop{}
	if err := noLoop.Run(context.Background()); err == nil ||
		err.Error() != "minlambda: Loop needs Handler or Invoke, and not both" {
		t.Errorf("no handler: %v", err)
	}
	for api, want := range map[string]string{
		"a b": `host is not an IPv4 address, an [IPv6 address] or a host name: "a b"`,
		"name.invalid:9001": `the hosts file has no address for the name, which is looked up` +
			` nowhere else: "name.invalid:9001" in ` + hostsFile(),
	} {
		bad := minlambda.Loop{Handler: echo, API: api}
		err := bad.Run(context.Background())
		if err == nil || err.Error() != "minlambda: Loop.API: "+want+howToRun {
			t.Errorf("%s: %v", api, err)
		}
	}
	s := looptest.Start(t, minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
		panic("boom")
	}})
	s.Result(s.Queue("{}"))
	if e := s.Failed(); e.Error() != `minlambda: handler: panic: "boom"` {
		t.Errorf("panic: %v", e)
	}
	rec := s.Panicked()
	if got := s.Logged(); len(got) != 1 || !strings.HasPrefix(got[0],
		"minlambda: handler: panic: RequestId: "+rec.RequestID+
			" string: boom\ngithub.com/minlambda/minlambda_test.TestMessages.func1(...)\n"+
			"\tgithub.com/minlambda/minlambda_test/loop_test.go:") {
		t.Errorf("panic logs %.200q", got)
	}
	s = looptest.Start(t, minlambda.Loop{Handler: echo})
	s.API.Script(lambdatest.Answer{Status: 413, Body: []byte("too much\n"),
		Header: http.Header{"Content-Type": {"text/plain"}}})
	p := s.Queue("{}")
	s.Result(p)
	s.Fine()
	s.Logs("minlambda: response to " + p.RequestID() + " refused: 413 too much")
	s = looptest.Start(t, minlambda.Loop{Handler: echo})
	s.API.Script(lambdatest.Answer{Status: 500, Body: []byte("broken")})
	s.Queue("{}")
	if e := s.Failed(); e.Error() != "minlambda: response: unexpected status: 500 broken" {
		t.Errorf("500: %v", e)
	}
}

// asked counts the requests that the API has seen.
func asked(api *lambdatest.Server) (gets, posts int) {
	for _, r := range api.Requests() {
		if r.Method == "GET" {
			gets++
		} else {
			posts++
		}
	}
	return gets, posts
}

// After runs once for each invocation, when its answer has come and before the next event is asked
// for, whatever the handler has returned and the API has said.
func TestAfter(t *testing.T) {
	api := lambdatest.NewServer()
	var seen []string // by the loop alone, until it has ended
	s := looptest.StartOn(t, api, minlambda.Loop{Handler: failing, After: func() {
		gets, posts := asked(api)
		seen = append(seen, fmt.Sprint(gets, " ", posts))
		time.Sleep(time.Millisecond) // a GET that is on its way would be there
		if again, _ := asked(api); again != gets {
			t.Errorf("%d GETs, and %d a moment later", gets, again)
		}
	}})
	api.Script(lambdatest.Answer{}, lambdatest.Answer{}, lambdatest.Answer{Status: 413},
		lambdatest.Answer{Status: 410}, lambdatest.Answer{Status: 413, Close: true})
	for _, event := range []string{"fine", "fail", "large", "late", "closed", "fine"} {
		s.Invoke(event)
	}
	s.Fine()
	s.Stop()
	want := "1 1, 2 2, 3 3, 4 4, 5 5, 6 6, 7 7"
	if got := strings.Join(seen, ", "); got != want {
		t.Errorf("GETs and POSTs when After ran: %s\nwant %s", got, want)
	}
}

// It runs also where the loop ends after the invocation: ctx has ended, or the API says 500. It
// does not after a panic.
func TestAfterTheLast(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for name, c := range map[string]struct {
		handler minlambda.Handler
		status  int
		calls   int
	}{
		"canceled": {func(dst, event []byte) ([]byte, error) { cancel(); return dst, nil }, 0, 1},
		"500":      {echo, 500, 1},
		"panic":    {func(dst, event []byte) ([]byte, error) { panic("boom") }, 0, 0},
		"Goexit": {func(dst, event []byte) ([]byte, error) {
			runtime.Goexit()
			return nil, nil
		}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			api := lambdatest.NewServer()
			defer api.Close()
			api.Script(lambdatest.Answer{Status: c.status})
			p := api.Queue(lambdatest.Event{})
			calls := 0
			done := make(chan struct{})
			go func() {
				defer close(done)
				within := context.Background()
				if name == "canceled" {
					within = ctx
				}
				l := minlambda.Loop{API: api.Addr(), Handler: c.handler,
					After: func() { calls++ }, Log: func(minlambda.Record) {}}
				l.Run(within)
			}()
			<-done
			if _, err := p.Wait(t.Context()); err != nil {
				t.Error(err)
			}
			if gets, posts := asked(api); calls != c.calls || gets != 1 || posts != 1 {
				t.Errorf("%d calls, %d GETs, %d POSTs; want %d calls", calls, gets, posts, c.calls)
			}
		})
	}
}

//go:noinline
func flushFails(how string) {
	switch how {
	case "panic":
		panic("no collector")
	case "Goexit":
		runtime.Goexit()
	}
}

// What goes wrong in After is logged with its stack and ends the loop; the invocation keeps the
// answer that it has got.
func TestAfterPanics(t *testing.T) {
	for how, c := range map[string]struct{ kind, message string }{
		"panic":  {"string", "Loop.After: no collector"},
		"Goexit": {"Goexit", "Loop.After: Loop.After called runtime.Goexit"},
	} {
		for _, event := range []string{"fine", "fail"} {
			t.Run(how+" "+event, func(t *testing.T) {
				s := looptest.Start(t, minlambda.Loop{Handler: failing,
					After: func() { flushFails(how) }})
				p := s.Queue(event)
				s.Queue("not reached")
				if r := s.Result(p); (r.Err == nil) != (event == "fine") || r.Status != 202 {
					t.Errorf("ended with %q, %v", r.Body, r.Err)
				}
				rec := s.Panicked()
				if rec.Level != minlambda.LevelFatal || rec.RequestID != p.RequestID() ||
					rec.Type != c.kind || rec.Message != c.message ||
					!strings.HasPrefix(rec.Stack,
						"github.com/minlambda/minlambda_test.flushFails(...)") {
					t.Errorf("logged %+v", rec)
				}
				if how == "panic" {
					const want = `minlambda: Loop.After: panic: "no collector"`
					if e := s.Failed(); e.Error() != want {
						t.Errorf("Run returned %v", e)
					}
				}
				if gets, posts := asked(s.API); gets != 1 || posts != 1 {
					t.Errorf("%d GETs and %d POSTs", gets, posts)
				}
			})
		}
	}
}

func init() {
	children["After panics"] = func() {
		l := minlambda.Loop{Handler: echo, After: func() { flushFails("panic") }}
		if err := l.Run(context.Background()); err != nil {
			os.Exit(3)
		}
	}
}

// A process prints why it ends.
func TestProcessWhoseAfterPanics(t *testing.T) {
	p := looptest.Child(t, "After panics")
	if r := p.Invoke("text"); string(r.Body) != "text" || r.Err != nil {
		t.Errorf("%q, %v", r.Body, r.Err)
	}
	out := p.Exits(3)
	if !strings.HasPrefix(out, "minlambda: handler: panic: RequestId: ") ||
		!strings.Contains(out, " string: Loop.After: no collector\n") ||
		!strings.Contains(out, "flushFails(...)\n\t") {
		t.Errorf("printed %s", out)
	}
}
