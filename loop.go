package minlambda

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/minlambda/minlambda/internal/ascii"
	"github.com/minlambda/minlambda/internal/halt"
	"github.com/minlambda/minlambda/internal/pause"
	"github.com/minlambda/minlambda/pool"
	"github.com/minlambda/minlambda/wire"
)

// MaxResponse is the most bytes that a response may have: 6 MiB and 100 bytes,
// where the Runtime API answers 413. A longer one is reported as the error
// Function.ResponseSizeTooLarge instead of being sent.
const MaxResponse = 6<<20 + 100

// DefaultMaxEvent is the most bytes that an event may have, unless
// Loop.MaxEvent says otherwise. Lambda's own limit is 6 MiB (1 MiB for
// asynchronous invocations); a server that announces more than the limit is
// refused before memory is taken.
const DefaultMaxEvent = 32 << 20

// A Handler turns an event into a response. It appends the response to dst,
// which is empty, and returns the extended slice, or returns a slice of its
// own, which may be a part of event; nil is an empty response. An error is
// reported as the function's in place of a response.
//
// Neither dst nor event may be used after the handler has returned. What is
// returned belongs to the loop until the handler is called again.
type Handler func(dst, event []byte) ([]byte, error)

// OK makes a Handler of one that cannot fail.
func OK(h func(dst, event []byte) []byte) Handler {
	return func(dst, event []byte) ([]byte, error) { return h(dst, event), nil }
}

// Run serves h for ever. It returns to nobody: what ends it is reported on
// standard error, and the process exits with status 1.
func Run(h Handler) { (&runner{Loop: Loop{Handler: h}, hand: (*Record).print}).forever() }

// RunOK is Run for a handler that cannot fail.
func RunOK(h func(dst, event []byte) []byte) { Run(OK(h)) }

// RunInvocation is Run for a handler that gets the whole invocation.
func RunInvocation(h func(inv *Invocation) error) {
	(&runner{
		Loop:   Loop{Invoke: h},
		hand:   (*Record).print,
		invoke: new(invocations).handle,
	}).forever()
}

// forever is run for the functions that never return. A handler that calls
// runtime.Goexit ends this goroutine, and the process with it: it would live on
// as long as another goroutine does, and serve nobody.
func (r *runner) forever() {
	defer func() {
		if r.end != nil { // otherwise this is a panic of the loop's own, and goes on
			r.quit()
		}
	}()
	r.end = r.run(nil)
}

// quit ends the process with what has ended the loop.
func (r *runner) quit() {
	if !r.stopped {
		fatal(r.end)
	}
	r.left()
	quit()
}

// gone is for the deferred function of one that has called run. It reports whether
// the loop has ended; otherwise this is a panic of the loop's own, and goes on.
func (r *runner) gone() bool {
	if r.end == nil && new(Record).trace() {
		r.end = failed("Loop.Log", errGoexit, "") // no other code of a user's runs outside serve
	}
	return r.end != nil
}

var errGoexit = errors.New("runtime.Goexit")

// left is called when the loop has ended. It does not return if the process has
// been told to end, which package shutdown then does.
func (r *runner) left() {
	if r.leave != nil {
		r.leave(!r.stopped)
	}
}

// A Loop asks the Runtime API for events, one after the other, and answers
// them. Set Handler or Invoke, and call Run. Loops share nothing: several may
// run in one process, but one Loop runs once at a time.
type Loop struct {
	Handler Handler                     // takes the events, or
	Invoke  func(inv *Invocation) error // this does

	// API is where the Runtime API is: host and port, and perhaps http://
	// before and a base path after them. The host is an address, localhost, or
	// a name in the hosts file. If API is empty, the environment variable
	// AWS_LAMBDA_RUNTIME_API says it.
	API string

	// MaxEvent is the most bytes that an event may have; 0 is DefaultMaxEvent,
	// and more than wire.MaxBody counts as that. Other answers of the Runtime
	// API have a limit of their own, wire.MaxAnswer.
	MaxEvent int

	// InSequence sends each response, and waits for the answer, before it asks
	// for the next event. Otherwise both leave in one write, which saves a
	// system call here, and the caller a round trip: Lambda hands a response
	// over when the runtime asks for the next event.
	InSequence bool

	// Poison overwrites the buffers after each invocation, and makes a new
	// Invocation for each, so that a handler that keeps event, dst or the
	// Invocation is found out in a test. It costs time. The build tag
	// minlambda_poison sets it for every loop of a program.
	Poison bool

	// Log takes what goes wrong with an invocation: an error that the handler
	// returns, before it is reported; a panic, after it was reported; a response
	// that was refused. The loop waits for it. If Log is nil, standard error
	// takes the records, as lines of text or, if the environment variable
	// AWS_LAMBDA_LOG_FORMAT is JSON, of JSON, from the level on that
	// AWS_LAMBDA_LOG_LEVEL names.
	Log func(Record)

	// After is called after each invocation, when the Runtime API has answered its response
	// or error report, and before the loop asks for the next event: the time to send traces and
	// metrics, since Lambda may freeze the process once it has asked. It is called whatever
	// became of the invocation: also if the handler has failed, if the response was refused
	// or got no answer, and if ctx has ended. It is not called after a handler that has panicked.
	//
	// With After set, responses go in sequence, as with InSequence. Lambda hands a response to the
	// caller when the process asks for the next event, so the caller waits for After as well, and
	// is billed for it; the function's timeout holds for both together. On Lambda Managed
	// Instances the caller has the response before. A streamed response is with the caller, but
	// for its end.
	//
	// If After panics, or calls runtime.Goexit, that is logged with its stack and ends the loop, as
	// a panic of the handler does. It is not reported to the API: the invocation has its answer.
	After func()

	export func(head []byte) // of the event; nil unless ExportTraceID was called
}

// Main is Run for programs that have nothing else to do: it serves for ever and
// returns to nobody, as the function Run does. What ends the loop is reported on
// standard error, and the process exits with status 1.
func (l *Loop) Main() {
	r := &runner{Loop: *l, hand: l.tell, invoke: new(invocations).handle}
	defer func() {
		if r.gone() { // a Log has called runtime.Goexit
			r.quit()
		}
	}()
	r.forever()
}

// Run serves events until ctx ends or the loop cannot go on. Then it returns
// ctx.Err(), or an [Error]. If it waits for an event when ctx ends, it returns
// at once; an event that the Runtime API hands out in that moment is lost. If it is
// busy with one, the handler is left to finish, and the response to be sent, for
// which the server has a second or two. When Run returns it has left no goroutine,
// thread or descriptor behind.
//
// A handler that panics ends the loop too, after its panic was reported as the
// function's error and logged: nobody knows what state it has left. One that
// calls runtime.Goexit ends the goroutine that has called Run, as it says, and so
// Run does not return; it is reported and logged as a panic is, and the deferred
// functions of Run's caller run. (A test's t.FailNow is such a call.)
//
// Where package shutdown is used, and the process has been told to end, Run does
// not return: the process does not outlive the loop.
func (l *Loop) Run(ctx context.Context) error {
	r := runner{Loop: *l, ctx: ctx, hand: l.tell, invoke: new(invocations).handle}
	defer func() {
		if r.leave != nil && !r.stopped && halt.Process.Load().Ending() {
			r.hand(&Record{Level: LevelFatal, Message: r.end.Error()}) // nobody else will say it
		}
		r.left()
	}()
	r.end = r.run(halt.Watch)
	return r.end
}

// run is Run with the watch as an argument: a process that only calls the
// function Run has no context, and does not link what watches one (select,
// channels, tickers), nor what comes with context.Background, the printing of
// a deadline with its time zones. It ends when run does, and the system closes
// its connection: nor does it link what gives buffers back to the pool.
func (r *runner) run(watch halt.Watcher) (err error) {
	if (r.Handler == nil) == (r.Invoke == nil) {
		return errors.New("minlambda: Loop needs Handler or Invoke, and not both")
	}
	if r.conn, err = r.dial(); err != nil {
		return err
	}
	r.InSequence = r.InSequence || r.After != nil
	r.sends = new(atomic.Uint32)
	halt.Begun.Store(true)
	r.noteConcurrency()
	if p := halt.Process.Load(); p != nil && r.stop == nil { // several have joined already
		r.join(p)
		watch = p.Watch
	}
	if watch != nil {
		defer watch(r.until(), r.conn, r.sends)()
	}
	defer func() {
		if r.inHandler || r.inAfter {
			err = r.crashed(recover())
			r.end = err // after a Goexit nobody gets err
		}
	}()
	for n := 1; ; n++ {
		if n%yieldEvery == 0 {
			runtime.Gosched()
		}
		if err = r.next(); err != nil {
			if ended := r.ended(); ended != nil {
				r.stopped = true
				return ended
			}
			return err
		}
		r.serving = true
		if err = r.serve(); err != nil {
			return err
		}
		r.serving = false
	}
}

// The Go runtime's monitor takes the processor from a goroutine that has not
// been through the scheduler for 10 ms, as this one would never go: it blocks
// in system calls. Doing so, the monitor wakes up thousands of times a second,
// and the loop moves from thread to thread. Going through the scheduler now and
// then puts the monitor to sleep. It costs a wake-up of another thread where a
// processor is idle, so it is done a few times in those 10 ms, no more;
// bench/NOTES.md has the figures.
const yieldEvery = 128

// dial makes the connection, which connects when it is first used.
func (l *Loop) dial() (*wire.Conn, error) {
	addr, err := l.addr()
	if err != nil {
		return nil, err
	}
	limit := l.MaxEvent
	if limit < 0 {
		return nil, failed("Loop.MaxEvent", errNegative, ascii.Itoa(limit))
	}
	if limit == 0 {
		limit = DefaultMaxEvent
	}
	conn := wire.NewConn(addr, limit)
	conn.Poison = l.Poison || pool.Always
	return conn, nil
}

var errNegative = errors.New("negative")

// A runner is a Loop while it runs. It lives on the stack, and no function value
// is given a pointer to it or to its Loop: on the heap it would need a description
// of its type, with those of an Invocation, a context and a time, 10 KB in all, in
// every program.
type runner struct {
	Loop
	ctx       context.Context // of the invocations, and of the loop; nil never ends
	stop      context.Context // of the loop, where that is another: among several
	conn      *wire.Conn
	invoke    invoker
	serving   bool              // conn has an event that is not done with
	inHandler bool              // the user's code is being run
	inAfter   bool              // After is
	hand      func(*Record)     // (*Record).print, or tell, linked only where a Loop has a Log
	failures  int               // of the connection, since an event or an answer came
	sends     *atomic.Uint32    // its count is odd while something is being sent
	refused   string            // the delivery whose response was refused, until the next
	end       error             // what has ended the loop
	stopped   bool              // it was told to end, and has not failed
	leave     func(failed bool) // see halt.Hook.Join; nil without package shutdown
	managed   bool              // other loops may run in this process: see noteConcurrency
}

// An invoker handles the event of conn with h.
type invoker func(ctx context.Context, conn *wire.Conn, sends *atomic.Uint32,
	h func(*Invocation) error) (out []byte, contentType string, err error)

// until is the context that ends the loop.
func (r *runner) until() context.Context {
	if r.stop != nil {
		return r.stop
	}
	return r.ctx
}

// ended is the error of that context once it has ended; nil as long as it has not.
func (r *runner) ended() error {
	if ctx := r.until(); ctx != nil {
		return ctx.Err()
	}
	return nil
}

// join makes the loop one of those that end when the process is told to.
func (r *runner) join(p *halt.Registered) {
	addr, _ := r.addr() // dial has found it to be good; or will say what is wrong with it
	var warning string
	if r.ctx, r.leave, warning = p.Join(r.ctx, addr); warning != "" {
		r.log(warning)
	}
}

// next waits for an event.
func (r *runner) next() error {
	for empty := 0; ; {
		if err := r.ended(); err != nil {
			return err
		}
		err := r.conn.Next()
		if err == nil {
			r.failures = 0
			if unfit := r.conn.Unfit(); unfit != nil {
				r.log(unfit.Error())
			}
			return r.again()
		}
		switch {
		case wire.NoEvent(err):
			// Servers for development give up a poll after a while. One that
			// does so at once must not make us spin.
			r.pause(min(time.Millisecond<<min(empty, 10), 100*time.Millisecond))
			empty++
		case wire.Joined(err):
			r.log(err.Error() + "; it was asked for together with a response," +
				" and is asked for alone from now on")
		case !wire.Gone(err):
			return err
		default:
			if err = r.retry(err); err != nil {
				return err
			}
		}
	}
}

// errAgain ends a loop whose responses the API refuses, and whose event it hands
// out again and again: without it the handler would run thousands of times a
// second.
var errAgain = errors.New("event was delivered again after its response was refused")

// again refuses a delivery whose response has just been refused.
func (r *runner) again() error {
	last := r.refused
	r.refused = ""
	if last != "" && r.conn.Delivery() == last {
		return failed("next", errAgain, last)
	}
	return nil
}

// serve has the event handled, and answers it.
func (r *runner) serve() error {
	var out []byte
	var err error
	contentType := defaultContentType

	if r.export != nil && !r.managed {
		r.export(r.conn.Head())
	}
	r.inHandler = true
	if r.Handler != nil {
		out, err = r.Handler(r.conn.Dst(), r.conn.Event())
	} else {
		out, contentType, err = r.invoke(r.ctx, r.conn, r.sends, r.Invoke)
	}
	if err == nil && len(out) > MaxResponse {
		err = tooLarge(int64(len(out)))
	}
	var kind, message string
	if err != nil {
		kind, message = describe(err)
	}
	r.inHandler = false
	next := !r.InSequence && r.ended() == nil

	if err != nil {
		rec := r.record(LevelError, kind, message)
		failure := headerType(kind)
		if own, ok := err.(recorder); ok {
			failure = own.record(rec)
		}
		r.hand(rec)
		if err = r.fail(rec, failure, next && rec.end == nil); err == nil {
			err = rec.end
		}
	} else {
		err = r.answer(out, contentType, "", "", next)
	}
	if r.After != nil {
		r.inAfter = true
		r.After()
		r.inAfter = false
	}
	return err
}

// fail sends an error in place of a response.
func (r *runner) fail(rec *Record, failure string, next bool) error {
	return r.answer([]byte(reportOf(rec)), "", failure, rec.cause(), next)
}

// answer sends what the invocation has come to: a response or, where failure
// names its type, the report of an error, with the cause for X-Ray. If a stream has
// begun, answer ends it, well or with the report.
func (r *runner) answer(out []byte, contentType, failure, cause string, next bool) error {
	r.sends.Add(1)
	unasked := r.conn.Look()
	var answer wire.Answer
	var err error
	op := "response"
	if failure != "" {
		if !r.conn.Streaming() {
			op = "error"
		}
		answer, err = r.conn.Fail(out, failure, cause, next)
	} else {
		answer, err = r.conn.Respond(out, contentType, next)
	}
	err = r.settle(op, answer, err)
	r.sends.Add(1)
	if unasked != "" { // not before: a log that is slow must not keep the response
		r.log("minlambda: handler: " + wire.ErrUnasked.Error() + ": " + unasked +
			"; the response to " + string(r.conn.RequestID()) + " went over a new connection")
	}
	return err
}

// settle deals with the answer to a response or an error, and sends either
// once more if the connection was lost. That is safe: the Runtime API refuses
// a second response to one invocation, and says so with a 400 or a 403. Of a
// stream only the end is still there, and nothing is sent.
func (r *runner) settle(op string, answer wire.Answer, err error) error {
	sent := 0 // without an answer
	for err != nil {
		if wire.Cut(err) {
			r.log(err.Error())
			return nil
		}
		if !wire.Gone(err) {
			return err
		}
		if wire.Sent(err, op) {
			if sent++; sent == 2 {
				return err
			}
		}
		if err = r.retry(err); err != nil {
			return err
		}
		answer, err = r.conn.Resend(op)
	}
	r.failures = 0
	switch meaning(op, answer.Status) {
	case accepted:
		return nil
	case refused:
		hint := ""
		if answer.Status < 410 && r.conn.Overtaken() {
			hint = "; the event had been answered, and came again to a request that has" +
				" overtaken the response; one waits for the other from now on"
		}
		r.log("minlambda: " + op + " to " + string(r.conn.RequestID()) + " refused: " +
			answer.String() + hint)
		if sent == 0 && answer.Status != 413 { // sent twice, it may have been answered by the first
			r.refused = r.conn.Delivery()
		}
		return nil
	default:
		return failed(op, wire.ErrStatus, answer.String())
	}
}

// What the Runtime API's answer to a POST means.
type verdict uint8

const (
	accepted verdict = iota // the invocation is over
	refused                 // the invocation is over, or not ours any more: the loop goes on
	broken                  // the loop ends
)

// meaning is the failure table's rows about answers.
func meaning(op string, status int) verdict {
	switch {
	case status == 200, status == 202: // 200: some servers for development
		return accepted
	case op == initError || op == restoreError: // about no invocation: nothing goes on
		return broken
	case status == 400, // no such invocation, or bad framing
		status == 403, // answered already
		status == 410, // timed out, or another delivery's invocation ID
		status == 413: // too large: the API has failed the invocation itself
		return refused
	default: // 500 is a container error, "exit promptly"; the others are nobody's
		return broken
	}
}

// The operations that are about no invocation.
const initError, restoreError = "init/error", "restore/error"

// A connection that fails is made anew at once, then after 10 ms, then after
// twice as long each time: 2.5 s in all, in which a server on this machine
// has restarted or is not coming back.
const (
	maxFailures = 9
	firstPause  = 10 * time.Millisecond
)

// retry returns when the connection may be tried again, which is at once after
// ctx has ended; it returns err if that has been done often enough.
func (r *runner) retry(err error) error {
	if r.failures++; r.failures > maxFailures {
		return err
	}
	if r.failures > 1 {
		r.pause(firstPause << (r.failures - 2))
	}
	return nil
}

// pause sleeps for d, in pieces short enough for a context that ends.
func (r *runner) pause(d time.Duration) {
	for ; d > 0 && r.ended() == nil; d -= firstPause {
		pause.For(min(d, firstPause))
	}
}
