package fronts

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
)

// A Received is what has arrived: a request at a handler, or a response at a client.
type Received struct {
	Method, Host, Path, RawPath, Query, URI, Proto string
	Values                                         url.Values
	Length                                         int64
	Secure                                         bool
	RemoteAddr                                     string

	Status int

	Header http.Header
	Body   string
}

// Receive reads a request, which r's handler can read again.
func Receive(r *http.Request) Received {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return Received{
		Method: r.Method, Host: r.Host, Path: r.URL.Path, RawPath: r.URL.RawPath,
		Query: r.URL.RawQuery, URI: r.RequestURI, Proto: r.Proto, Values: r.URL.Query(),
		Length: r.ContentLength, Secure: r.TLS != nil, RemoteAddr: r.RemoteAddr,
		Header: r.Header.Clone(), Body: string(body),
	}
}

// Gotten reads a response, without what is the server's own.
func Gotten(t testing.TB, r *http.Response) Received {
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
	return Received{Status: r.StatusCode, Header: r.Header, Body: string(body)}
}

// Parsed reads the request of the raw text as a service receives it.
func Parsed(t testing.TB, raw string) (*http.Request, []byte) {
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

// OverNetHTTP sends the request to net/http's server.
func OverNetHTTP(t testing.TB, raw string, h http.Handler) Received {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
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
	r, _ := Parsed(t, raw)
	for reader := bufio.NewReader(conn); ; {
		response, err := http.ReadResponse(reader, r)
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode >= 200 { // not 103, which no service passes on
			return Gotten(t, response)
		}
	}
}

// SameRequest compares what a handler has seen with what it sees over net/http, as far as f tells.
func SameRequest(t testing.TB, f Front, got, want Received) {
	t.Helper()
	if !got.Secure || got.RemoteAddr != "203.0.113.7:0" {
		t.Errorf("secure %t, remote address %q", got.Secure, got.RemoteAddr)
	}
	got.Secure, got.RemoteAddr = want.Secure, want.RemoteAddr
	for _, r := range []*Received{&got, &want} {
		r.Header, r.Values = r.Header.Clone(), maps.Clone(r.Values)
		for _, added := range []string{"X-Forwarded-For", "X-Forwarded-Proto"} {
			r.Header.Del(added)
		}
		if f.V2 || f.Single {
			for name, values := range r.Header {
				joined := strings.Join(values, ",")
				r.Header[name] = []string{strings.ReplaceAll(joined, ", ", ",")}
			}
		}
		if !f.V2 { // which alone tells the order
			r.Query, r.URI = "", ""
		}
		if f.Single {
			for name, values := range r.Values {
				r.Values[name] = values[len(values)-1:]
			}
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("handler has seen\n%+v, over net/http\n%+v", got, want)
	}
}

// SameResponse compares what a client gets.
func SameResponse(t testing.TB, got, want Received) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("client gets\n%.1000s, over net/http\n%.1000s", fmt.Sprintf("%+v", got),
			fmt.Sprintf("%+v", want))
	}
}
