package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/minlambda/minlambda/lambdatest"
)

// several is the run over a function with several loops, as on Lambda Managed Instances: callers
// invoke it side by side, each of which checks its own answers.
type several struct {
	config
	api     *lambdatest.Server
	process *process
	began   time.Time

	busy sync.RWMutex // held for writing where no invocation may be under way

	mu      sync.Mutex // guards the rest
	count   counts
	refused [2]int // lines that the process must have logged, at least and at most
	first   usage  // of the process
	failed  error
}

// A caller makes invocations, one after the other.
type caller struct {
	*several
	*generator
}

// An answerMishap is one that happens to the answer to one event's response.
type answerMishap struct {
	name    string
	refused [2]int
	answer  func(g *generator) lambdatest.Answer
}

// answerMishaps are those that hit the one event, whichever loop has it; then there are those of an
// event and of all connections.
var answerMishaps = []answerMishap{
	{"answers trickled", [2]int{}, func(g *generator) lambdatest.Answer {
		return lambdatest.Answer{Trickle: 1 + g.IntN(7)}
	}},
	{"answers cut", [2]int{1, 1}, func(g *generator) lambdatest.Answer {
		return lambdatest.Answer{Raw: []byte(accepted[:g.IntN(len(accepted))]), Close: true}
	}},
	{"answers reset", [2]int{1, 1}, func(g *generator) lambdatest.Answer {
		return lambdatest.Answer{Raw: []byte{}, Reset: true}
	}},
	{"responses lost", [2]int{}, func(g *generator) lambdatest.Answer {
		return lambdatest.Answer{Raw: []byte{}, Close: true, Lost: true}
	}},
	{"answers with Connection: close", [2]int{}, func(g *generator) lambdatest.Answer {
		return lambdatest.Answer{Header: http.Header{"Connection": {"close"}}, Close: true}
	}},
	{"responses refused with 400 or 403", [2]int{1, 1}, func(g *generator) lambdatest.Answer {
		return lambdatest.Answer{Status: []int{400, 403}[g.IntN(2)]}
	}},
	{"responses refused with 410", [2]int{1, 1}, func(g *generator) lambdatest.Answer {
		return lambdatest.Answer{Status: 410}
	}},
	{"responses refused with 413", [2]int{1, 1}, func(g *generator) lambdatest.Answer {
		return lambdatest.Answer{Status: 413}
	}},
}

// The mishaps that come after answerMishaps in counts.faults.
const (
	eventClosed = iota
	eventTrickled
	allDropped // by drop
	otherMishaps
)

var otherNames = [otherMishaps]string{"connections closed after the event", "events trickled",
	"times that all connections were dropped"}

// runSeveral is run for a function with several loops.
func runSeveral(c config) error {
	s := &several{config: c, api: lambdatest.NewServer(), began: time.Now()}
	defer s.api.Close()
	s.api.Keep(0)
	s.count.faults = make([]int, len(answerMishaps)+otherMishaps)
	first := &caller{s, newGenerator(c.seed)}
	err := first.begin()
	if err == nil {
		var all sync.WaitGroup
		for i := range c.loops + 4 { // more than there are loops: some events wait
			one := &caller{s, newGenerator(c.seed + uint64(i+1))}
			all.Add(1)
			go func() {
				defer all.Done()
				s.fail(one.call())
			}()
		}
		all.Wait()
		if err = s.failed; err == nil {
			err = first.settle()
		}
	}
	if s.process != nil {
		if bad := s.process.ended(false, s.refused); err == nil && bad != nil {
			err = fmt.Errorf("the function's process: %w", bad)
		}
	}
	if v := s.api.Violations(); err == nil && len(v) > 0 {
		err = fmt.Errorf("violations of the protocol: %s", strings.Join(v, "; "))
	}
	if err != nil {
		return fmt.Errorf("seed %d, after %d invocations: %w", s.seed, s.count.invocations, err)
	}
	s.summary()
	return nil
}

// fail ends the run with err, if it is the first.
func (s *several) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == nil {
		s.failed = err
	}
}

// goesOn counts an invocation to come; false if there is to be none.
func (s *several) goesOn() (n int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil || s.count.invocations >= s.invocations {
		return 0, false
	}
	s.count.invocations++
	return s.count.invocations, true
}

// begin starts a process, and waits until all of its loops ask.
func (c *caller) begin() (err error) {
	c.process, err = startProcess(c.api.Addr(), streamsToo,
		"AWS_LAMBDA_MAX_CONCURRENCY="+strconv.Itoa(c.loops))
	if err != nil {
		return err
	}
	c.refused = [2]int{}
	if err = c.idle(); err == nil && c.measure {
		c.first, _, err = measure(c.process.cmd.Process.Pid)
		// Each loop gets its thread when it blocks, which may be after its request is there.
		c.first.threads = max(c.first.threads, c.loops)
	}
	return err
}

// idle waits until all loops ask.
func (s *several) idle() error {
	for end := time.Now().Add(patience); s.api.Waiting() < s.loops; time.Sleep(time.Millisecond) {
		select {
		case <-s.process.read:
			return fmt.Errorf("the function has ended, with %q", s.process.strange)
		default:
		}
		if time.Now().After(end) {
			return fmt.Errorf("only %d of %d loops wait for an event", s.api.Waiting(), s.loops)
		}
	}
	return nil
}

// call makes invocations until there are enough.
func (c *caller) call() error {
	for {
		n, ok := c.goesOn()
		var err error
		switch {
		case !ok:
			return nil
		case c.one(c.panics):
			err = c.crash()
		case n%collectEvery == 0:
			err = c.sample()
		case c.one(20 * c.faults):
			err = c.drop()
		default:
			c.busy.RLock()
			err = c.mixed()
			c.busy.RUnlock()
		}
		if err != nil {
			return err
		}
	}
}

// mixed is one invocation of any kind, perhaps with a fault.
func (c *caller) mixed() error {
	e := lambdatest.Event{Payload: c.event(), Chunks: c.framing()}
	if c.one(2) {
		e.InvocationID = lambdatest.NewRequestID()
	}
	if c.one(c.faults) {
		if len(e.Payload) > 0 && (e.Payload[0] == streams || e.Payload[0] == tires) {
			e.Payload[0] = echoes // a stream is not sent once more
		}
		i := c.IntN(len(answerMishaps) + allDropped)
		lines := [2]int{}
		switch i - len(answerMishaps) {
		case eventClosed:
			e.Close = true
		case eventTrickled:
			e.Trickle = 1 + len(e.Payload)/500 + c.IntN(7)
		default:
			e.Answers = []lambdatest.Answer{answerMishaps[i].answer(c.generator)}
			lines = answerMishaps[i].refused
		}
		c.mu.Lock()
		c.count.faults[i]++
		c.refused[0] += lines[0]
		c.refused[1] += lines[1]
		c.mu.Unlock()
	}
	return c.invoke(e)
}

// invoke has an event handled, and checks the answer.
func (c *caller) invoke(e lambdatest.Event) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	pending := c.api.Queue(e)
	select {
	case <-pending.Done():
	case <-ctx.Done():
	case <-c.process.read:
		if len(e.Payload) == 0 || e.Payload[0] != panics {
			return fmt.Errorf("the function has ended, with %q", c.process.strange)
		}
	}
	r, err := pending.Wait(ctx)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.count.in += int64(len(e.Payload))
	c.count.out += int64(len(r.Body))
	if r.Err != nil {
		c.count.errors++
	} else {
		c.count.responses++
	}
	c.mu.Unlock()
	if wrong := mismatch(e.Payload, &r); wrong != "" && r.Status != 413 {
		return fmt.Errorf("mismatch: the answer to event %.30q of %d bytes (framing %d) is %s",
			e.Payload, len(e.Payload), e.Chunks, wrong)
	}
	return nil
}

// drop drops all connections while every loop waits: all ask again, on new ones.
func (c *caller) drop() error {
	c.busy.Lock()
	defer c.busy.Unlock()
	if err := c.settle(); err != nil {
		return err
	}
	c.mu.Lock()
	c.count.faults[len(answerMishaps)+allDropped]++
	c.mu.Unlock()
	c.api.Drop()
	return errors.Join(<-c.together(c.event), c.settle())
}

// together invokes the function as often as it has loops, at the same time.
func (c *caller) together(event func() []byte) (errs chan error) {
	errs = make(chan error, 1)
	all := make(chan error)
	for range c.loops {
		e := lambdatest.Event{Payload: event()}
		go func() { all <- c.invoke(e) }()
	}
	go func() {
		var err error
		for range c.loops {
			err = errors.Join(err, <-all)
		}
		errs <- err
	}()
	return errs
}

// settle waits until every loop has read the answer to what it has sent last, and has said what it
// has to say: when all ask, each gets one more event. Nobody else may invoke meanwhile.
func (c *caller) settle() error {
	if err := c.idle(); err != nil {
		return err
	}
	errs := c.together(func() []byte { return c.payload(returns, 0) })
	return errors.Join(<-errs, c.idle())
}

// crash has the function panic, which ends all of its loops, and starts another.
func (c *caller) crash() error {
	c.busy.Lock()
	defer c.busy.Unlock()
	if err := c.settle(); err != nil {
		return err
	}
	if err := c.invoke(lambdatest.Event{Payload: c.payload(panics, c.IntN(1000))}); err != nil {
		return err
	}
	c.count.panics++
	if err := c.process.ended(true, c.refused); err != nil {
		return fmt.Errorf("the function's process: %w", err)
	}
	return c.begin()
}

// sample looks at what the process has while it does nothing: a descriptor and a thread for each
// loop, beside those that it had at first. Its memory is that of as many buffers of the largest
// event and response as there are loops, which is not looked at.
func (c *caller) sample() error {
	c.busy.Lock()
	defer c.busy.Unlock()
	if err := c.settle(); err != nil || !c.measure {
		return err
	}
	now, ok, err := measure(c.process.cmd.Process.Pid)
	if err != nil || !ok {
		return err
	}
	fmt.Fprintf(c.progress, "\r%d of %d invocations, %d panics, %.0f s ", c.count.invocations,
		c.invocations, c.count.panics, time.Since(c.began).Seconds())
	if now.descriptors > c.first.descriptors+moreDescriptors ||
		now.threads > c.first.threads+moreThreads {
		return fmt.Errorf("the function had %d descriptors and %d threads, and now has %d and %d",
			c.first.descriptors, c.first.threads, now.descriptors, now.threads)
	}
	return nil
}

func (s *several) summary() {
	fmt.Fprintln(s.progress)
	c := &s.count
	fmt.Fprintf(s.report, "%d invocations over %d loops in %v, seed %d: no mismatch\n",
		c.invocations, s.loops, time.Since(s.began).Round(time.Second), s.seed)
	fmt.Fprintf(s.report, "  %d responses, %d errors, of which %d panics;"+
		" %d MiB of events, %d MiB of responses\n",
		c.responses, c.errors, c.panics, c.in>>20, c.out>>20)
	for i, m := range answerMishaps {
		fmt.Fprintf(s.report, "  %d %s\n", c.faults[i], m.name)
	}
	for i, name := range otherNames {
		fmt.Fprintf(s.report, "  %d %s\n", c.faults[len(answerMishaps)+i], name)
	}
}
