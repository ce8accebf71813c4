package fronts

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

var lastModified = time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)

// Handlers are handlers, by what they do that a server might treat in a way of its own.
var Handlers = map[string]http.HandlerFunc{
	"nothing": func(w http.ResponseWriter, r *http.Request) {},
	"text":    func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "Hello, Ada!") },
	"html":    func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<p>a & b</p>") },
	"empty":   func(w http.ResponseWriter, r *http.Request) { w.Write(nil) },
	"teapot":  func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(418) },
	"odd": func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(799)
		io.WriteString(w, "x")
	},
	"nocontent": func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(204)
		io.WriteString(w, "x")
	},
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
	"png": func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "\x89PNG\x0D\x0A\x1A\x0A")
	},
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

// Requests are as a client sends them, without the version and the host's line.
var Requests = map[string]string{
	"root":     "GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n",
	"query":    "GET /a?x=1&y=a%20b+c&x=%C3%BC&empty= HTTP/1.1\r\nHost: shop.example:8080\r\n\r\n",
	"encoded":  "GET /a/b%2Fc/%C3%BC%20d/e+f HTTP/1.1\r\nHost: shop.example\r\n\r\n",
	"percents": "GET /a/%252541?a=%2541 HTTP/1.1\r\nHost: shop.example\r\n\r\n",
	"question": "GET /a/b%253Fc%2523?d=1 HTTP/1.1\r\nHost: shop.example\r\n\r\n",
	"doubled":  "GET //a/../b/./c HTTP/1.1\r\nHost: shop.example\r\n\r\n",
	"cookies":  "GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1; b=\"2\"; c=x=y\r\n\r\n",
	"many":     "GET / HTTP/1.1\r\nHost: a\r\nX-Many: a, b\r\nX-Many: c\r\nAccept: */*\r\n\r\n",
	"date": "GET / HTTP/1.1\r\nHost: a\r\n" +
		"If-Modified-Since: Sat, 29 Oct 1994 19:43:31 GMT\r\n\r\n",
	"range":   "GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=2-5\r\n\r\n",
	"head":    "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n",
	"options": "OPTIONS /a HTTP/1.1\r\nHost: a\r\nOrigin: https://b.example\r\n\r\n",
	"delete":  "DELETE /a/1 HTTP/1.1\r\nHost: a\r\n\r\n",
	"custom":  "PURGE /a HTTP/1.1\r\nHost: a\r\n\r\n",
	"posttext": "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n" +
		"Content-Length: 6\r\n\r\nh\xc3\xa9llo",
	"postform": "POST /?a=1 HTTP/1.1\r\nHost: a\r\n" +
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\nb=2&a=3",
	"putbinary": "PUT / HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\n" +
		"Content-Length: 4\r\n\r\n\x00\xff\x80\x01",
	"postempty": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
	"ipv6":      "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n",
}
