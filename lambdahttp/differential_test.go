package lambdahttp

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdatest"
)

// responses are handlers, by what they do that a server might treat in a way of its own.
var responses = map[string]http.HandlerFunc{
	"nothing":   func(w http.ResponseWriter, r *http.Request) {},
	"text":      func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "Hello, Ada!") },
	"html":      func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<p>a & b</p>") },
	"empty":     func(w http.ResponseWriter, r *http.Request) { w.Write(nil) },
	"teapot":    func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(418) },
	"odd":       func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(799); w.Write([]byte("x")) },
	"nocontent": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204); w.Write([]byte("x")) },
	"redirect": func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/other?a=b&c=d", http.StatusFound)
	},
	"error":    func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no tea", 500) },
	"notfound": http.NotFound,
	"twice": func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(201)
		w.WriteHeader(500)
		io.WriteString(w, "first")
	},
	"late": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Early", "1")
		io.WriteString(w, "a")
		w.Header().Set("X-Late", "1")
		w.WriteHeader(500)
	},
	"lateInPlace": func(w http.ResponseWriter, r *http.Request) {
		w.Header()["X-Values"] = []string{"a"}
		w.WriteHeader(200)
		w.Header()["X-Values"][0] = "changed"
	},
	"early": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(202)
		io.WriteString(w, "accepted")
	},
	"many": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("X-Many", "a, b")
		w.Header().Add("X-Many", "c")
		w.Header().Add("Vary", "Accept")
		w.Header().Add("Vary", "Origin")
	},
	"cookies": func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			http.SetCookie(w, &http.Cookie{Name: name, Value: "1", Path: "/", HttpOnly: true})
		}
	},
	"emptyValue": func(w http.ResponseWriter, r *http.Request) { w.Header().Set("X-Empty", "") },
	"noValue":    func(w http.ResponseWriter, r *http.Request) { w.Header()["X-None"] = nil },
	"badNames": func(w http.ResponseWriter, r *http.Request) {
		w.Header()["bad name"] = []string{"x"}
		w.Header()[""] = []string{"x"}
		w.Header()["X-Ok"] = []string{"a\r\nX-Injected: 1 "}
	},
	"noType": func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Type"] = nil
		io.WriteString(w, "no sniffing")
	},
	"binary": func(w http.ResponseWriter, r *http.Request) { w.Write([]byte{0, 0xff, 0x80, 1}) },
	"notUTF8": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=iso-8859-1")
		w.Write([]byte("caf\xe9"))
	},
	"png": func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "\x89PNG\x0D\x0A\x1A\x0A") },
	"svg": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/svg+xml")
		io.WriteString(w, "<svg/>")
	},
	"gzip": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		io.WriteString(w, "looks like text")
	},
	"json": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json; charset=utf-8")
		io.WriteString(w, `{"a":"<ü\u2028`+"\u2028"+`>"}`)
	},
	"length": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "3")
		n, err := io.WriteString(w, "abc")
		_, more := io.WriteString(w, "d")
		w.Header().Set("X-Unseen", fmt.Sprint(n, err, more))
		if !errors.Is(more, http.ErrContentLength) {
			panic(more)
		}
	},
	"badLength": func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead { // for which net/http's server sends it as it is
			w.Header().Set("Content-Length", "three")
		}
		io.WriteString(w, "abc")
	},
	"notModified": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Etag", `"1"`)
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusNotModified)
		if _, err := w.Write([]byte("x")); err != http.ErrBodyNotAllowed {
			panic(err)
		}
	},
	"pieces": func(w http.ResponseWriter, r *http.Request) {
		for range 100 {
			io.WriteString(w, "<b>0123456789")
		}
	},
	"copy": func(w http.ResponseWriter, r *http.Request) {
		io.Copy(w, strings.NewReader(strings.Repeat("x", 100_000)))
	},
	"content": func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "a.txt", lastModified, strings.NewReader("0123456789"))
	},
	"trailer": func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "x")
		w.Header().Set(http.TrailerPrefix+"X-Sum", "1")
	},
	"controller": func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).EnableFullDuplex(); err != nil {
			panic(err)
		}
		io.WriteString(w, "duplex")
	},
	"mux": func(w http.ResponseWriter, r *http.Request) {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /a/{name}/{rest...}", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, r.PathValue("name"), "|", r.PathValue("rest"))
		})
		mux.ServeHTTP(w, r)
	},
	"maxbytes": func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 2))
		fmt.Fprint(w, err)
	},
	"form": func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.FormValue("a"), "|", r.PostFormValue("b"), "|", r.Form.Encode())
	},
}

// requests are as a client sends them, without the version and the host's line.
var requests = map[string]string{
	"root":     "GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n",
	"query":    "GET /a?x=1&y=a%20b+c&x=%C3%BC&empty= HTTP/1.1\r\nHost: shop.example:8080\r\n\r\n",
	"encoded":  "GET /a/b%2Fc/%C3%BC%20d/e+f HTTP/1.1\r\nHost: shop.example\r\n\r\n",
	"doubled":  "GET //a/../b/./c HTTP/1.1\r\nHost: shop.example\r\n\r\n",
	"cookies":  "GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1; b=\"2\"; c=x=y\r\n\r\n",
	"many":     "GET / HTTP/1.1\r\nHost: a\r\nX-Many: a, b\r\nX-Many: c\r\nAccept: */*\r\n\r\n",
	"date":     "GET / HTTP/1.1\r\nHost: a\r\nIf-Modified-Since: Sat, 29 Oct 1994 19:43:31 GMT\r\n\r\n",
	"range":    "GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=2-5\r\n\r\n",
	"head":     "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n",
	"options":  "OPTIONS /a HTTP/1.1\r\nHost: a\r\nOrigin: https://b.example\r\n\r\n",
	"delete":   "DELETE /a/1 HTTP/1.1\r\nHost: a\r\n\r\n",
	"custom":   "PURGE /a HTTP/1.1\r\nHost: a\r\n\r\n",
	"posttext": "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nh\xc3\xa9llo",
	"postform": "POST /?a=1 HTTP/1.1\r\nHost: a\r\n" +
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\nb=2&a=3",
	"putbinary": "PUT / HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\n" +
		"Content-Length: 4\r\n\r\n\x00\xff\x80\x01",
	"postempty": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
	"ipv6":      "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n",
}

// A request over net/http's own server and the same through each service arrive as the same
// request, and the handler's response arrives as the same response, but for Date and framing.
func TestDifferential(t *testing.T) {
	ours := make(map[string]*lambdatest.Server)
	var handler atomic.Pointer[http.HandlerFunc]
	for _, f := range fronts {
		ours[f.name] = serving(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			(*handler.Load())(w, r)
		}))
	}
	for name, h := range responses {
		for as, request := range requests {
			seen := make(chan received, 1)
			recording := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				seen <- receive(r)
				h(w, r)
			})
			handler.Store(&recording)
			theirs := overNetHTTP(t, request, recording)
			want := <-seen
			for _, f := range fronts {
				t.Run(name+"/"+as+"/"+f.name, func(t *testing.T) {
					answer := invoke(t, ours[f.name], f, request)
					sameRequest(t, f, <-seen, want)
					if f.name != "alb" || name != "form" || as != "query" { // it gets the last x
						sameResponse(t, gotten(t, f.response(t, answer)), theirs)
					}
				})
			}
		}
	}
}

// serving is a Runtime API from which a loop with the handler takes events.
func serving(t *testing.T, h http.Handler, opts ...Option) *lambdatest.Server {
	t.Helper()
	api := lambdatest.NewServer()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	loop := minlambda.Loop{API: api.Addr(), Invoke: NewHandler(h, opts...), Poison: true,
		Log: func(minlambda.Record) {}}
	go func() { defer close(done); loop.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		<-done
		api.Close()
		for _, v := range api.Violations() {
			t.Errorf("violation: %s", v)
		}
	})
	return api
}

// A received is what has arrived: a request at a handler, or a response at a client.
type received struct {
	Method, Host, Path, RawPath, Query, URI, Proto string
	Values                                         url.Values
	Length                                         int64
	Secure                                         bool
	RemoteAddr                                     string

	Status int

	Header http.Header
	Body   string
}

// receive reads a request, which r's handler can read again.
func receive(r *http.Request) received {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return received{
		Method: r.Method, Host: r.Host, Path: r.URL.Path, RawPath: r.URL.RawPath,
		Query: r.URL.RawQuery, URI: r.RequestURI, Proto: r.Proto, Values: r.URL.Query(),
		Length: r.ContentLength, Secure: r.TLS != nil, RemoteAddr: r.RemoteAddr,
		Header: r.Header.Clone(), Body: string(body),
	}
}

// gotten reads a response, without what is the server's own.
func gotten(t *testing.T, r *http.Response) received {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Date", "Content-Length", "Transfer-Encoding", "Connection"} {
		r.Header.Del(name)
	}
	for name, values := range r.Header {
		r.Header[name] = []string{strings.Join(values, ", ")}
	}
	return received{Status: r.StatusCode, Header: r.Header, Body: string(body)}
}

// parsed is the request of the raw text as a service receives it.
func parsed(t *testing.T, raw string) (*http.Request, []byte) {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r, body
}

// invoke has the loop answer the event that f makes of the request.
func invoke(t *testing.T, api *lambdatest.Server, f front, raw string) []byte {
	t.Helper()
	r, body := parsed(t, raw)
	event, err := json.Marshal(f.event(r, body))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := api.Invoke(t.Context(), event)
	if err != nil {
		t.Fatalf("%v for %s", err, event)
	}
	return answer
}

// overNetHTTP sends the request to net/http's server.
func overNetHTTP(t *testing.T, raw string, h http.Handler) received {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = silent
	server.Start()
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, raw); err != nil {
		t.Fatal(err)
	}
	r, _ := parsed(t, raw)
	for reader := bufio.NewReader(conn); ; {
		response, err := http.ReadResponse(reader, r)
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode >= 200 { // not 103, which no service passes on
			return gotten(t, response)
		}
	}
}

// sameRequest compares what a handler has seen, as far as the service tells it.
func sameRequest(t *testing.T, f front, got, want received) {
	t.Helper()
	if !got.Secure || got.RemoteAddr != "203.0.113.7:0" {
		t.Errorf("secure %t, remote address %q", got.Secure, got.RemoteAddr)
	}
	got.Secure, got.RemoteAddr = want.Secure, want.RemoteAddr
	for _, r := range []*received{&got, &want} {
		r.Header, r.Values = r.Header.Clone(), maps.Clone(r.Values)
		for _, added := range []string{"X-Forwarded-For", "X-Forwarded-Proto"} {
			r.Header.Del(added)
		}
		for name, values := range r.Header { // one value for each name, in two of them
			if f.name == "v2" || f.name == "alb" {
				r.Header[name] = []string{strings.ReplaceAll(strings.Join(values, ","), ", ", ",")}
			}
		}
		if f.name != "v2" { // which alone tells the order
			r.Query, r.URI = "", ""
		}
		if f.name == "alb" { // the last value of several is all that there is
			for name, values := range r.Values {
				r.Values[name] = values[len(values)-1:]
			}
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("handler has seen\n%+v, over net/http\n%+v", got, want)
	}
}

// sameResponse compares what a client gets.
func sameResponse(t *testing.T, got, want received) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("client gets\n%.1000s, over net/http\n%.1000s", fmt.Sprintf("%+v", got),
			fmt.Sprintf("%+v", want))
	}
}
