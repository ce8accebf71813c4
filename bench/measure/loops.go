package measure

import (
	"context"
	"strconv"

	"github.com/minlambda/minlambda/bench/peer"
	"github.com/minlambda/minlambda/bench/record"
	"github.com/minlambda/minlambda/bench/server"
)

// loops measures many invocations at a time, each loop with a server of its
// own. Aws-lambda-go has one loop in a process, since it takes its server from
// the environment; so there are as many processes of it, and of ours for
// comparison.
func loops(ctx context.Context, quick bool, progress func(done float64, at string)) (rows []record.Row, err error) {
	progress(0, "building")
	if err = peer.Build([]*peer.Peer{peer.Loops, peer.Ours, peer.AWS}); err != nil {
		return nil, err
	}
	counts := []int{1, 4, 16, 64}
	for i, n := range counts {
		effort := EffortFor(128, quick)
		effort.Traced = 0
		// As many invocations with more loops, but not so few in a turn that
		// beginning and ending it is what counts.
		all := effort.Turns * effort.N
		effort.WarmUp = effort.WarmUp/n + 1
		effort.N = max(effort.N/n, min(effort.N, 20))
		effort.Turns = max(4, all/(effort.N*n))
		r := &Race{Section: "loops", Case: strconv.Itoa(n), X: float64(n), Effort: effort}
		found, err := raceOf(ctx, n, r, func(done float64) {
			progress((float64(i)+done)/float64(len(counts)), r.Case)
		})
		if err != nil {
			return nil, err
		}
		rows = append(rows, found...)
	}
	return rows, nil
}

// raceOf is a race of n loops in one process, and n processes with one loop.
func raceOf(ctx context.Context, n int, r *Race, step func(done float64)) ([]record.Row, error) {
	step(0)
	var all []*runner
	defer func() {
		for _, one := range all {
			one.stop()
		}
	}()
	for _, c := range []struct {
		name           string
		peer           *peer.Peer
		procs, servers int
	}{
		{"minlambda", peer.Loops, 1, n},
		{"minlambda, processes", peer.Ours, n, 1},
		{"awslambdago, processes", peer.AWS, n, 1},
	} {
		one := &runner{name: c.name}
		all = append(all, one)
		for range c.procs {
			started, err := c.peer.Start(peer.Options{Servers: c.servers})
			if err != nil {
				return nil, err
			}
			one.procs = append(one.procs, started)
		}
		for range n {
			one.events = append(one.events, server.NewEvent(128))
		}
	}
	return race(ctx, all, r, step)
}
