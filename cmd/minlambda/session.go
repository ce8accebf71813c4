package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/minlambda/minlambda/lambdatest"
)

// requestsKept is the length of the Runtime API's log: enough for the last request on each of the
// function's connections. An internal extension has one or two.
const requestsKept = 8

// session is a function's process, and the Runtime API that it talks to.
type session struct {
	options  *invoke
	function *function
	api      *lambdatest.Server
	child    *child
	log      *os.File

	start time.Duration // from the start of the process to its first GET /next
	peak  int64         // resident size in bytes; 0 if not known
	times []time.Duration
}

// begin starts the function.
func begin(options *invoke, f *function, log *os.File) (*session, error) {
	s := &session{options: options, function: f, api: lambdatest.NewServer(), log: log}
	if options.Repeat > 1 {
		s.api.Keep(0)
	} else {
		s.api.Keep(requestsKept)
	}
	command := exec.Command(f.binary)
	command.Dir = f.root
	command.Env = environment(command.Environ(), options, f, s.api.Addr())
	command.Stdout, command.Stderr = log, log // the same file for both keeps their order
	var err error
	if s.child, err = start(command); err != nil {
		s.api.Close()
		if reason := flaw(f.binary); reason != "" {
			return nil, fmt.Errorf("start: %w: %s", err, reason)
		}
		return nil, fmt.Errorf("start: %w", err)
	}
	return s, nil
}

// end stops the function, and prints what the Runtime API found wrong with its requests.
func (s *session) end() {
	s.stop()
	s.api.Close()
	for _, violation := range s.api.Violations() {
		s.say("the function broke the Runtime API's rules: %s", violation)
	}
}

// stop ends the function as Lambda does: a function that has registered an extension gets SIGTERM
// first.
func (s *session) stop() { s.child.stop(len(s.api.Extensions()) > 0) }

// say writes a line of the tool's own.
func (s *session) say(format string, args ...any) {
	fmt.Fprintf(s.log, "minlambda: invoke: "+format+"\n", args...)
}

// ready waits until the function asks for its first event. If it reports an error instead, that is
// the response.
func (s *session) ready(ctx context.Context) (response []byte, err error) {
	timer := time.NewTimer(s.options.Timeout)
	defer timer.Stop()
	select {
	case <-s.api.Asked():
	case <-s.child.exited:
		s.drain(s.api.Asked())
	case <-timer.C:
		err = fmt.Errorf("the function did not ask for an event within %s", s.options.Timeout)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	s.measure(false)
	if fault := s.api.InitError(); fault != nil {
		s.say("the function failed to start: %v", fault)
		return fault.Raw, errFailed
	}
	asked := s.api.AskedAt()
	if !asked.IsZero() {
		s.start = asked.Sub(s.child.started)
		return nil, nil
	}
	if err == nil {
		err = errors.New("the function exited before it asked for an event: " + s.child.reason())
	}
	return nil, fmt.Errorf("%w; %s", err, s.hint())
}

// hint says where to look if a function has never asked for an event.
func (s *session) hint() string {
	switch {
	case crlf(headOf(s.function.binary)):
		return "it is a script whose lines end in CRLF: save it with LF alone"
	case s.api.Connections() > 0:
		return "it connected to the Runtime API, and did not send" +
			" GET /2018-06-01/runtime/invocation/next"
	default:
		return "it never connected to the Runtime API, whose address is in" +
			" AWS_LAMBDA_RUNTIME_API: does its main function call minlambda.Run, or lambda.Start?" +
			" What it printed stands above"
	}
}

// asks waits until the function asks for another event. It reports false if the function ends
// instead.
func (s *session) asks(ctx context.Context) bool {
	limit := time.NewTimer(s.options.Timeout)
	defer limit.Stop()
	for !s.idle() {
		select {
		case <-s.child.exited:
			return false
		case <-limit.C:
			return true // the next event finds out
		case <-ctx.Done():
			return true
		case <-time.After(time.Millisecond):
		}
	}
	return !s.child.over()
}

// idle reports whether the function's last request asks for an event.
func (s *session) idle() bool {
	for _, request := range slices.Backward(s.api.Requests()) {
		if strings.Contains(request.Path, "/runtime/") {
			return strings.HasSuffix(request.Path, "/invocation/next")
		}
	}
	return false
}

// logging reports whether each invocation is logged.
func (s *session) logging() bool { return s.options.Repeat == 1 || s.options.Verbose }

// invoke sends the event and waits for its end, however it ends. After the last event, or after a
// failure that ends the run, the process may be stopped so that its memory is known.
func (s *session) invoke(ctx context.Context, payload []byte, last bool) (end ending, err error) {
	header := s.options.header()
	header.Set("Lambda-Runtime-Invoked-Function-Arn", arn(s.function.name))
	e := lambdatest.Event{
		RequestID: lambdatest.NewRequestID(),
		Payload:   payload,
		Header:    header,
		Deadline:  time.Now().Add(s.options.Timeout),
	}
	if s.logging() {
		s.logStart(e.RequestID)
	}
	if end, err = s.await(ctx, e); err != nil {
		return end, err
	}
	s.times = append(s.times, end.duration)
	last = last || end.failed && s.options.Repeat > 1
	if s.logging() || end.failed || last {
		s.measure(last)
	}
	if end.failed && !s.logging() {
		s.logStart(e.RequestID)
	}
	if s.logging() || end.failed {
		s.logEnd(e.RequestID, end)
	}
	return end, nil
}

// await sends the event and waits until it is answered, or cannot be answered any more. After a
// timeout the function has ended.
func (s *session) await(ctx context.Context, e lambdatest.Event) (end ending, err error) {
	sent := time.Now()
	p := s.api.Queue(e)
	timer := time.NewTimer(s.options.Timeout)
	defer timer.Stop()
	select {
	case <-p.Done():
	case <-s.child.exited:
		s.drain(p.Done())
		end = exited(s.child.reason())
	case <-timer.C:
		end = timedOut(s.options.Timeout)
	case <-ctx.Done():
		return end, context.Cause(ctx)
	}
	end.duration = time.Since(sent)
	select {
	case <-p.Done():
		result, err := p.Wait(ctx)
		return answered(result), err
	default:
	}
	end.payload = payloadOf(e.RequestID, end)
	if end.status == "timeout" {
		s.measure(false)
		s.stop() // a response that comes while the function is being stopped is too late
	}
	return end, nil
}

// drain waits until all that an ended process has sent has been read, or enough of it.
func (s *session) drain(enough <-chan struct{}) {
	limit := time.NewTimer(time.Second) // a process that it has left behind may hold the connection
	defer limit.Stop()
	for s.api.Open() > 0 {
		select {
		case <-enough:
			return
		case <-limit.C:
			return
		case <-time.After(time.Millisecond):
		}
	}
}

// measure records the peak of the process's memory. Where only the peak of an ended process is
// known, the last measurement ends the process.
func (s *session) measure(last bool) {
	peak := peakMemory(s.child)
	if peak == 0 && last {
		s.stop()
		peak = peakMemory(s.child)
	}
	s.peak = max(s.peak, peak)
}

// ending says how an invocation ended.
type ending struct {
	payload  []byte // what Lambda would return to the caller
	duration time.Duration
	failed   bool
	status   string // of the REPORT line
	kind     string // errorType
	message  string // errorMessage, without the request ID
}

func answered(result lambdatest.Result) ending {
	end := ending{payload: result.Body, duration: result.Received.Sub(result.Sent)}
	if result.Err != nil {
		end.payload, end.failed = result.Err.Raw, true
	}
	return end
}

func exited(reason string) ending {
	return ending{failed: true, status: "error", kind: "Runtime.ExitError", message: reason}
}

func timedOut(after time.Duration) ending {
	return ending{failed: true, status: "timeout", kind: "Sandbox.Timedout",
		message: fmt.Sprintf("Task timed out after %.2f seconds", after.Seconds())}
}

// payloadOf returns what Lambda returns for an invocation that its function could not answer.
func payloadOf(requestID string, end ending) []byte {
	payload, _ := json.Marshal(struct { // two strings always marshal
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	}{end.kind, "RequestId: " + requestID + " Error: " + end.message})
	return payload
}
