package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/minlambda/minlambda/bench/internal/results"
	"golang.org/x/perf/benchfmt"
)

const microRounds = 5

// micro runs the benchmarks of package micro. All of them run once before any runs again, so that a
// round of one is beside the same round of another.
func micro(
	ctx context.Context,
	quick bool,
	progress func(done float64, at string),
) ([]results.Row, error) {
	rounds, long := microRounds, "300ms"
	if quick {
		rounds, long = 1, "1x"
	}
	args := []string{
		"test",
		"-run",
		"^$",
		"-bench",
		".",
		"-benchmem",
		"-benchtime",
		long,
		"./micro",
	}
	found := &results.Results{}
	progress(0, "building")
	for round := range rounds {
		of, seen := len(found.Rows), 0
		err := goBenchmarks(ctx, args, found, func(name string) {
			done := float64(round)
			if of > 0 { // only a whole round tells how many there are
				done += float64(seen) / float64(of)
			}
			seen++
			progress(done/float64(rounds), name)
		})
		if err != nil {
			return nil, err
		}
	}
	if len(found.Rows) == 0 {
		return nil, errors.New("package micro has printed no result")
	}
	return found.Rows, nil
}

// goBenchmarks runs the go command, and adds what it prints to rows while it prints it.
func goBenchmarks(
	ctx context.Context,
	args []string,
	to *results.Results,
	each func(name string),
) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), "AWS_LAMBDA_LOG_FORMAT=JSON")
	var stderr, said bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err = cmd.Start(); err != nil {
		return err
	}
	readErr := readBenchmarks(io.TeeReader(out, &said), to, each)
	if err = cmd.Wait(); err != nil {
		return fmt.Errorf(
			"go %s: %w\n%s%s",
			strings.Join(args, " "),
			err,
			said.Bytes(),
			stderr.Bytes(),
		)
	}
	return readErr
}

// readBenchmarks adds the results of go test -bench to rows. The benchmark's name is the section,
// what comes after its last = is the peer, and what is between the two is the case:
// BenchmarkHead/head=next/parser=nethttp is the peer nethttp in the case next of the section head.
func readBenchmarks(from io.Reader, to *results.Results, each func(name string)) error {
	lines := benchfmt.NewReader(from, "go test")
	for lines.Scan() {
		switch line := lines.Result().(type) {
		case *benchfmt.SyntaxError:
			return line
		case *benchfmt.Result:
			section, which, peer, err := splitName(line.Name)
			if err != nil {
				return err
			}
			row := to.Find(section, which, peer)
			if row == nil {
				to.Rows = append(to.Rows, results.Row{
					Section: section, Case: which, Peer: peer, Figures: map[string]results.Figure{},
				})
				row = &to.Rows[len(to.Rows)-1]
			}
			for _, v := range line.Values {
				unit, value := v.Unit, v.Value
				if v.OrigUnit != "" { // the reader's sec/op was ns/op
					unit, value = v.OrigUnit, v.OrigValue
				}
				row.Figures[unit] = append(row.Figures[unit], value)
			}
			each(section + " " + which + ", " + peer)
		}
	}
	return lines.Err()
}

func splitName(name benchfmt.Name) (section, which, peer string, err error) {
	base, parts := name.Parts()
	var values []string
	for _, part := range parts {
		if _, value, ok := strings.Cut(string(part), "="); ok {
			values = append(values, value)
		} else if part[0] != '-' { // -8 is GOMAXPROCS
			values = nil
			break
		}
	}
	if len(values) < 2 {
		return "", "", "", fmt.Errorf(
			"benchmark %s: its name is not of the form Section/kind=case/kind=peer",
			name,
		)
	}
	last := len(values) - 1
	return strings.ToLower(string(base)), strings.Join(values[:last], ", "), values[last], nil
}
