package lambdahttp

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/fronts"
	"github.com/minlambda/minlambda/lambdatest"
)

// Goroutines that a handler leaves behind write, flush and set the status while it returns, and
// after that, whole responses and streams alike. They get an error from some moment on, nothing
// breaks, and what they write is in no other response. The race detector watches.
func TestLateWriters(t *testing.T) {
	const events = 300
	var left sync.WaitGroup
	api := serving(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mine := "<" + r.URL.RawQuery + ">"
		if strings.HasSuffix(mine, "0>") {
			http.NewResponseController(w).Flush()
		}
		left.Add(1)
		go func() {
			defer left.Done()
			for i := 0; ; i++ {
				text := mine
				if i > 10_000 { // enough; a handler that is held up is not to run out of room
					text = ""
					runtime.Gosched()
				}
				if _, err := io.WriteString(w, text); err != nil {
					if !errors.Is(err, http.ErrHandlerTimeout) {
						t.Errorf("late write: %v", err)
					}
					break
				}
			}
			w.WriteHeader(500)
			err := http.NewResponseController(w).Flush()
			if !errors.Is(err, http.ErrHandlerTimeout) {
				t.Errorf("late flush: %v", err)
			}
		}()
	}))
	for i := range events {
		p := api.Queue(lambdatest.Event{Payload: at(t, "/?n="+strconv.Itoa(i))})
		result, err := p.Wait(t.Context())
		if err != nil || result.Err != nil {
			t.Fatal(err, result.Err)
		}
		response := fronts.Named("url").Response
		r := fronts.Received{Body: string(result.Body)}
		if !result.Streaming {
			r = fronts.Gotten(t, response(t, result.Body))
		}
		if rest := strings.ReplaceAll(r.Body, fmt.Sprintf("<n=%d>", i), ""); rest != "" {
			t.Fatalf("response %d has %.100q", i, rest)
		}
	}
	left.Wait()
}

// Several loops call one handler at once; each response goes to its own request, among them
// streams, and requests that are aborted.
func TestConcurrent(t *testing.T) {
	const loops, events = 4, 400
	api := lambdatest.NewServer()
	var running sync.WaitGroup
	ctx := t.Context()
	h := NewHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := r.URL.Query().Get("n")
		w.Header().Set("X-N", n)
		http.SetCookie(w, &http.Cookie{Name: "n", Value: n})
		for range 20 {
			fmt.Fprintf(w, "<%s>", n)
		}
		switch n[len(n)-1] {
		case '3':
			panic(http.ErrAbortHandler)
		case '7':
			http.NewResponseController(w).Flush()
			io.WriteString(w, "<"+n+">")
		}
	}))
	for range loops {
		loop := minlambda.Loop{API: api.Addr(), Invoke: h, Poison: true,
			Log: func(minlambda.Record) {}}
		running.Add(1)
		go func() {
			defer running.Done()
			loop.Run(ctx)
		}()
	}
	var pending []*lambdatest.Pending
	for i := range events {
		path := "/?n=" + strconv.Itoa(i)
		pending = append(pending, api.Queue(lambdatest.Event{Payload: at(t, path)}))
	}
	for i, p := range pending {
		result, err := p.Wait(ctx)
		if err != nil {
			t.Fatal(err)
		}
		ownResponse(t, strconv.Itoa(i), result)
	}
	api.Close()
	running.Wait()
}

func ownResponse(t *testing.T, n string, result lambdatest.Result) {
	t.Helper()
	if n[len(n)-1] == '3' {
		if result.Err == nil || !strings.Contains(result.Err.Message, "ErrAbortHandler") {
			t.Errorf("%s was to be aborted: %v, %.100q", n, result.Err, result.Body)
		}
		return
	}
	if result.Err != nil {
		t.Fatal(n, result.Err)
	}
	response, times := fronts.Named("url").Response, 20
	var got fronts.Received
	if n[len(n)-1] == '7' {
		got, times = fronts.Gotten(t, streamed(t, result)), 21
	} else {
		got = fronts.Gotten(t, response(t, result.Body))
	}
	if got.Header.Get("X-N") != n || got.Header.Get("Set-Cookie") != "n="+n ||
		got.Body != strings.Repeat("<"+n+">", times) {
		t.Errorf("%s got %+v", n, got)
	}
}
