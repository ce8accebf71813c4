package measure

import (
	"context"
	"strconv"

	"github.com/minlambda/minlambda/bench/internal/launch"
	"github.com/minlambda/minlambda/bench/internal/results"
	"github.com/minlambda/minlambda/bench/internal/server"
)

// loops measures many invocations at a time, each loop with its own server. A process of
// aws-lambda-go has one loop, since it takes its server from the environment. So there are as many
// processes of it, and of ours for comparison.
func loops(
	ctx context.Context,
	quick bool,
	progress func(done float64, at string),
) (rows []results.Row, err error) {
	progress(0, "building")
	if err = launch.Build([]*launch.Peer{launch.Loops, launch.Ours, launch.AWS}); err != nil {
		return nil, err
	}
	counts := []int{1, 4, 16, 64}
	for i, n := range counts {
		effort := EffortFor(128, quick)
		effort.Traced = 0
		// As many invocations with more loops, but not so few in a turn that only its beginning and
		// its end would count.
		all := effort.Turns * effort.N
		effort.WarmUp = effort.WarmUp/n + 1
		effort.N = max(effort.N/n, min(effort.N, 20))
		effort.Turns = max(4, all/(effort.N*n))
		r := &Contest{Section: "loops", Case: strconv.Itoa(n), X: float64(n), Effort: effort}
		found, err := loopsOf(ctx, n, r, func(done float64) {
			progress((float64(i)+done)/float64(len(counts)), r.Case)
		})
		if err != nil {
			return nil, err
		}
		rows = append(rows, found...)
	}
	return rows, nil
}

// loopsOf returns a contest of n loops in one process, and n processes with one loop each.
func loopsOf(
	ctx context.Context,
	n int,
	r *Contest,
	step func(done float64),
) ([]results.Row, error) {
	step(0)
	var all []*runner
	defer func() {
		for _, one := range all {
			one.stop()
		}
	}()
	for _, c := range []struct {
		name           string
		peer           *launch.Peer
		procs, servers int
	}{
		{"minlambda", launch.Loops, 1, n},
		{"minlambda, processes", launch.Ours, n, 1},
		{"awslambdago, processes", launch.AWS, n, 1},
	} {
		one := &runner{name: c.name}
		all = append(all, one)
		for range c.procs {
			started, err := c.peer.Start(launch.Options{Servers: c.servers})
			if err != nil {
				return nil, err
			}
			one.procs = append(one.procs, started)
		}
		for range n {
			one.events = append(one.events, server.NewEvent(128))
		}
	}
	return compete(ctx, all, r, step)
}
