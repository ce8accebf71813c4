package fuzz

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/ascii"
	"github.com/minlambda/minlambda/parse"
	"github.com/minlambda/minlambda/wire"
)

// FuzzRequest: whatever IDs, body, base path, content type, message and error type there are,
// net/http's server reads the requests that were meant, each once, with those headers and no
// others, and not a byte more. An ID that has no place in a request is never sent.
func FuzzRequest(f *testing.F) {
	seedRequests(f)
	f.Fuzz(func(t *testing.T, id, nonce, contentType string, body []byte, base string, how byte) {
		checkRequest(t, id, nonce, contentType, body, base, how)
	})
}

func seedRequests(f *testing.F) {
	f.Helper()
	ids := []string{
		"8476a536-e9f4-11e8-9739-2dfe598c3fcd", "id", "", "a/b", "../init/error", "a?b", "a#b",
		"a%0d%0ab", "a b", "a\tb", " id\t", "a\r\nX-Injected: 1", "a\r\n\r\n", "a\nb", "a\rb",
		"a\x00b", "\xc3\xa4",
		"a HTTP/1.1\r\nHost: x\r\n\r\nGET /", "!$&'()*+,;=:@-._~\"<>[]^`{|}\\", "//", "..", ".",
		strings.Repeat("x", 600), strings.Repeat("x", 5000),
	}
	types := []string{"application/json", "", "text/plain; charset=utf-8", " a\tb ",
		"a\r\nX-Injected: 1", "a\r\n\r\nGET / HTTP/1.1\r\n\r\n", "\x00", "\x7f", "\xff", "a\rb",
		strings.Repeat("t", 700)}
	bases := []string{"", "/", "/worker", "/.rt/function", "/a/b//", "//x", "/a:b", "/a://b",
		"/a%20b", "/%zz", "/a?b", "/a b", "/a\r\nb", "/\xff", "/..", "/{id}"}
	for i, id := range ids {
		for how := range byte(styles) {
			f.Add(id, ids[(i+int(how))%len(ids)], types[i%len(types)], []byte(id),
				bases[i%len(bases)], how|byte(i&1)*inSequence)
		}
	}
	for i, contentType := range types {
		f.Add("id", "nonce", contentType, []byte("GET / HTTP/1.1\r\n\r\n"), bases[i], byte(i%3))
		f.Add(bases[i], "nonce", "a/b", bytes.Repeat([]byte(contentType), 9000), bases[i+5],
			byte(i%styles))
	}
}

// checkRequest lets a Loop handle one event, and compares the requests that arrive with those that
// were meant.
func checkRequest(t *testing.T, id, nonce, contentType string, body []byte, base string,
	how byte) {
	if base != "" && base[0] != '/' {
		base = "/" + base
	}
	want, ok := incomingEvent(id, nonce, body)
	if !ok {
		return
	}
	addrOK := true
	if _, err := wire.ParseAddr("127.0.0.1:1" + base); err != nil {
		addrOK = false
	} else if _, err := url.ParseRequestURI(base + "/"); err != nil {
		return // a percent sign without a code: no server is there
	}
	w := requestStyle{minlambda.Loop{InSequence: how&inSequence != 0},
		int(how&^inSequence) % styles, contentType, body}
	var log bytes.Buffer
	w.Log = loop(&log).Log
	host := ""
	requests, readErr, runErr := serveOne(t, want.raw,
		func(ctx context.Context, addr string) error {
			host = addr
			w.API = addr + base
			return w.run(ctx)
		})
	if readErr != nil {
		t.Fatalf("%v, after %q", readErr, requests)
	}
	all := w.expect(t, want, addrOK, strings.TrimRight(base, "/"), host, log.String(), runErr)
	w.dropReports(t, requests)
	if !slices.EqualFunc(requests, all, func(a, b request) bool {
		return reflect.DeepEqual(a, b)
	}) {
		t.Errorf("got  %+q\nwant %+q", requests, all)
	}
}

// expect returns the requests that were meant, and checks what was logged and how the loop ended.
func (w *requestStyle) expect(t *testing.T, want incoming, addrOK bool, base, host, log string,
	runErr error) (all []request) {
	t.Helper()
	asks := request{"GET", base + nextPath, host,
		http.Header{"User-Agent": {"minlambda/" + wire.Version}}, ""}
	switch {
	case !addrOK:
	case w.how == styleInit:
		all = []request{w.answer(base, host, want)}
	case want.id == "":
		all = []request{asks}
		var e *minlambda.Error
		if !errors.As(runErr, &e) || e.Op != "next" {
			t.Errorf("Run returned %v", runErr)
		}
	case w.how == stylePanic:
		all = []request{asks, w.answer(base, host, want)}
	default:
		all = []request{asks, w.answer(base, host, want), asks}
		line := ascii.Quote(want.unfit) + " of " + want.id
		said := want.unfit == "" && log == "" ||
			want.unfit != "" && strings.HasSuffix(log, line+"\n")
		if runErr != context.Canceled || !said {
			t.Errorf("Run returned %v, and logged %q", runErr, log)
		}
	}
	return all
}

// dropReports checks the error reports among requests, and takes their bodies and causes out: those
// have names of types and lines in them. FuzzErrorJSON reads them.
func (w *requestStyle) dropReports(t *testing.T, requests []request) {
	t.Helper()
	for i := range requests {
		if r := &requests[i]; strings.HasSuffix(r.uri, "/error") {
			if !json.Valid([]byte(r.body)) ||
				r.header.Get("Content-Length") != strconv.Itoa(len(r.body)) {
				t.Errorf("error report %q, %v", r.body, r.header)
			}
			if r.header.Get(causeHeader) != "" != (w.how != styleInit) {
				t.Errorf("cause %q", r.header[causeHeader])
			}
			r.body = ""
			r.header.Del("Content-Length")
			r.header.Del(causeHeader)
		}
	}
}

// An incoming event is an event as the server sends it, and what must be echoed.
type incoming struct {
	raw       []byte
	id, nonce string // both empty if it must be refused
	unfit     string // a nonce that is to be logged, not echoed
}

// incomingEvent makes an event with these IDs. ok is false if the IDs have changed where the event
// ends, so that the loop would wait for more.
func incomingEvent(id, nonce string, body []byte) (e incoming, ok bool) {
	head := "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: " + id + "\r\n"
	if nonce != "" {
		head += "Lambda-Runtime-Invocation-Id: " + nonce + "\r\n"
	}
	e.raw = append([]byte(head+"Content-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"), body...)
	var h parse.Head
	h.Reset(minlambda.DefaultMaxEvent)
	n, err := h.Parse(e.raw)
	if err != nil {
		return e, true
	}
	if n == 0 || n+h.Length != len(e.raw) {
		return e, false
	}
	if e.id = string(h.RequestID.Of(e.raw)); e.id != "" {
		if e.nonce = string(h.InvocationID.Of(e.raw)); h.Unfit {
			e.nonce, e.unfit = "", e.nonce
		}
	}
	return e, true
}

// The styles of answering an event.
const (
	styleWrite = iota
	styleOwn
	styleEvent
	styleAppend
	styleRest
	styleError
	stylePanic
	styleInit
	styles

	inSequence = 0x80
)

type requestStyle struct {
	minlambda.Loop
	how         int
	contentType string
	body        []byte
}

func (w *requestStyle) run(ctx context.Context) error {
	fault := typed{string(w.body), w.contentType}
	switch w.how {
	case styleInit:
		return w.FailInit(ctx, fault)
	case styleAppend:
		w.Handler = func(dst, event []byte) ([]byte, error) { return append(dst, event...), nil }
	case styleRest:
		w.Handler = func(dst, event []byte) ([]byte, error) { return event[len(event)/2:], nil }
	default:
		w.Invoke = func(inv *minlambda.Invocation) error {
			inv.SetContentType(w.contentType)
			switch w.how {
			case styleWrite:
				inv.Write(w.body)
			case styleOwn:
				inv.SetResponse(w.body)
			case styleEvent:
				inv.SetResponse(inv.Event())
			case styleError:
				return fault
			case stylePanic:
				panic(string(w.body))
			}
			return nil
		}
	}
	return w.Run(ctx)
}

// answer returns the request that e, or a start-up, must lead to. An error report has no body here.
func (w *requestStyle) answer(base, host string, e incoming) request {
	r := request{"POST", base + "/2018-06-01/runtime/invocation/" + e.id, host,
		http.Header{"Content-Type": {"application/json"}}, ""}
	if e.nonce != "" && w.how != styleInit {
		r.header.Set("Lambda-Runtime-Invocation-Id", e.nonce)
	}
	_, _, errorType := typedSays("", w.contentType)
	invalid := func(r rune) bool { return r < ' ' && r != '\t' || r > '~' }
	valid := len(w.contentType) <= 1<<10 && !strings.ContainsFunc(w.contentType, invalid)
	switch {
	case w.how == styleInit:
		r.uri = base + "/2018-06-01/runtime/init/error"
		r.header.Set("User-Agent", "minlambda/"+wire.Version)
	case w.how == stylePanic:
		errorType = "Runtime.Panic"
	case w.how == styleError:
	case w.how == styleAppend || w.how == styleRest:
		r.body = string(w.body)
		if w.how == styleRest {
			r.body = r.body[len(r.body)/2:]
		}
		errorType = ""
	case valid:
		r.body = string(w.body)
		r.header.Set("Content-Type", strings.Trim(w.contentType, " \t"))
		errorType = ""
	default:
		errorType = "Function.InvalidContentType"
	}
	if errorType == "" {
		r.uri += "/response"
		r.header.Set("Content-Length", strconv.Itoa(len(r.body)))
		return r
	}
	if w.how != styleInit {
		r.uri += "/error"
	}
	r.header.Set("Lambda-Runtime-Function-Error-Type", errorType)
	return r
}
