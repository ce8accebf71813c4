package main

import (
	"context"
	"errors"
	"fmt"
)

// connect starts the function and waits until it asks for an event. If the function reports an
// error instead, connect shows it.
func (i *invoke) connect(ctx context.Context, f *function, std streams) (*session, error) {
	s, err := begin(i, f, std.err)
	if err != nil {
		return nil, err
	}
	response, err := s.ready(ctx)
	if err == nil {
		return s, nil
	}
	s.end()
	if errors.Is(err, errFailed) {
		if problem := show(std.out, response, false); problem != nil {
			return nil, problem
		}
	}
	return nil, err
}

// sendEach sends each event once, and shows each response when it arrives. As in Lambda, a process
// that has ended gets a successor for the next event.
func (i *invoke) sendEach(ctx context.Context, f *function, events []event, std streams) error {
	var s *session
	defer func() {
		if s != nil {
			s.end()
		}
	}()
	lines := len(events) > 1 || len(i.Events) > 0
	failures, first := 0, ""
	for at, e := range events {
		if s != nil && !s.asks(ctx) {
			s.end()
			s = nil
		}
		if s == nil {
			var err error
			if s, err = i.connect(ctx, f, std); err != nil {
				return err
			}
		}
		end, err := s.invoke(ctx, e.payload, at == len(events)-1)
		if err != nil {
			return err
		}
		if err := show(std.out, end.payload, lines); err != nil {
			return err
		}
		if end.failed && failures == 0 {
			first = fmt.Sprintf("event %d (%s)", at+1, e.name)
		}
		if end.failed {
			failures++
		}
	}
	if failures == 0 {
		return nil
	}
	if len(events) > 1 {
		s.say("%d of %d events failed, the first of them %s", failures, len(events), first)
	}
	return errFailed
}

// repeat sends all events as often as the command line says, and shows the last response, or the
// error that ended the run.
func (i *invoke) repeat(ctx context.Context, f *function, events []event, std streams) error {
	s, err := i.connect(ctx, f, std)
	if err != nil {
		return err
	}
	defer s.end()
	end, err := s.repeat(ctx, events)
	if err != nil {
		return err
	}
	if err := show(std.out, end.payload, false); err != nil {
		return err
	}
	if end.failed {
		return errFailed
	}
	return nil
}

// repeat sends the events until the last one, or until one fails, and sums up.
func (s *session) repeat(ctx context.Context, events []event) (end ending, err error) {
	n := s.options.Repeat * len(events)
	bar := newProgress(s.log, n, s.logging())
	for k := 0; k < n && !end.failed && err == nil; k++ {
		end, err = s.invoke(ctx, events[k%len(events)].payload, k == n-1)
		bar.step()
	}
	bar.finish()
	s.summarize()
	return end, err
}
