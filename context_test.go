package minlambda_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdatest"
)

func TestContextEndsWhileWaiting(t *testing.T) {
	for _, served := range []int{0, 1} { // with the GET alone, and with the GET that went with a response
		s := start(t, nil, minlambda.Loop{Handler: echo})
		for range served {
			s.fine()
		}
		<-s.api.Asked()
		time.Sleep(10 * time.Millisecond) // it is about to wait: likely, not certain, that it does
		s.stop()
		s.quiet()
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
	s := start(t, nil, minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
		close(running)
		<-finish
		return event, nil
	}})
	p := s.queue("precious")
	<-running
	s.cancel()
	time.Sleep(10 * time.Millisecond)
	close(finish)
	s.stop()
	if r := s.result(p); string(r.Body) != "precious" || r.Status != 202 {
		t.Errorf("ended with %q, %v", r.Body, r.Err)
	}
	for _, r := range s.api.Requests()[1:] {
		if r.Method == "GET" {
			t.Error("asked for an event that nobody would answer")
		}
	}
}

// A response whose connection is lost just as the context ends is sent again all the same.
func TestContextEndsAndConnectionGone(t *testing.T) {
	t.Parallel()
	var s *session
	ready := make(chan struct{})
	s = start(t, nil, minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
		<-ready
		s.api.Drop()
		s.cancel()
		return append(dst, "kept"...), nil
	}})
	close(ready)
	if r := s.invoke("{}"); string(r.Body) != "kept" || r.Err != nil {
		t.Errorf("the invocation ended with %q, %v", r.Body, r.Err)
	}
	s.stop()
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
		s := start(t, nil, minlambda.Loop{Handler: failing})
		s.fine()
		if i%3 == 0 {
			s.api.Drop()
		}
		s.stop()
		s.api.Close()
	}
	once(1)
	goroutines, open := runtime.NumGoroutine(), descriptors()
	for i := range 30 {
		once(i)
	}
	// A goroutine that has closed its channel may take a moment to be gone.
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if runtime.NumGoroutine() <= goroutines && descriptors() <= open {
			return
		}
	}
	t.Errorf("%d goroutines, were %d; %d descriptors, were %d", runtime.NumGoroutine(), goroutines, descriptors(), open)
}

func TestLoopNeedsOneHandler(t *testing.T) {
	invoke := func(*minlambda.Invocation) error { return nil }
	for _, l := range []minlambda.Loop{{}, {Handler: echo, Invoke: invoke}} {
		if err := l.Run(context.Background()); err == nil {
			t.Error("Run returned nil")
		}
	}
}

func TestBadAddress(t *testing.T) {
	const variable = "AWS_LAMBDA_RUNTIME_API"
	t.Setenv(variable, "") // and restores it
	check := func(l minlambda.Loop, parts ...string) {
		t.Helper()
		l.Handler = echo
		err := l.Run(context.Background())
		var e *minlambda.Error
		if !errors.As(err, &e) {
			t.Fatalf("Run returned %v", err)
		}
		for _, part := range append(parts, "cmd/minlambda@latest invoke") {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("Run returned %v; want %q in it", err, part)
			}
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("more than a line: %q", err)
		}
	}
	check(minlambda.Loop{}, variable, `""`)
	os.Setenv(variable, "https://example.com:1/\n")
	check(minlambda.Loop{}, variable, `"https://example.com:1/\n"`)
	os.Unsetenv(variable)
	check(minlambda.Loop{}, variable, "not set")
	check(minlambda.Loop{API: "nonsense:x"}, "Loop.API", `"nonsense:x"`)
}

func TestAddressFromTheEnvironment(t *testing.T) {
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"} {
		t.Setenv(name, "http://127.0.0.1:1/garbage")
	}
	api := lambdatest.NewServer()
	defer api.Close()
	t.Setenv("AWS_LAMBDA_RUNTIME_API", api.Addr())
	ctx, cancel := context.WithTimeout(context.Background(), patience)
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

func TestFailInit(t *testing.T) {
	api := lambdatest.NewServer()
	defer api.Close()
	if err := (&minlambda.Loop{API: api.Addr()}).FailInit(context.Background(), errors.New("no table")); err != nil {
		t.Fatal(err)
	}
	e := api.InitError()
	if e == nil || e.Message != "no table" || e.Type != "errorString" {
		t.Fatalf("reported %v", e)
	}
	if v := api.Violations(); len(v) > 0 {
		t.Error(v)
	}
}

// FailInit has a connection of its own, and closes it.
func TestFailInitConnection(t *testing.T) {
	l := listen(t)
	ended := make(chan error)
	go func() {
		ended <- (&minlambda.Loop{API: l.Addr().String()}).FailInit(context.Background(),
			errors.New("no table"))
	}()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	request, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil || request.URL.Path != "/2018-06-01/runtime/init/error" {
		t.Fatalf("request %+v, %v", request, err)
	}
	io.Copy(io.Discard, request.Body)
	io.WriteString(conn, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if n, err := conn.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("then read %d bytes, %v; want the end", n, err)
	}
}

// A report that was refused is an error, unlike a refused response: no other invocation comes.
func TestFailInitRefused(t *testing.T) {
	api := lambdatest.NewServer()
	defer api.Close()
	api.Script(lambdatest.Answer{Status: 403, Body: []byte(`{"errorType":"InvalidStateTransition"}`)})
	err := (&minlambda.Loop{API: api.Addr()}).FailInit(context.Background(), errors.New("no table"))
	if want := `minlambda: init/error: unexpected status: 403 {"errorType":"InvalidStateTransition"}`; err == nil || err.Error() != want {
		t.Errorf("got %v; want %s", err, want)
	}
}
