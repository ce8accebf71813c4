package fuzz

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
)

// The steps of a handler that streams. Each byte of a fuzzer's program is a step, by its lowest
// three bits, and a size, by the others.
const (
	stepFlush = iota
	stepWrite
	stepWriteString
	stepReadFrom
	stepSetResponse
	stepPrelude
	stepContentType
	stepEnd // returns an error or, by the size, panics or returns nil
	steps
)

// stepSizes are what sizes mean: around the ends of buffers and chunks.
var stepSizes = [32]int{0, 1, 2, 3, 15, 16, 17, 255, 256, 511, 512, 1000, 4095, 7000, 7500, 8191,
	8192, 9000, 16 << 10, 32<<10 - 7, 32<<10 - 1, 32 << 10, 32<<10 + 1, 40_000, 64<<10 - 1,
	64 << 10, 65_537, 70_000, 5, 6, 7, 8}

// A streamModel is what a program must come to, worked out in the simplest way.
type streamModel struct {
	sent, unsent []byte
	streaming    bool
	prelude      string
	contentType  string
	failed       string // the message of an error, or of a panic
	panicked     bool
}

// text is n bytes that differ from step to step.
func text(step, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(step*31 + i + i>>8)
	}
	return b
}

// run runs a program against the model, and returns the handler that does the same.
func (m *streamModel) run(program []byte) func(inv *minlambda.Invocation) error {
	var handle []func(inv *minlambda.Invocation)
	do := func(f func(inv *minlambda.Invocation)) { handle = append(handle, f) }
	result := func() error { return nil }
	for i, op := range program {
		n := stepSizes[op>>3]
		b := text(i, n)
		end := false
		switch op % steps {
		case stepFlush:
			m.sent, m.unsent, m.streaming = append(m.sent, m.unsent...), nil, true
			do(func(inv *minlambda.Invocation) { inv.Flush() })
		case stepWrite:
			m.unsent = append(m.unsent, b...)
			do(func(inv *minlambda.Invocation) { inv.Write(b) })
		case stepWriteString:
			m.unsent = append(m.unsent, b...)
			do(func(inv *minlambda.Invocation) { inv.WriteString(string(b)) })
		case stepReadFrom:
			m.unsent = append(m.unsent, b...)
			do(func(inv *minlambda.Invocation) { inv.ReadFrom(bytes.NewReader(b)) })
		case stepSetResponse: // what has been sent of the unsent nobody knows here: so all of it is
			m.sent, m.unsent, m.streaming = append(m.sent, m.unsent...), b, true
			do(func(inv *minlambda.Invocation) { inv.Flush(); inv.SetResponse(b) })
		case stepPrelude:
			if m.streaming {
				continue // an error of its own, which has a test
			}
			m.prelude = fmt.Sprintf(`{"statusCode":%d}`, n)
			json := []byte(m.prelude)
			do(func(inv *minlambda.Invocation) { inv.SetPrelude(json); clear(json) })
		case stepContentType:
			kind := fmt.Sprint("type/", n)
			if !m.streaming {
				m.contentType = kind
			}
			do(func(inv *minlambda.Invocation) { inv.SetContentType(kind) })
		case stepEnd:
			end = true
			switch m.failed = strings.Repeat("\u00e4", min(n, 400)); n % 3 {
			case 0:
				m.failed = ""
			case 1:
				result = func() error { return errors.New(m.failed) }
			default:
				m.panicked = true
				result = func() error { panic(m.failed) }
			}
		}
		if end {
			break
		}
	}
	return func(inv *minlambda.Invocation) error {
		for _, f := range handle {
			f(inv)
		}
		return result()
	}
}

const emptyEvent = "HTTP/1.1 200 OK\r\n" +
	"Lambda-Runtime-Aws-Request-Id: id\r\nContent-Length: 0\r\n\r\n"

// FuzzStream: whatever a handler writes, flushes and fails with, net/http reads one request with
// the bytes that it wrote, in the order in which it did, and with its error; and after it the GET.
func FuzzStream(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{stepFlush})
	f.Add([]byte{stepPrelude, stepWrite | 5<<3})
	f.Add([]byte{stepFlush, stepWrite | 21<<3, stepEnd | 1<<3})
	f.Add([]byte{stepContentType, stepWriteString | 20<<3, stepFlush, stepWriteString | 22<<3,
		stepReadFrom | 23<<3, stepWrite | 26<<3, stepEnd | 2<<3})
	f.Add([]byte{stepFlush, stepWrite | 1<<3, stepWrite | 21<<3, stepWrite | 20<<3,
		stepReadFrom | 25<<3, stepSetResponse | 24<<3, stepWrite | 3<<3, stepSetResponse | 1<<3,
		stepWrite | 27<<3})
	f.Add([]byte{stepPrelude | 31<<3, stepFlush, stepReadFrom | 31<<3, stepEnd | 16<<3})
	f.Fuzz(func(t *testing.T, program []byte) {
		var m streamModel
		l := minlambda.Loop{Invoke: m.run(program[:min(len(program), 50)]),
			Poison: len(program)%2 == 0, Log: func(minlambda.Record) {}}
		listener, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		l.API = listener.Addr().String()
		go func() { defer close(done); l.Run(ctx) }()
		defer func() { cancel(); <-done }()
		socket, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer socket.Close()
		in := bufio.NewReader(socket)
		wantNext(t, in)
		io.WriteString(socket, emptyEvent)
		r, err := http.ReadRequest(in)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatalf("%v after %d bytes", err, len(body))
		}
		m.judge(t, r, body)
		if m.panicked {
			io.WriteString(socket, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
			return
		}
		wantNext(t, in)
		io.WriteString(socket, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
	})
}

func wantNext(t *testing.T, in *bufio.Reader) {
	t.Helper()
	r, err := http.ReadRequest(in)
	if err != nil || r.Method != "GET" || !strings.HasSuffix(r.RequestURI, "/next") {
		t.Fatalf("%v, %+v in place of a GET", err, r)
	}
}

// judge compares a request with what it must be.
func (m *streamModel) judge(t *testing.T, r *http.Request, body []byte) {
	t.Helper()
	written := append(m.sent, m.unsent...)
	streaming := m.streaming || m.prelude != "" && m.failed == ""
	kind, verb := m.contentType, "/response"
	switch {
	case !streaming && m.failed != "":
		kind, verb = "application/json", "/error"
	case streaming && m.prelude != "":
		kind = "application/vnd.awslambda.http-integration-response"
		written = append([]byte(m.prelude+"\x00\x00\x00\x00\x00\x00\x00\x00"), written...)
	case streaming && kind == "":
		kind = "application/octet-stream"
	case kind == "":
		kind = "application/json"
	}
	if !strings.HasSuffix(r.RequestURI, verb) || r.Header.Get("Content-Type") != kind ||
		(r.Header.Get("Lambda-Runtime-Function-Response-Mode") == "streaming") != streaming {
		t.Fatalf("%s %s, %v; want %s of %s, streaming %v", r.Method, r.RequestURI, r.Header, verb,
			kind, streaming)
	}
	report := body
	if streaming {
		text := r.Trailer.Get("Lambda-Runtime-Function-Error-Body")
		var err error
		if report, err = base64.StdEncoding.DecodeString(text); err != nil {
			t.Fatal(err)
		}
	}
	if verb == "/response" && !bytes.Equal(body, written) {
		t.Fatalf("%d bytes came; want %d", len(body), len(written))
	}
	if m.failed == "" {
		if streaming && len(report) > 0 {
			t.Fatalf("the error %q", report)
		}
		return
	}
	var got struct{ ErrorMessage string }
	if err := json.Unmarshal(report, &got); err != nil || got.ErrorMessage != m.failed {
		t.Fatalf("%v: the error %.100q; want %.100q", err, report, m.failed)
	}
}

// FuzzStreamAnswer: whatever a server says in the middle of a stream, and then closes, the loop
// ends with an error or asks for the next event, and no byte of the stream is sent again.
func FuzzStreamAnswer(f *testing.F) {
	stream := []byte{stepFlush, stepWrite | 24<<3, stepFlush, stepWriteString | 23<<3,
		stepEnd | 1<<3}
	for i, answer := range []string{
		"", "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 413 Request Entity Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
		"HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"HTTP/1.1 410 Gone\r\nContent-Length: 20\r\n\r\n{}", "HTTP/1.1 408 Request Timeout\r\n\r\n",
		"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 200 OK\r\n\r\nuntil the end",
		"nonsense",
	} {
		f.Add(stream[:len(stream)-i%2], []byte(answer), uint16(i*7000))
		f.Add(stream[:1+i%4], []byte(answer), uint16(1))
		f.Add([]byte{stepPrelude, stepWrite | 24<<3}, []byte(answer), uint16(i*100))
	}
	f.Fuzz(func(t *testing.T, program, answer []byte, at uint16) {
		var m streamModel
		l := minlambda.Loop{Invoke: m.run(program[:min(len(program), 20)]),
			Log: func(minlambda.Record) {}}
		if m.panicked {
			return // no GET comes after it, by which its end would be known
		}
		listener, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan struct{})
		l.API = listener.Addr().String()
		go func() { defer close(ended); l.Run(ctx); listener.Close() }()
		defer func() { cancel(); listener.Close(); <-ended }()
		socket, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		in := bufio.NewReader(socket)
		wantNext(t, in)
		io.WriteString(socket, emptyEvent)
		in.Peek(1) // its response has begun, and what comes now is an answer
		readSome(in, int(at))
		socket.Write(answer)
		socket.Close()
		again, err := listener.Accept()
		if err != nil {
			return // Run has returned
		}
		defer again.Close()
		r, err := http.ReadRequest(bufio.NewReader(again))
		if err != nil {
			return // it had its last connection made when it ended
		}
		if m.streaming && r.Method != "GET" {
			t.Fatalf("after the stream came %s %s", r.Method, r.RequestURI)
		}
	})
}

// readSome reads n bytes, or as many as there are before the GET for the next event ends.
func readSome(in *bufio.Reader, n int) {
	var got []byte
	for len(got) < n {
		c, err := in.ReadByte()
		if err != nil {
			return
		}
		got = append(got, c)
		if c == '\n' && in.Buffered() == 0 && bytes.HasSuffix(got, []byte("\r\n\r\n")) &&
			bytes.Contains(got[max(0, len(got)-300):], []byte("/invocation/next HTTP/1.1\r\n")) {
			return
		}
	}
}
