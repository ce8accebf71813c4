//go:build linux

package conformance

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// An outcome is what comes of an event.
type outcome struct {
	reply string // what the caller gets; see like
	after after  // what the next event meets
	says  string // what emulator and function have written: a part of it
}

// after is what an event leaves behind.
type after string

const (
	same  after = "the same process"
	fresh after = "another process"
	ends  after = "an emulator that ends" // as managed mode does when its function's process ends
	stuck after = "no worker, for good"
)

// A failure is an event after which not all is well, and what comes of it by
// runtime and mode.
type failure struct {
	name    string
	event   string
	timeout int // of the invocation, in seconds; 0 is enough
	want    [2][2]outcome
	why     string // ours and aws-lambda-go's differ
}

// brief is the time, in seconds, of an invocation that is to be too long. On a busy
// machine a process needs a good part of it to start.
const brief = 3

const (
	limit    = 6<<20 + 100 // bytes of a response, and of an event in classic mode
	exited   = `{"errorType":"Runtime.ExitError"}`
	exitedID = `502 {"errorType":"Runtime.ExitError","errorMessage":"RequestId: * Error: ` +
		`Runtime exited *"}`
	late    = "200 Task timed out after 3.00 seconds"
	lateToo = `200 Sandbox.Timedout {"errorType":"Sandbox.Timedout",` +
		`"errorMessage":"Task timed out after 3.00 seconds"}`
	overLimit = `200 *{"errorMessage":"Response payload size (6291557 bytes) exceeded maximum ` +
		`allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}`
	cutByAPI = `502 {"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response ` +
		`payload size exceeded maximum allowed payload size (6291556 bytes)."}`
	cutToo = `200 Function.ResponseSizeTooLarge {"errorType":"Function.ResponseSizeTooLarge"}`
)

var failures = []failure{
	{
		name: "error", event: `{"do":"fail","text":"no tea"}`,
		want: [2][2]outcome{
			ours: {
				{`200 {"errorMessage":"no tea","errorType":"errorString"}`, same,
					"handler: error: RequestId: ID errorString: no tea"},
				{`200 Function.ErrorString {"errorMessage":"no tea","errorType":"errorString"}`,
					same, `"requestId":"ID"`},
			},
			control: {
				{`200 {"errorMessage":"no tea","errorType":"errorString"}`, same, "no tea"},
				{`200 Runtime.Unknown {"errorMessage":"no tea","errorType":"errorString"}`, same,
					"no tea"},
			},
		},
		why: "an error's type goes into the header in the form that the API keeps, and log lines " +
			"have the request ID",
	},
	{
		name: "panic", event: `{"do":"panic","text":"no tea"}`,
		want: [2][2]outcome{
			ours: {
				{`502 {"errorMessage":"no tea","errorType":"string","stackTrace":[{"path":"` +
					`github.com/minlambda/minlambda/conformance/programs/act/act.go",*`, fresh,
					"handler: panic: RequestId: ID string: no tea"},
				{`200 Runtime.Panic {"errorMessage":"no tea","errorType":"string","stackTrace":*`,
					ends, `"requestId":"ID"`},
			},
			control: {
				{`502 {"errorMessage":"no tea","errorType":"string","stackTrace":[{"path":"` +
					`github.com/aws/aws-lambda-go@*`, fresh, "no tea"},
				{`200 Runtime.Unknown {"errorMessage":"no tea","errorType":"string","stackTrace":*`,
					ends, "no tea"},
			},
		},
		why: "the stack begins with the function that panicked, and not with the runtime",
	},
	{
		name: "exit 0", event: `{"do":"exit"}`,
		want: [2][2]outcome{
			ours:    {{exitedID, fresh, ""}, {"200 Runtime.ExitError " + exited, ends, ""}},
			control: {{exitedID, fresh, ""}, {"200 Runtime.ExitError " + exited, ends, ""}},
		},
	},
	{
		name: "exit 3", event: `{"do":"exit","n":3}`,
		want: [2][2]outcome{
			ours: {
				{exitedID, fresh, "exit status 3"}, {"200 Runtime.ExitError " + exited, ends, ""},
			},
			control: {
				{exitedID, fresh, "exit status 3"}, {"200 Runtime.ExitError " + exited, ends, ""},
			},
		},
	},
	{
		name: "Goexit", event: `{"do":"goexit"}`, timeout: brief,
		want: [2][2]outcome{
			ours: {
				{`502 {"errorMessage":"handler called runtime.Goexit","errorType":"Goexit",*`,
					fresh, "Goexit: handler called runtime.Goexit"},
				{`200 Runtime.Panic {"errorMessage":"handler called runtime.Goexit",*`,
					ends, `"errorType":"Goexit"`},
			},
			control: {{late, fresh, ""}, {lateToo, stuck, ""}},
		},
		why: "aws-lambda-go's process lives on without a goroutine that serves",
	},
	{
		name: "timeout", event: `{"do":"sleep","n":6000}`, timeout: brief,
		want: [2][2]outcome{
			ours:    {{late, fresh, ""}, {lateToo, same, "refused: 410"}},
			control: {{late, fresh, ""}, {lateToo, ends, "unexpected status code: 410"}},
		},
		why: "aws-lambda-go exits when the API refuses a response, which in managed mode takes " +
			"all of its workers with it",
	},
	{
		name: "response of one byte too many", event: `{"do":"reply","n":6291557}`,
		want: [2][2]outcome{
			ours: {
				{overLimit, same, "RequestId: ID Function.ResponseSizeTooLarge"},
				{overLimit, same, "Function.ResponseSizeTooLarge"},
			},
			control: {
				{cutByAPI, fresh, "unexpected status code: 413"},
				{cutToo, ends, "unexpected status code: 413"},
			},
		},
		why: "aws-lambda-go sends what is too large, and exits when the API refuses it",
	},
	{
		name: "response of 40 MB", event: `{"do":"reply","n":40000000}`,
		want: [2][2]outcome{
			ours: {
				{strings.Replace(overLimit, "6291557", "40000000", 1), same, ""},
				{strings.Replace(overLimit, "6291557", "40000000", 1), same, ""},
			},
			control: {{cutByAPI, fresh, ""}, {cutToo, ends, ""}},
		},
		why: "as above",
	},
	{
		name: "event of one byte too many", event: strings.Repeat("e", limit+1),
		want: [2][2]outcome{
			ours:    {{"200 (6291556 bytes of e)", same, ""}, {overLimit, same, ""}},
			control: {{"200 (6291556 bytes of e)", same, ""}, {cutToo, ends, ""}},
		},
		why: "classic mode cuts the event silently; the managed one hands it on, and the " +
			"response that it becomes is too large",
	},
	{
		name: "line of 60 kB", event: `{"do":"print","n":60000}`,
		want: [2][2]outcome{
			ours:    {{"200 printed", same, ""}, {"200 printed", same, ""}},
			control: {{"200 printed", same, ""}, {"200 printed", same, ""}},
		},
	},
	{
		name: "line of 70 kB", event: `{"do":"print","n":70000}`, timeout: brief,
		want: [2][2]outcome{ // after such a line managed mode reads none any more
			ours:    {{"200 printed", same, ""}, {lateToo, stuck, "token too long"}},
			control: {{"200 printed", same, ""}, {lateToo, stuck, "token too long"}},
		},
	},
	{
		name:  "error of 2 MB",
		event: `{"do":"fail","text":"` + strings.Repeat("t", 2e6) + `"}`, timeout: brief,
		want: [2][2]outcome{
			ours: {
				{`200 (* bytes *… (* bytes more)","errorType":"errorString"})`, same, ""},
				{`200 Function.ErrorString (* bytes *… (* bytes more)","errorType":*`, same, ""},
			},
			control: {
				{`200 (2000045 bytes *","errorType":"errorString"})`, same, ""},
				{lateToo, stuck, ""},
			},
		},
		why: "the managed API takes reports of up to 1 MiB; our messages are clipped, and " +
			"aws-lambda-go's worker never asks for an event again after the 413",
	},
}

// Whatever an event does to its function, its caller gets a reply that says so,
// and the next event is served: ours by the same process, unless that is in an
// unknown state, aws-lambda-go's as the table says.
func TestFailures(t *testing.T) {
	t.Parallel()
	all(t, failures, [2]string{ours.program(), control.program()})
}

// all tries failures on the programs of both runtimes, in both modes.
func all(t *testing.T, failures []failure, programs [2]string) {
	for _, f := range failures {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			if f.want[ours] == f.want[control] != (f.why == "") {
				t.Error("the runtimes differ, and the table does not say why; or they don't")
			}
			for _, m := range modes {
				for _, r := range runtimes {
					t.Run(fmt.Sprint(m, "/", r), func(t *testing.T) {
						t.Parallel()
						e := start(t, setup{mode: m, program: programs[r], timeout: f.timeout})
						e.fails(f.event, f.want[r][m])
					})
				}
			}
		})
	}
}

// fails sends an event after which not all is well.
func (e *emulator) fails(event string, want outcome) {
	e.t.Helper()
	const id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
	before := e.who()
	got := e.ask(event, "X-Amzn-RequestId", id)
	if !like(want.reply, got.String()) {
		e.t.Errorf("the caller gets %s\nwant %s", got, want.reply)
	}
	switch want.after {
	case same:
		if now := e.who(); now.PID != before.PID || now.Served != before.Served+2 {
			e.t.Errorf("the next event meets %+v; it was %+v before", now, before)
		}
	case fresh:
		if now := e.who(); now.PID == before.PID || now.Served != 1 {
			e.t.Errorf("the next event meets %+v; it was %+v before", now, before)
		}
	case ends:
		e.end()
	case stuck:
		for range 100 {
			if r, err := e.once("x"); err != nil || r.kind != unavailable {
				e.t.Fatalf("the next event comes to %s, %v", r, err)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	e.says(strings.Replace(want.says, "ID", id, 1))
}

// says waits until emulator or function have written something: the emulator may
// be late with what the function writes.
func (e *emulator) says(something string) {
	e.t.Helper()
	for deadline := time.Now().Add(patience); !strings.Contains(e.said(), something); {
		if time.Now().After(deadline) {
			e.t.Errorf("nobody writes %q", something)
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// who is which process the next event meets.
func (e *emulator) who() (w struct{ PID, Served int }) {
	e.t.Helper()
	r := e.ask(`{"do":"who"}`)
	if err := json.Unmarshal([]byte(r.body), &w); err != nil || w.PID == 0 {
		e.t.Fatalf("asked which process it is, it says %s: %v", r, err)
	}
	return w
}

// like reports whether text matches a pattern, in which an asterisk is any run of
// characters.
func like(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return text == pattern
	}
	first, last := parts[0], parts[len(parts)-1]
	if !strings.HasPrefix(text, first) {
		return false
	}
	text = text[len(first):]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return strings.HasSuffix(text, last)
}
