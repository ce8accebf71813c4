package minlambda_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/lambdatest"
)

var blue = http.Header{"Lambda-Runtime-Aws-Tenant-Id": {"blue"}}

// An error that a handler returns is one record, told before it is reported, whoever has made the
// error.
func TestReturnedErrorIsLogged(t *testing.T) {
	for name, c := range map[string]struct {
		invoke        func(inv *minlambda.Invocation) error
		kind, message string
	}{
		"error": {func(*minlambda.Invocation) error { return errors.New("no\ntea") },
			"errorString", "no\ntea"},
		"typed": {func(*minlambda.Invocation) error { return chosenError{"Tea"} }, "Tea", "chosen"},
		"large": {func(inv *minlambda.Invocation) error {
			inv.SetResponse(make([]byte, minlambda.MaxResponse+1))
			return nil
		}, "Function.ResponseSizeTooLarge", "Response payload size"},
		"content type": {func(inv *minlambda.Invocation) error {
			inv.SetContentType("\n")
			return nil
		},
			"Function.InvalidContentType", "content type"},
	} {
		t.Run(name, func(t *testing.T) {
			api := lambdatest.NewServer()
			defer api.Close()
			got := make(chan minlambda.Record, 2)
			early := 0
			l := minlambda.Loop{API: api.Addr(), Invoke: c.invoke, Log: func(r minlambda.Record) {
				early = len(looptest.Posts(api))
				got <- r
			}}
			ctx, cancel := context.WithCancel(context.Background())
			ended := make(chan error)
			go func() { ended <- l.Run(ctx) }()
			p := api.Queue(lambdatest.Event{Header: blue})
			if r, err := p.Wait(ctx); err != nil || r.Err == nil || r.Err.Type != c.kind {
				t.Fatalf("ended with %+v, %v", r, err)
			}
			cancel()
			<-ended
			var rec minlambda.Record
			select {
			case rec = <-got:
			default: // it was told before the report, or never
			}
			if rec.Level != minlambda.LevelError || rec.RequestID != p.RequestID() ||
				rec.TenantID != "blue" || rec.Type != c.kind ||
				!strings.HasPrefix(rec.Message, c.message) || rec.Stack != "" || rec.Panic {
				t.Errorf("logged %+v", rec)
			}
			if early != 0 || len(got) > 0 {
				t.Errorf("%d POSTs came before it, %d records after", early, len(got))
			}
		})
	}
}

// As text a record is one line, whatever is in it, and the stack is apart.
func TestRecordString(t *testing.T) {
	const stack = "main.f(...)\n\tmain/f.go:3"
	for _, c := range []struct {
		want string
		r    minlambda.Record
	}{
		{"minlambda: handler: error: RequestId: id Type: no\\ntea\\u001b\uFFFD\\u0085 \"\\",
			minlambda.Record{RequestID: "id", Type: "Type", Message: "no\ntea\x1b\xff\u0085 \"\\"}},
		{"minlambda: init: error: A\\u000dB: text", minlambda.Record{Type: "A\rB",
			Message: "text"}},
		{"minlambda: handler: panic: RequestId: id string: boom\n" + stack,
			minlambda.Record{RequestID: "id", Type: "string", Message: "boom", Panic: true,
				Stack: stack}},
		{"minlambda: response to id refused: 413",
			minlambda.Record{RequestID: "id", Message: "minlambda: response to id refused: 413"}},
	} {
		if got := c.r.String(); got != c.want {
			t.Errorf("%+v is\n%q, want\n%q", c.r, got, c.want)
		}
	}
}

// A Log that panics, or never returns, keeps neither report nor answer from the API.
func TestLogThatFails(t *testing.T) {
	api := lambdatest.NewServer()
	defer api.Close()
	forever := make(chan struct{})
	var calls atomic.Int32
	l := minlambda.Loop{API: api.Addr(), Handler: func(dst, event []byte) ([]byte, error) {
		switch string(event) {
		case "panic":
			panic("boom")
		case "fail":
			return nil, errors.New("failed")
		}
		return event, nil
	}, Log: func(r minlambda.Record) {
		calls.Add(1)
		if r.Panic {
			<-forever
		}
		panic("Log panics")
	}}
	ended := make(chan error)
	go func() { ended <- l.Run(context.Background()) }()
	ctx, cancel := context.WithTimeout(context.Background(), looptest.Patience)
	defer cancel()
	for _, event := range []string{"fail", "fine", "fail", "panic"} {
		r, err := api.Queue(lambdatest.Event{Payload: []byte(event)}).Wait(ctx)
		if err != nil || (r.Err == nil) != (event == "fine") {
			t.Fatalf("%s ended with %+v, %v", event, r, err)
		}
	}
	close(forever)
	var e *minlambda.Error
	if err := <-ended; !errors.As(err, &e) || e.Op != "handler" {
		t.Errorf("Run returned %v", err)
	}
	if calls.Load() != 3 {
		t.Errorf("Log was called %d times", calls.Load())
	}
}

// children are what this package's own program does, in a process of its own.
var children = map[string]func(){
	"log panics": func() {
		l := minlambda.Loop{Handler: failing, Log: func(minlambda.Record) { panic("Log panics") }}
		l.Run(context.Background())
	},
	"log exits": func() {
		l := minlambda.Loop{Handler: failing, Log: func(minlambda.Record) { runtime.Goexit() }}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			l.Run(context.Background())
		}()
		<-ended
	},
	"panics": func() {
		minlambda.Run(func(dst, event []byte) ([]byte, error) { panic(string(event)) })
	},
}

// What a Log that panics has not taken is on standard error, and why.
func TestLogThatPanicsIsPrinted(t *testing.T) {
	p := looptest.Child(t, "log panics")
	if r := p.Invoke("fail"); r.Err == nil {
		t.Error("no error")
	}
	if r := p.Invoke("fine"); string(r.Body) != "fine" || r.Err != nil {
		t.Errorf("then %q, %v", r.Body, r.Err)
	}
	said := p.Kill()
	want := regexp.MustCompile("^minlambda: handler: error: RequestId: [^ ]+ " +
		"errorString: it was asked to\nminlambda: Loop.Log: panic: Log panics\n$")
	if !want.MatchString(said) {
		t.Errorf("printed %q", said)
	}
	p = looptest.Child(t, "log exits")
	p.API.Queue(lambdatest.Event{Payload: []byte("fail")})
	if got := p.Exits(0); !strings.Contains(got,
		"errorString: it was asked to\nminlambda: Loop.Log: runtime.Goexit\n") {
		t.Errorf("printed %q", got)
	}
}

// Every line of ours is an object with Lambda's fields under AWS_LAMBDA_LOG_FORMAT=JSON, and the
// level is obeyed.
func TestLogFormat(t *testing.T) {
	const stamp = `{"timestamp":"2\d\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ",`
	const id = `"requestId":"[0-9a-f-]{36}","tenantId":"blue",`
	jsonError := stamp + `"level":"ERROR",` + id +
		`"message":"it was asked to","errorType":"errorString","errorMessage":"it was asked to"\}` +
		"\n"
	jsonPanic := stamp + `"level":"FATAL",` + id +
		`"message":"a\\nb","errorType":"string","errorMessage":"a\\nb",` +
		`"stackTrace":\[\{"path":"github.com/minlambda/minlambda_test/log_test.go",` +
		`"line":\d+,"label":"[^"]+"\},.*\]\}` + "\n"
	jsonExit := stamp + `"level":"FATAL","message":"minlambda: handler: panic: \\"a\\\\nb\\""\}` +
		"\n"
	textError := "minlambda: handler: error: RequestId: [^ ]+ errorString: it was asked to\n"
	textPanic := "minlambda: handler: panic: RequestId: [^ ]+ string: a\\\\nb\n" +
		`github.com/minlambda/minlambda_test[^ \n]*\(\.\.\.\)` + "\n\t(.*\n)*"
	textExit := `minlambda: handler: panic: "a\\nb"` + "\n"
	for _, c := range []struct{ format, level, first, rest string }{
		{"", "", textError, textPanic + textExit},
		{"Text", "INFO", textError, textPanic + textExit},
		{"JSON", "", jsonError, jsonPanic + jsonExit},
		{"json", "error", jsonError, jsonPanic + jsonExit},
		{"jSoN", "Fatal", "", jsonPanic + jsonExit},
		{"TEXT", "FATAL", "", textPanic + textExit},
		{"JSON", "LOUD", jsonError, jsonPanic + jsonExit},
		{"YAML", "TRACE", textError, textPanic + textExit},
	} {
		t.Run(c.format+" "+c.level, func(t *testing.T) {
			p := looptest.Child(t, "error or panic", "AWS_LAMBDA_LOG_FORMAT="+c.format,
				"AWS_LAMBDA_LOG_LEVEL="+c.level)
			for _, event := range []string{"fail", "panic"} {
				looptest.Result(t, p.API.Queue(lambdatest.Event{Payload: []byte(event),
					Header: blue}))
			}
			got := p.Exits(1)
			if !regexp.MustCompile("^" + c.first + c.rest + "$").MatchString(got) {
				t.Errorf("printed %s\nwant    %s", got, c.first+c.rest)
			}
			if strings.EqualFold(c.format, "JSON") {
				for line := range strings.Lines(got) {
					if !json.Valid([]byte(line)) {
						t.Errorf("no JSON: %s", line)
					}
				}
			}
		})
	}
}

func init() {
	children["error or panic"] = func() {
		minlambda.Run(func(dst, event []byte) ([]byte, error) {
			if string(event) == "panic" {
				panic("a\nb")
			}
			return failing(dst, event)
		})
	}
}

// A long message is cut under errorMessage, so that the line is shorter than 64 KiB, and cut
// shorter under message.
func TestLongMessageInTheLog(t *testing.T) {
	p := looptest.Child(t, "panics", "AWS_LAMBDA_LOG_FORMAT=JSON")
	reported := p.Invoke(strings.Repeat("\U0001f600", 1<<20)).Err
	line, _, _ := strings.Cut(p.Exits(1), "\n")
	var got struct {
		Message, ErrorMessage string
		StackTrace            []any
	}
	if err := json.Unmarshal([]byte(line), &got); err != nil {
		t.Fatalf("%v in %.200s", err, line)
	}
	if len(line) >= 64<<10 || len(got.ErrorMessage) < 16<<10 || len(got.StackTrace) == 0 ||
		!strings.HasPrefix(reported.Message, got.ErrorMessage[:16<<10]) ||
		!strings.HasPrefix(got.ErrorMessage, got.Message[:1024]) || len(got.Message) > 1100 ||
		!strings.HasSuffix(got.Message, " bytes more)") {
		t.Errorf("message of %d bytes, errorMessage of %d, %d frames", len(got.Message),
			len(got.ErrorMessage), len(got.StackTrace))
	}
}

// No line has 64 KiB, whatever is in the message, unless IDs are as long: AWS's emulator reads
// nothing more after such a line, and the function would wait for it.
func TestLongLines(t *testing.T) {
	for name, message := range map[string]string{
		"text": strings.Repeat("x", 96<<10), "control characters": strings.Repeat("\x00", 96<<10),
		"quotes": strings.Repeat("\"", 96<<10), "not UTF-8": strings.Repeat("\x80", 96<<10),
		"lines": strings.Repeat("a\n", 48<<10), "emoji": strings.Repeat("\U0001f600", 24<<10),
	} {
		for _, kind := range []string{"", "errorString"} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				r := minlambda.Record{Level: minlambda.LevelError, RequestID: "id", Type: kind,
					Message: message}
				text, object := r.String(), r.JSON()
				var got struct{ Message, ErrorMessage string }
				if err := json.Unmarshal([]byte(object), &got); err != nil {
					t.Fatalf("%v in %.200s", err, object)
				}
				if len(text) >= 64<<10 || len(object) >= 64<<10 || len(text) < 7<<10 ||
					len(object) < 7<<10 || len(got.Message) == 0 {
					t.Errorf("lines of %d and %d bytes", len(text), len(object))
				}
			})
		}
	}
	long := minlambda.Record{RequestID: strings.Repeat("i", 70<<10), Message: "x", Type: "y"}
	if !strings.Contains(long.JSON(), long.RequestID) || !strings.Contains(long.String(), "y: ") {
		t.Error("a long ID is left out")
	}
}
