package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"github.com/minlambda/minlambda/lambdatest"
)

// session is one run of a function: its process, and the Runtime API that it talks to.
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
	s.api.Keep(0)
	command := exec.Command(f.binary)
	command.Dir = f.root
	command.Env = environment(command.Environ(), options, f, s.api.Addr())
	command.Stdout, command.Stderr = log, log // the same file for both keeps their order
	var err error
	if s.child, err = start(command); err != nil {
		s.api.Close()
		if errors.Is(err, syscall.ENOEXEC) {
			return nil, fmt.Errorf("start: %w (is it built for %s/%s?)", err, runtime.GOOS, runtime.GOARCH)
		}
		return nil, fmt.Errorf("start: %w", err)
	}
	return s, nil
}

// end stops the function, and passes on what the Runtime API has to say about its manners.
func (s *session) end() {
	s.child.kill()
	s.api.Close()
	for _, violation := range s.api.Violations() {
		fmt.Fprintln(s.log, "minlambda: invoke: the function broke the Runtime API's rules:", violation)
	}
}

// ready waits until the function asks for its first event. If it reports an error instead, that is the response.
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
		fmt.Fprintf(s.log, "minlambda: invoke: the function failed to start: %v\n", fault)
		return fault.Raw, errFailed
	}
	asked := s.api.AskedAt()
	if asked.IsZero() && err == nil {
		err = errors.New("the function exited before it asked for an event: " + s.child.reason())
	}
	s.start = asked.Sub(s.child.started)
	return nil, err
}

// invokeAll sends the event as often as it is asked for. The response is the last one, or the error of the failure that
// ended it all.
func (s *session) invokeAll(ctx context.Context, event []byte) (response []byte, err error) {
	if response, err = s.ready(ctx); err != nil {
		return response, err
	}
	n := s.options.Repeat
	s.times = make([]time.Duration, 0, n)
	bar := newProgress(s.log, n, s.logging())
	for i := range n {
		response, err = s.invokeOnce(ctx, event, i == n-1)
		if err != nil {
			break
		}
		bar.step()
	}
	bar.finish()
	if n > 1 {
		s.summarize()
	}
	return response, err
}

// logging is whether each invocation is logged.
func (s *session) logging() bool { return s.options.Repeat == 1 || s.options.Verbose }

// invokeOnce sends the event and waits for its end, whichever it is.
func (s *session) invokeOnce(ctx context.Context, event []byte, last bool) (response []byte, err error) {
	header := s.options.header()
	header.Set("Lambda-Runtime-Invoked-Function-Arn", arn(s.function.name))
	e := lambdatest.Event{
		RequestID: lambdatest.NewRequestID(),
		Payload:   event,
		Header:    header,
		Deadline:  time.Now().Add(s.options.Timeout),
	}
	if s.logging() {
		s.logStart(e.RequestID)
	}
	sent := time.Now()
	p := s.api.Queue(e)
	timer := time.NewTimer(s.options.Timeout)
	defer timer.Stop()

	var end ending
	select {
	case <-p.Done():
	case <-s.child.exited:
		s.drain(p.Done())
		end = exited(s.child.reason())
	case <-timer.C:
		end = timedOut(s.options.Timeout)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	duration := time.Since(sent)
	select {
	case <-p.Done():
		result, err := p.Wait(ctx)
		if err != nil {
			return nil, err
		}
		end, duration = answered(result), result.Received.Sub(result.Sent)
	default:
		end.payload = payloadOf(e.RequestID, end)
	}
	s.times = append(s.times, duration)
	if s.logging() || end.failed {
		s.measure(last || end.failed)
		s.logEnd(e.RequestID, end, duration)
	} else if last {
		s.measure(true)
	}
	if end.failed {
		return end.payload, errFailed
	}
	return end.payload, nil
}

// drain waits until everything that an ended process has sent has been read, or enough of it.
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

// measure takes the peak of the process's memory. Where only that of an ended process is known, the last measurement
// ends it.
func (s *session) measure(last bool) {
	peak := peakMemory(s.child)
	if peak == 0 && last {
		s.child.kill()
		peak = peakMemory(s.child)
	}
	s.peak = max(s.peak, peak)
}

// ending is how an invocation ended.
type ending struct {
	payload []byte // what Lambda would return to the caller
	failed  bool
	status  string // of the REPORT line
	kind    string // errorType
	message string // errorMessage, without the request ID
}

func answered(result lambdatest.Result) ending {
	if result.Err != nil {
		return ending{payload: result.Err.Raw, failed: true}
	}
	return ending{payload: result.Body}
}

func exited(reason string) ending {
	return ending{failed: true, status: "error", kind: "Runtime.ExitError", message: reason}
}

func timedOut(after time.Duration) ending {
	return ending{failed: true, status: "timeout", kind: "Sandbox.Timedout",
		message: fmt.Sprintf("Task timed out after %.2f seconds", after.Seconds())}
}

// payloadOf is what Lambda returns for an invocation that its function could not answer.
func payloadOf(requestID string, end ending) []byte {
	payload, _ := json.Marshal(struct { // two strings always marshal
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	}{end.kind, "RequestId: " + requestID + " Error: " + end.message})
	return payload
}
