package minlambda_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdatest"
)

// Lambda's server is Go's net/http: it must read our requests as we mean them.
func TestServerOfNetHTTP(t *testing.T) {
	const n = 1000
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	asked, answered := 0, 0
	mux := http.NewServeMux()
	mux.HandleFunc("GET /base/2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, r *http.Request) {
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
	})
	mux.HandleFunc("POST /base/2018-06-01/runtime/invocation/{id}/response", func(w http.ResponseWriter, r *http.Request) {
		answered++
		body, err := io.ReadAll(r.Body)
		if err != nil || len(body) != asked*5 || r.PathValue("id") != fmt.Sprintf("id-%d", asked) || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("invocation %d was answered with %d bytes, %v for %s, %v", asked, len(body), err, r.PathValue("id"), r.Header)
		}
		w.WriteHeader(http.StatusAccepted)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	err := (&minlambda.Loop{Handler: echo, API: server.URL + "/base"}).Run(ctx)
	if err != context.Canceled || answered != n {
		t.Errorf("Run returned %v after %d answers", err, answered)
	}
}

// A large response is refused before it has been read: the 413 is found behind the broken pipe.
func TestEarly413(t *testing.T) {
	for _, own := range []bool{false, true} {
		large := payload(6 << 20)
		s := start(t, nil, minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
			switch {
			case string(event) != "large":
				return event, nil
			case own:
				return large, nil
			}
			return append(dst, large...), nil
		}})
		s.api.Script(lambdatest.Answer{Status: 413, BeforeBody: true, Close: true, Header: http.Header{"Connection": {"close"}}})
		s.result(s.queue("large"))
		s.fine()
		s.logs("413")
		if got := posts(s.api); len(got) != 2 {
			t.Errorf("POSTs %q", got)
		}
		s.stop()
	}
}

// 204 means that there is no event yet.
func TestNoEventYet(t *testing.T) {
	s := start(t, nil, minlambda.Loop{Handler: echo})
	for range 5 {
		s.api.Queue(lambdatest.Event{Raw: []byte("HTTP/1.1 204 No Content\r\n\r\n")})
	}
	s.fine()
	s.quiet()
	if n := s.api.Connections(); n != 1 {
		t.Errorf("%d connections", n)
	}
}
