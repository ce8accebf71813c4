package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/minlambda/minlambda/lambdatest"
)

type config struct {
	invocations int
	seed        uint64
	faults      int // one in so many
	panics      int // one in so many
	loops       int // in the function's process; 0 is one, of a function that knows of no others
	measure     bool
	progress    io.Writer
	report      io.Writer
}

// patience is what an invocation has. It is only used up when something hangs.
const patience = 2 * time.Minute

// collectEvery is after how many invocations the function's memory is looked at.
const collectEvery = 500

// A supervisor is what Lambda is to a function.
type supervisor struct {
	config
	*generator
	api     *lambdatest.Server
	process *process
	usage   usages
	refused [2]int // lines that the process must have logged, at least and at most
	lost    []*lambdatest.Pending
	count   counts
	began   time.Time
	said    time.Time // when the progress line was last printed
}

// counts are for the report.
type counts struct {
	invocations, responses, errors, panics int
	processes, streams, cut, truncated     int
	faults                                 []int // by mishap
	in, out                                int64 // bytes
}

func run(c config) error {
	if c.loops > 0 {
		return runSeveral(c)
	}
	s := &supervisor{config: c, generator: newGenerator(c.seed), api: lambdatest.NewServer(), began: time.Now()}
	defer s.api.Close()
	s.count.faults = make([]int, len(mishaps))
	s.api.Keep(0)
	err := s.serve()
	if s.process != nil {
		if bad := s.process.ended(false, s.refused); err == nil && bad != nil {
			err = fmt.Errorf("the function's process: %w", bad)
		}
	}
	if err == nil {
		err = s.clean()
	}
	if err != nil {
		return fmt.Errorf("seed %d, after %d invocations: %w", s.seed, s.count.invocations, err)
	}
	s.summary()
	return nil
}

func (s *supervisor) serve() (err error) {
	for s.count.invocations < s.invocations {
		if s.process == nil {
			if err := s.begin(); err != nil {
				return err
			}
		}
		switch {
		case s.one(s.panics):
			err = s.crash()
		case s.count.invocations%collectEvery == 0:
			err = s.collect()
		default:
			err = s.mixed()
		}
		if err != nil {
			return err
		}
		s.tell()
	}
	return nil
}

// begin starts a process, and has its buffers grow to their full size.
func (s *supervisor) begin() (err error) {
	kind := streamsToo
	if s.count.processes++; s.count.processes%3 == 0 {
		kind = wholeResponses
	}
	if s.process, err = startProcess(s.api.Addr(), kind); err != nil {
		return err
	}
	s.refused = [2]int{}
	s.usage.newProcess()
	if !s.measure {
		return nil
	}
	for _, event := range [][]byte{s.payload(triples, 2<<20-100), s.payload(reverses, 6<<20), s.payload(echoes, 6<<20), s.payload(oversizes, 0)} {
		for _, chunks := range []int{-1, 100} {
			if err := s.invoke(lambdatest.Event{Payload: event, Chunks: chunks}); err != nil {
				return err
			}
		}
	}
	return s.collect()
}

// mixed is one invocation of any kind, perhaps with a fault.
func (s *supervisor) mixed() error {
	e := lambdatest.Event{Payload: s.event(), Chunks: s.framing()}
	if !s.one(s.faults) {
		return s.invoke(e)
	}
	i := s.IntN(len(mishaps) + 1)
	if i == len(mishaps) {
		return s.cutStream()
	}
	if mishaps[i].whole && len(e.Payload) > 0 && (e.Payload[0] == streams || e.Payload[0] == tires) {
		e.Payload[0] = echoes
	}
	s.count.faults[i]++
	s.refused[0] += mishaps[i].refused[0]
	s.refused[1] += mishaps[i].refused[1]
	mishaps[i].prepare(s, &e)
	if err := s.invoke(e); err != nil {
		return err
	}
	// The response may be there, and be sent once more because the answer to it is not: that must be over before
	// there is another fault.
	return s.invoke(lambdatest.Event{Payload: s.payload(returns, 0)})
}

// invoke has an event handled, and checks the answer.
func (s *supervisor) invoke(e lambdatest.Event) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	pending := s.api.Queue(e)
	select {
	case <-pending.Done():
	case <-s.process.read:
		if len(e.Payload) == 0 || e.Payload[0] != panics {
			return fmt.Errorf("the function has ended, with %q", s.process.strange)
		}
	case <-ctx.Done():
	}
	r, err := pending.Wait(ctx)
	if err != nil {
		return err
	}
	s.count.invocations++
	s.count.in += int64(len(e.Payload))
	s.count.out += int64(len(r.Body))
	if r.Streaming {
		s.count.streams++
	}
	if r.Err != nil {
		s.count.errors++
	} else {
		s.count.responses++
	}
	// A response that was refused as too large is an error to the caller, whatever it was.
	if r.Status == 413 {
		return nil
	}
	if wrong := mismatch(e.Payload, &r); wrong != "" {
		return fmt.Errorf("mismatch: the answer to event %.30q of %d bytes (framing %d) is %s", e.Payload, len(e.Payload), e.Chunks, wrong)
	}
	return nil
}

// crash has the function panic.
func (s *supervisor) crash() error {
	if err := s.invoke(lambdatest.Event{Payload: s.payload(panics, s.IntN(1000))}); err != nil {
		return err
	}
	s.count.panics++
	p := s.process
	s.process = nil
	if err := p.ended(true, s.refused); err != nil {
		return fmt.Errorf("the function's process: %w", err)
	}
	return nil
}

// collect has the function give back memory, and looks at what it has.
func (s *supervisor) collect() error {
	if err := s.invoke(lambdatest.Event{Payload: s.payload(collects, 0)}); err != nil {
		return err
	}
	if err := s.clean(); err != nil {
		return err
	}
	if !s.measure {
		return nil
	}
	return s.usage.sample(s.process.cmd.Process.Pid)
}

// clean checks that the server has seen nothing wrong.
func (s *supervisor) clean() error {
	if v := s.api.Violations(); len(v) > 0 {
		return fmt.Errorf("violations of the protocol: %s", strings.Join(v, "; "))
	}
	for _, p := range s.lost {
		select {
		case <-p.Done():
			return fmt.Errorf("an event that did not arrive whole was answered")
		default:
		}
	}
	s.lost = s.lost[:0]
	return nil
}

// tell prints how far things are.
func (s *supervisor) tell() {
	if now := time.Now(); now.Sub(s.said) >= time.Second {
		s.said = now
		fmt.Fprintf(s.progress, "\r%d of %d invocations, %d panics, %.0f s; %s ", s.count.invocations, s.invocations,
			s.count.panics, now.Sub(s.began).Seconds(), &s.usage)
	}
}

func (s *supervisor) summary() {
	fmt.Fprintln(s.progress)
	c := &s.count
	fmt.Fprintf(s.report, "%d invocations in %v, seed %d: no mismatch\n", c.invocations, time.Since(s.began).Round(time.Second), s.seed)
	fmt.Fprintf(s.report, "  %d responses, %d errors, of which %d panics; %d MiB of events, %d MiB of responses\n",
		c.responses, c.errors, c.panics, c.in>>20, c.out>>20)
	fmt.Fprintf(s.report, "  %d streams; %d connections dropped in a stream, of which %d did not end\n",
		c.streams, c.cut, c.truncated)
	for i, m := range mishaps {
		fmt.Fprintf(s.report, "  %d %s\n", c.faults[i], m.name)
	}
	fmt.Fprintf(s.report, "  %s\n", &s.usage)
}
