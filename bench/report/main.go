// Command report measures everything, and makes tables and pictures of it:
//
//	go run -C bench ./report                  # from the root of the repository, or
//	go run ./report                           # from bench
//	go run -C bench ./report -only coldstart  # a part, anew where it must be
//	go run -C bench ./report -render          # only tables and pictures, from data.json
//
// It keeps what it has measured in bench/results/data.json after every section,
// and so goes on where it was interrupted: a section that is there, of the same
// revision, machine and Go, is not measured again unless -again says so.
// Everything else in bench/results, and the part of the root's README between
// the comments bench:begin and bench:end, is made from that file.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/minlambda/minlambda/bench/internal/results"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

// run is the command with its arguments; what it has to say goes to log.
func run(ctx context.Context, args []string, log io.Writer) error {
	flags := flag.NewFlagSet("report", flag.ContinueOnError)
	flags.SetOutput(log)
	var (
		only   = flags.String("only", "", "measure these `sections`, separated by commas")
		again  = flags.Bool("again", false, "measure what is there already, too")
		quick  = flags.Bool("quick", false, "a smoke run, whose figures mean nothing; needs -o")
		render = flags.Bool("render", false, "measure nothing: make tables and pictures from data.json")
		out    = flags.String("o", "", "write to this `directory` in place of bench/results, and leave README.md as it is")
	)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if *quick && *out == "" {
		return errors.New("-quick needs -o: its figures mean nothing, and are not for bench/results")
	}
	bench, err := benchDir()
	if err != nil {
		return err
	}
	dir, readme := filepath.Join(bench, "results"), filepath.Join(bench, "..", "README.md")
	if *out != "" {
		if dir, err = filepath.Abs(*out); err != nil {
			return err
		}
		readme = ""
	}
	// The sections build what is below bench.
	if err = os.Chdir(bench); err != nil {
		return err
	}
	if err = os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	data := filepath.Join(dir, "data.json")
	found, err := results.Read(data)
	if err != nil {
		return fmt.Errorf("%s: %w", data, err)
	}
	if !*render {
		chosen, err := choose(sections(), *only)
		if err != nil {
			return err
		}
		c := &campaign{results: found, file: data, sections: chosen, part: *only != "", again: *again, quick: *quick, progress: newProgress(log)}
		c.here(ctx)
		if err = c.run(ctx); err != nil {
			return err
		}
	}
	if len(found.Rows) == 0 {
		return fmt.Errorf("%s: there is nothing to show", data)
	}
	return write(found, dir, readme)
}

// benchDir is this module's folder.
func benchDir() (string, error) {
	cmd := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/minlambda/minlambda/bench")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("looking for the module bench; run this in bench: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}
