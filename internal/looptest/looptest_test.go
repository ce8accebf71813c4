package looptest

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdatest"
)

func TestMain(m *testing.M) {
	Main(m, map[string]func(){
		"echoes": func() {
			minlambda.Run(func(dst, event []byte) ([]byte, error) { return event, nil })
		},
		"exits": func() { os.Exit(3) },
		"prints": func() {
			fmt.Println(os.Getenv("MINLAMBDA_TEST_WORD"))
			minlambda.Run(nil)
		},
	})
}

// A recorder is a test that keeps what it is told.
type recorder struct {
	testing.TB
	errors []string
	ends   []func()
}

func (r *recorder) Helper()                         {}
func (r *recorder) Logf(format string, args ...any) {}
func (r *recorder) Failed() bool                    { return len(r.errors) > 0 }
func (r *recorder) Cleanup(end func())              { r.ends = append(r.ends, end) }

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Fatal(args ...any) {
	r.errors = append(r.errors, fmt.Sprint(args...))
	runtime.Goexit()
}

// says runs a test, with its end, and returns what it is told.
func says(t *testing.T, test func(r *recorder)) string {
	t.Helper()
	r := &recorder{TB: t}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer func() {
			for i := len(r.ends) - 1; i >= 0; i-- {
				r.ends[i]()
			}
		}()
		test(r)
	}()
	<-ended
	return strings.Join(r.errors, "\n")
}

// handler answers with the event after "re ", fails, panics, or returns too much.
func handler(dst, event []byte) ([]byte, error) {
	switch string(event) {
	case "fail":
		return nil, errors.New("on purpose")
	case "panic":
		panic("on purpose")
	case "large":
		return make([]byte, minlambda.MaxResponse+1), nil
	case "fine":
		return event, nil
	}
	return append(append(dst, "re "...), event...), nil
}

// A session gives back what the handler did, and has nothing to say against it.
func TestSession(t *testing.T) {
	said := says(t, func(r *recorder) {
		calls := 0 // by test and handler in turn, which the race detector must not mind
		s := Start(r, minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
			calls++
			return handler(dst, event)
		}})
		if got := s.Invoke("a"); string(got.Body) != "re a" || got.Err != nil {
			t.Errorf("ended with %q, %v", got.Body, got.Err)
		}
		for _, event := range []string{"fail", "large"} {
			if got := s.Invoke(event); got.Err == nil {
				t.Errorf("%s ended with %q", event, got.Body)
			}
		}
		s.Fine()
		s.Quiet()
		s.Stop()
		if calls++; calls != 5 {
			t.Errorf("%d calls", calls)
		}
		if posts := Posts(s.API); len(posts) != 4 || !strings.HasSuffix(posts[1], "/error") {
			t.Errorf("POSTs %q", posts)
		}
	})
	if said != "" {
		t.Errorf("says %q", said)
	}
}

// The harness sees a wrong answer, a loop that logs, one that ends or goes on when it should not,
// and one that breaks the protocol.
func TestWrongIsSeen(t *testing.T) {
	loop := minlambda.Loop{Handler: handler}
	refused := func(s *Session) {
		s.API.Script(lambdatest.Answer{Status: 413})
		s.Invoke("a")
		s.Fine()
	}
	for name, c := range map[string]struct {
		test func(r *recorder, s *Session)
		says string
	}{
		"a wrong answer": {func(r *recorder, s *Session) {
			Start(r, minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
				return append(dst, "wrong"...), nil
			}}).Fine()
		}, `the next invocation ended with "wrong"`},
		"an end": {func(r *recorder, s *Session) {
			s.API.Queue(lambdatest.Event{Payload: []byte("panic")})
			s.Wait()
			s.Stop()
		}, "Run returned minlambda: handler: panic"},
		"no panic": {func(r *recorder, s *Session) { s.Stop(); s.Panicked() },
			"logged 0 panics; want one"},
		"a log":  {func(r *recorder, s *Session) { refused(s); s.Quiet() }, "refused: 413"},
		"no log": {func(r *recorder, s *Session) { s.Logs("x") }, "want one line"},
		"another log": {func(r *recorder, s *Session) { refused(s); s.Logs("410") },
			`want "410"`},
		"no error of Run": {func(r *recorder, s *Session) { s.Cancel(); s.Failed() },
			"want an *Error"},
		"a violation": {func(r *recorder, s *Session) { garbage(t, s.API.Addr()) },
			"malformed request"},
	} {
		t.Run(name, func(t *testing.T) {
			said := says(t, func(r *recorder) { c.test(r, Start(r, loop)) })
			if !strings.Contains(said, c.says) {
				t.Errorf("says %q; want %q in it", said, c.says)
			}
		})
	}
}

// A process is a function with an API of its own; another status, and an end that comes too early,
// are seen.
func TestProcess(t *testing.T) {
	said := says(t, func(r *recorder) {
		p := Child(r, "echoes")
		p.Asked()
		if got := p.Invoke("a"); string(got.Body) != "a" {
			t.Errorf("ended with %q, %v", got.Body, got.Err)
		}
		if out := p.Kill(); out != "" {
			t.Errorf("it printed %q", out)
		}
		out := Child(r, "prints", "MINLAMBDA_TEST_WORD=word").Exits(1)
		if !strings.HasPrefix(out, "word\n") || !strings.Contains(out, "Loop needs Handler") {
			t.Errorf("it printed %q", out)
		}
	})
	if said != "" {
		t.Errorf("says %q", said)
	}
	if said := says(t, func(r *recorder) { Child(r, "exits").Exits(0) }); !strings.Contains(said,
		"exit status 3, want 0") {
		t.Errorf("another status: says %q", said)
	}
	if said := says(t, func(r *recorder) { Child(r, "exits").Asked() }); !strings.Contains(said,
		"the process has ended: exit status 3") {
		t.Errorf("an early end: says %q", said)
	}
}

// A program is built once, and one that does not build says why.
func TestBuild(t *testing.T) {
	file := Example(t, "hello")
	if again := Example(t, "hello"); again != file {
		t.Errorf("built twice: %s, %s", file, again)
	}
	if said := says(t, func(r *recorder) { Build(r, Examples+"nothing") }); !strings.Contains(said,
		"go build") {
		t.Errorf("says %q", said)
	}
}

// garbage sends what no function sends, and waits until it has been looked at.
func garbage(t *testing.T, addr string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(Patience))
	io.WriteString(conn, "garbage\r\n\r\n")
	io.Copy(io.Discard, conn)
}
