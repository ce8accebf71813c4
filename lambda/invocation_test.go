package lambda_test

import (
	"fmt"
	"net/http"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/minlambda/minlambda/lambdatest"
)

// about is an event for the form of that name, with headers.
func about(headers ...string) lambdatest.Event {
	e := lambdatest.Event{
		Payload: []byte("{}"), RequestID: lambdatest.NewRequestID(), Header: http.Header{},
		Deadline: time.Now().Add(time.Hour).Truncate(time.Millisecond),
	}
	for i := 0; i < len(headers); i += 2 {
		e.Header["Lambda-Runtime-"+headers[i]] = []string{headers[i+1]}
	}
	return e
}

// What a handler finds in its context and in the environment is the same, whatever Lambda says
// about the invocation; what is not JSON in it is the same error.
func TestTheSameContext(t *testing.T) {
	t.Parallel()
	mine, other := build(t, "forms", ours), build(t, "forms", theirs)
	f, g := newFunction(t, mine, "FORM=context"), newFunction(t, other, "FORM=context")
	for _, e := range []lambdatest.Event{
		about(),
		about("Trace-Id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=1;Sampled=1"),
		about(),
		about("Aws-Tenant-Id", "tenant 7"),
		about("Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:f:live"),
		about("Client-Context", `{"Client":{"installation_id":"i","app_title":"t"},`+
			`"env":{"a":"b"},"custom":{"c":"d","e":{"f":1}}}`),
		about("Client-Context", `{"client":{}}`),
		about("Client-Context", `{`),
		about("Client-Context", `[]`),
		about("Client-Context", ``),
		about("Cognito-Identity", `{"cognitoIdentityId":"id","cognitoIdentityPoolId":"pool"}`),
		about("Cognito-Identity", `7`),
		about("Cognito-Identity", `{"a":`),
		about("Client-Context", `{`, "Cognito-Identity", `{`),
		about("Deadline-Ms", fmt.Sprint(time.Now().Add(-time.Minute).UnixMilli())),
	} {
		a, b := f.invoke(e), g.invoke(e)
		if a != b || a.process != "lives" {
			t.Errorf("%v\n ours   %v\n theirs %v", e.Header, a, b)
		}
	}
}

// A deadline that can't be one is none: aws-lambda-go fails the invocation, or hands the handler a
// context that has ended.
func TestDeadlineThatIsNone(t *testing.T) {
	t.Parallel()
	row(t, "deadline")
	mine, other := build(t, "forms", ours), build(t, "forms", theirs)
	f, g := newFunction(t, mine, "FORM=context"), newFunction(t, other, "FORM=context")
	for _, value := range []string{"0", "1542409706888", "soon", "-5", ""} {
		e := about("Deadline-Ms", value)
		a, b := f.invoke(e), g.invoke(e)
		if a.kind != "response" || !strings.Contains(a.body, `"err":"<nil>","lambdacontext"`) ||
			!strings.Contains(a.body, `"limited":false`) {
			t.Errorf("a deadline of %q: ours %v", value, a)
		}
		if b.kind != "error" && !strings.Contains(b.body, "context deadline exceeded") {
			t.Errorf("a deadline of %q: theirs %v", value, b)
		}
	}
	// So it is under a context of the user's.
	f = newFunction(t, mine, "FORM=WithContext")
	if o := f.invoke(about("Deadline-Ms", "0", "Trace-Id", "t")); o.body != `"base<nil>t<nil>"` {
		t.Errorf("under WithContext: %v", o)
	}
}

// A response that the API refuses ends aws-lambda-go, and not us; an answer that says that the API
// itself is broken ends both. Servers for development that answer 200 are fine.
func TestRefusedResponses(t *testing.T) {
	t.Parallel()
	mine, other := build(t, "forms", ours), build(t, "forms", theirs)
	for _, c := range []struct {
		status       int
		mine, theirs string
		row          string
	}{
		{200, "lives", "exit status 1", "200"},
		{202, "lives", "lives", ""},
		{400, "lives", "exit status 1", "refused"},
		{403, "lives", "exit status 1", "refused"},
		{410, "lives", "exit status 1", "refused"},
		{413, "lives", "exit status 1", "refused"},
		{404, "exit status 1", "exit status 1", ""},
		{500, "exit status 1", "exit status 1", ""},
	} {
		for _, form := range []string{"Start", "error own", "reader typed"} {
			t.Run(fmt.Sprint(c.status, " ", form), func(t *testing.T) {
				if c.row == "200" {
					row(t, "development-servers")
				} else if c.row != "" {
					row(t, c.row)
				}
				for file, want := range map[string]string{mine: c.mine, other: c.theirs} {
					f := newFunction(t, file, "FORM="+form)
					e := about()
					e.Payload = []byte(`{"name":"Ada"}`)
					e.Answers = []lambdatest.Answer{{Status: c.status}}
					if o := f.invoke(e); o.kind == "nothing" {
						t.Errorf("%v", o)
					}
					// We may have asked for the next event before the answer came.
					if got := f.goesOn(); got != want {
						t.Errorf("the process %s, want that it %s", got, want)
					}
				}
			})
		}
	}
}

// A delivery's invocation ID is echoed, without which Lambda Managed Instances can't tell a late
// response from one to the next delivery.
func TestInvocationID(t *testing.T) {
	t.Parallel()
	row(t, "invocation-id")
	e := about()
	e.InvocationID = "nonce-7"
	for on, kind := range map[string]string{ours: "lives", theirs: "exit status 1"} {
		f := newFunction(t, build(t, "forms", on), "FORM=Start")
		if on == theirs {
			// It sends none, which is accepted; so nothing but the request tells.
			kind = "lives"
		}
		o := f.invoke(e)
		r := f.api.Requests()
		var sent string
		for _, q := range r {
			if q.Method == http.MethodPost {
				sent = q.Header.Get("Lambda-Runtime-Invocation-Id")
			}
		}
		want := ""
		if on == ours {
			want = "nonce-7"
		}
		if o.process != kind || sent != want {
			t.Errorf("%s: %v, and the header is %q", on, o, sent)
		}
	}
}

// A response that got no answer, since the connection was lost, is sent once more; aws-lambda-go
// ends.
func TestLostConnection(t *testing.T) {
	t.Parallel()
	row(t, "lost-connection")
	lost := about()
	lost.Answers = []lambdatest.Answer{{Raw: []byte{}, Lost: true, Close: true}}
	f := newFunction(t, build(t, "forms", ours), "FORM=Start")
	if o := f.invoke(lost); o.kind != "error" || o.message != "no <name>" || o.process != "lives" {
		t.Errorf("ours %v", o)
	}
	g := newFunction(t, build(t, "forms", theirs), "FORM=Start")
	if o := g.invoke(lost); o.kind != "nothing" || o.process != "exit status 1" {
		t.Errorf("theirs %v", o)
	}
}

// A handler that calls runtime.Goexit is reported, with its stack. aws-lambda-go's process hangs.
func TestGoexit(t *testing.T) {
	t.Parallel()
	row(t, "goexit")
	o := newFunction(t, build(t, "goexit", ours)).invoke(about())
	if o.kind != "error" || o.errorType != "Goexit" || !o.stack || o.process != "exit status 1" {
		t.Errorf("%v", o)
	}
}

// Where Lambda says that several events come at once, both ask for as many.
func TestSeveralAtOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value string
		want  int
	}{{"4", 4}, {"1", 1}, {"0", 1}, {"x", 1}} {
		for _, on := range []string{ours, theirs} {
			f := newFunction(t, build(t, "forms", on), "FORM=context",
				"AWS_LAMBDA_MAX_CONCURRENCY="+c.value)
			f.start()
			f.waits(c.want)
			if on == theirs && c.want > 1 {
				// Its connections are a pool's: a request for an event may come on one on which
				// another worker owes a response, which the server takes for another attempt.
				continue
			}
			var all []*lambdatest.Pending
			for range 5 * c.want {
				all = append(all, f.api.Queue(about("Trace-Id", "Root=7")))
			}
			exported := `"variable":""`
			if on == theirs && c.want == 1 {
				exported = `"variable":"Root=7"` // the table says why ours is not
				row(t, "trace-variable")
			}
			for _, p := range all {
				o := f.result(p)
				if !strings.Contains(o.body, `"AwsRequestID":"`+p.RequestID()+`"`) ||
					!strings.Contains(o.body, `"trace":"Root=7"`) ||
					!strings.Contains(o.body, exported) {
					t.Errorf("%s, %s: %v", on, c.value, o)
				}
			}
			f.waits(c.want)
			if v := f.api.Violations(); on == ours && len(v) > 0 {
				t.Errorf("violations: %q", v)
			}
			f.kill()
			if on == ours && c.value == "4" && f.output.Len() > 0 {
				t.Errorf("it printed %s", f.output.String())
			}
		}
	}
}

// A panic among several ends the process after the others have answered.
func TestPanicAmongSeveral(t *testing.T) {
	t.Parallel()
	for _, on := range []string{ours, theirs} {
		f := newFunction(t, build(t, "several", on), "AWS_LAMBDA_MAX_CONCURRENCY=3")
		f.start()
		f.waits(3)
		slow := f.api.Queue(lambdatest.Event{Payload: []byte(`"slow"`)})
		fatal := f.api.Queue(lambdatest.Event{Payload: []byte(`"panic"`)})
		o := f.result(fatal)
		if !o.stack || o.message != "among several" || o.errorType != "string" {
			t.Errorf("%s: %v", on, o)
		}
		if o = f.result(slow); o.body != `"done"` {
			t.Errorf("%s: %v", on, o)
		}
		if got := f.settle(); got != "exit status 1" {
			t.Errorf("%s: the process %s", on, got)
		}
	}
}

// With WithEnableSIGTERM both register the same extension before the first request for an event;
// the callbacks run on SIGTERM in their order, the function goes on, and a second signal changes
// nothing.
func TestSIGTERM(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("has no signals")
	}
	for _, on := range []string{ours, theirs} {
		f := newFunction(t, build(t, "sigterm", on))
		f.start()
		if got := f.settle(); got != "lives" {
			t.Fatalf("%s: the process %s", on, got)
		}
		list := f.api.Extensions()
		if len(list) != 1 || list[0].Name != "GoLangEnableSIGTERM" || len(list[0].Events) > 0 {
			t.Errorf("%s: registered %+v", on, list)
		}
		f.cmd.Process.Signal(syscall.SIGTERM)
		for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
			o := f.invoke(lambdatest.Event{Payload: []byte(`{}`)})
			if o.body == `"first second"` && o.process == "lives" {
				break
			}
			if o.body != `""` && o.body != `"first"` || time.Now().After(end) {
				t.Fatalf("%s: %v", on, o)
			}
		}
		f.cmd.Process.Signal(syscall.SIGTERM)
		if o := f.invoke(lambdatest.Event{Payload: []byte(`{}`)}); o.body != `"first second"` {
			t.Errorf("%s: after a second signal %v", on, o)
		}
		f.kill()
		if f.output.Len() > 0 {
			t.Errorf("%s: it printed %s", on, f.output.String())
		}

		// Without callbacks the signal is Go's, which ends the process.
		f = newFunction(t, build(t, "sigterm", on), "CALLBACKS=none")
		f.start()
		f.settle()
		if len(f.api.Extensions()) != 1 {
			t.Errorf("%s: registered %+v", on, f.api.Extensions())
		}
		f.cmd.Process.Signal(syscall.SIGTERM)
		<-f.done
		if got := f.settle(); got != "signal: terminated" {
			t.Errorf("%s: without callbacks the process %s", on, got)
		}
	}
}

// Where no extension can be registered, a warning says so, and the function serves.
func TestSIGTERMWithoutExtensions(t *testing.T) {
	t.Parallel()
	for _, on := range []string{ours, theirs} {
		f := newFunction(t, build(t, "sigterm", on))
		f.api.NoExtensions = true
		if o := f.invoke(lambdatest.Event{Payload: []byte(`{}`)}); o.body != `""` {
			t.Errorf("%s: %v", on, o)
		}
		f.kill()
		if n := strings.Count(f.output.String(), "\n"); n != 1 {
			t.Errorf("%s: it printed %q", on, f.output.String())
		}
	}
}

// Without a Runtime API both say so and exit with status 1.
func TestNoRuntimeAPI(t *testing.T) {
	t.Parallel()
	row(t, "no-api")
	for _, on := range []string{ours, theirs} {
		for _, program := range []string{"hello", "sigterm"} {
			cmd := exec.Command(build(t, program, on))
			cmd.Env = []string{"A=b"}
			out, err := cmd.CombinedOutput()
			if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out),
				"AWS_LAMBDA_RUNTIME_API") {
				t.Errorf("%s: %s: %v, %s", on, program, err, out)
			}
		}
	}
}

// The log has an error once, in one line, with the request ID, and in JSON where Lambda says so.
func TestLog(t *testing.T) {
	t.Parallel()
	row(t, "log")
	for format, want := range map[string]string{
		"TEXT": "minlambda: handler: error: RequestId: 7 failure: " +
			"own <html> & \u2028 \"quoted\"\\n\n",
		"json": `"level":"ERROR","requestId":"7",` +
			`"message":"own <html> & ` + "\u2028" + ` \"quoted\"\n","errorType":"failure",` +
			`"errorMessage":"own <html> & ` + "\u2028" + ` \"quoted\"\n"}` + "\n",
	} {
		f := newFunction(t, build(t, "forms", ours), "FORM=error own",
			"AWS_LAMBDA_LOG_FORMAT="+format)
		f.invoke(lambdatest.Event{RequestID: "7"})
		f.kill()
		got := f.output.String()
		if !strings.HasSuffix(got, want) || strings.Count(got, "\n") != 1 {
			t.Errorf("%s: it printed %q, want %q", format, got, want)
		}
	}
	f := newFunction(t, build(t, "forms", ours), "FORM=panic own")
	f.invoke(lambdatest.Event{RequestID: "7", Payload: []byte(`{"name":"a"}`)})
	lines := strings.Split(f.output.String(), "\n")
	if len(lines) < 5 || lines[0] != "minlambda: handler: panic: RequestId: 7 failure: no tea" ||
		!strings.HasPrefix(lines[1], "main.init.panics.func") ||
		!strings.HasPrefix(lines[2], "\tmain/main.go:") ||
		lines[len(lines)-2] != `minlambda: handler: panic: "no tea"` {
		t.Errorf("it printed %q", lines)
	}
}

// An error whose type has no name, as a panic of nil where Go is told to let that be, is logged as
// any other.
func TestLogOfUnnamed(t *testing.T) {
	t.Parallel()
	f := newFunction(t, build(t, "forms", ours), "FORM=error without name")
	f.invoke(lambdatest.Event{RequestID: "7"})
	f.kill()
	const want = "minlambda: handler: error: RequestId: 7 error: anonymous\n"
	if got := f.output.String(); got != want {
		t.Errorf("it printed %q, want %q", got, want)
	}
	f = newFunction(t, build(t, "forms", ours), "FORM=panic nil", "GODEBUG=panicnil=1")
	o := f.invoke(lambdatest.Event{Payload: []byte(`{"name":"a"}`)})
	if o.kind != "error" || o.errorType != "PanicNilError" || o.process != "exit status 1" {
		t.Errorf("%v", o)
	}
}

// The headers that aws-lambda-go does not send: the error's type as Lambda reads it. Both tell
// X-Ray the same of an error.
func TestErrorHeaders(t *testing.T) {
	t.Parallel()
	row(t, "error-header")
	for form, want := range map[string]string{
		"error own": "Function.Failure", "error report": "Function.ToldType",
		"panic string": "Runtime.Panic", "nil": "Function.ErrorString",
	} {
		var causes []string
		for _, on := range []string{ours, theirs} {
			f := newFunction(t, build(t, "forms", on), "FORM="+form)
			p := f.queue(`{"name":"Ada"}`)
			header := f.wait(p).Header
			got := header.Get("Lambda-Runtime-Function-Error-Type")
			if on == ours && got != want || on == theirs && got != "" {
				t.Errorf("%s: %s: the header says %q", form, on, got)
			}
			c := f.wait(p).Err.Cause
			if c == nil || len(c.Exceptions) != 1 {
				t.Fatalf("%s: %s: the cause is %+v", form, on, c)
			}
			e := c.Exceptions[0]
			if form == "panic string" {
				if len(e.Stack) == 0 || len(c.Paths) == 0 {
					t.Errorf("%s: the cause has no stack: %+v", on, c)
				}
				e.Stack, c.Paths = nil, nil
			}
			causes = append(causes, fmt.Sprintf("%q %q %+v %q %q", e.Type, e.Message, e.Stack,
				c.Paths, c.WorkingDirectory))
		}
		if causes[0] != causes[1] {
			t.Errorf("%s:\n ours   %s\n theirs %s", form, causes[0], causes[1])
		}
	}
}

// The stack of a panic begins with the function that has panicked, as a package's path and a file.
func TestStack(t *testing.T) {
	t.Parallel()
	row(t, "stack")
	f := newFunction(t, build(t, "forms", ours), "FORM=Invoke panics")
	stack := f.wait(f.queue("{}")).Err.StackTrace
	if len(stack) < 3 || stack[0].Path != "main/main.go" || stack[0].Label != "echo.Invoke" ||
		stack[0].Line == 0 {
		t.Errorf("the stack is %+v", stack)
	}
	// Theirs begins with its own functions.
	g := newFunction(t, build(t, "forms", theirs), "FORM=Invoke panics")
	if stack := g.wait(g.queue("{}")).Err.StackTrace; !slices.ContainsFunc(stack[1:],
		func(f lambdatest.Frame) bool { return f.Label == "echo.Invoke" }) {
		t.Errorf("theirs is %+v", stack)
	}
}

// A stream reaches the caller piece by piece, its prelude in a chunk of its own and the NULs in the
// next, also if nothing comes after it. Anything but a reader is sent with its length.
func TestFraming(t *testing.T) {
	t.Parallel()
	row(t, "framing")
	row(t, "prelude")
	nuls := strings.Repeat("\x00", 8)
	for form, want := range map[string][]string{
		"url": {`{"statusCode":404,"headers":{"Content-Type":"text/html"},"cookies":["a=b"]}`, nuls,
			"<b>", "a", "</b>"},
		"url empty":    {`{"statusCode":200}`, nuls},
		"reader typed": {"<b>", "a", "</b>"},
	} {
		f := newFunction(t, build(t, "forms", ours), "FORM="+form)
		p := f.queue(`{"name":"Ada"}`)
		f.wait(p)
		s := p.Stream(t.Context())
		var chunks []string
		for {
			c, err := s.Chunk()
			if err != nil {
				break
			}
			chunks = append(chunks, string(c))
		}
		if !slices.Equal(chunks, want) {
			t.Errorf("%s: chunks %q, want %q", form, chunks, want)
		}
	}
	f := newFunction(t, build(t, "forms", ours), "FORM=Start")
	r := f.wait(f.queue(`{"name":"Ada"}`))
	if r.Header.Get("Content-Length") != fmt.Sprint(len(r.Body)) {
		t.Errorf("the header is %v", r.Header)
	}
}

// The library finds the invocation in the handler's context, whatever that is a child of:
// lambdaslog writes its request ID.
func TestLibraryContext(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"plain", "base"} {
		f := newFunction(t, build(t, "slog", ours), "FORM="+form, "AWS_LAMBDA_LOG_FORMAT=JSON")
		e := about("Trace-Id", "Root=7")
		if o := f.invoke(e); o.body != `"`+e.RequestID+` Root=7"` {
			t.Errorf("%s: %v", form, o)
		}
		f.kill()
		if !strings.Contains(f.output.String(), `"requestId":"`+e.RequestID+`"`) {
			t.Errorf("%s: it printed %s", form, f.output.String())
		}
	}
}

// A server for development that has no event for a while says 204, and is asked again.
func TestNoContent(t *testing.T) {
	t.Parallel()
	row(t, "development-servers")
	for on, want := range map[string]string{ours: "lives", theirs: "exit status 1"} {
		f := newFunction(t, build(t, "forms", on), "FORM=Start")
		f.api.Queue(lambdatest.Event{Raw: []byte("HTTP/1.1 204 No Content\r\n\r\n")})
		f.start()
		if got := f.goesOn(); got != want {
			t.Errorf("%s: the process %s, want that it %s", on, got, want)
		}
	}
}
