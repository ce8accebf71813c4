package measure

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/minlambda/minlambda/bench/internal/launch"
	"github.com/minlambda/minlambda/bench/internal/results"
)

// inits measures what the initialisation of packages costs, by package and in total, as Go's
// runtime reports it with GODEBUG=inittrace=1. Packages that have nothing to initialise are not in
// it.
func inits(
	ctx context.Context,
	quick bool,
	progress func(done float64, at string),
) ([]results.Row, error) {
	rounds := 15
	if quick {
		rounds = 2
	}
	progress(0, "building")
	if err := launch.Build(Starters()); err != nil {
		return nil, err
	}
	found := &results.Results{}
	for round := range rounds {
		for _, p := range Starters() {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			said, err := initTrace(p)
			if err == nil {
				err = readInits(said, NameOf(p), found)
			}
			if err != nil {
				return nil, err
			}
		}
		progress(float64(round+1)/float64(rounds), "init")
	}
	return found.Rows, nil
}

// initTrace starts a peer once, and returns what it has written to standard error.
func initTrace(p *launch.Peer) ([]byte, error) {
	stderr, err := os.CreateTemp("", "minlambda-bench-init")
	if err != nil {
		return nil, err
	}
	defer os.Remove(stderr.Name())
	defer stderr.Close()
	running, err := p.Start(launch.Options{Env: []string{"GODEBUG=inittrace=1"}, Stderr: stderr})
	if err != nil {
		return nil, err
	}
	defer running.Stop()
	if p == launch.Empty {
		<-running.Gone
	} else if _, err = running.Wait(running.Gone); err != nil {
		return nil, err
	}
	return os.ReadFile(stderr.Name())
}

// readInits adds the lines of a trace to rows, which look like
//
//	init os @0.37 ms, 0.011 ms clock, 720 bytes, 12 allocs
func readInits(trace []byte, name string, to *results.Results) error {
	var total, bytesOf, allocs float64
	lines := bufio.NewScanner(bytes.NewReader(trace))
	for lines.Scan() {
		line, ok := strings.CutPrefix(lines.Text(), "init ")
		if !ok {
			continue
		}
		var pkg string
		var at, clock, b, n float64
		const form = "%s @%g ms, %g ms clock, %g bytes, %g allocs"
		if _, err := fmt.Sscanf(line, form, &pkg, &at, &clock, &b, &n); err != nil {
			return fmt.Errorf("init trace of %s: %s: %w", name, strconv.Quote(line), err)
		}
		clock *= float64(time.Millisecond)
		addInit(to, pkg, name, clock, b, n)
		total, bytesOf, allocs = total+clock, bytesOf+b, allocs+n
	}
	addInit(to, "total", name, total, bytesOf, allocs)
	return lines.Err()
}

func addInit(to *results.Results, pkg, name string, clock, bytesOf, allocs float64) {
	row := to.Find("init", pkg, name)
	if row == nil {
		to.Rows = append(
			to.Rows,
			results.Row{
				Section: "init",
				Case:    pkg,
				Peer:    name,
				Figures: map[string]results.Figure{},
			},
		)
		row = &to.Rows[len(to.Rows)-1]
	}
	for unit, value := range map[string]float64{
		"init-ns": clock, "init-B": bytesOf, "init-allocs": allocs,
	} {
		row.Figures[unit] = append(row.Figures[unit], value)
	}
}
