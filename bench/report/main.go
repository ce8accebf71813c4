// Command report measures everything, and makes tables and pictures of it:
//
//	go run -C bench ./report                  # from the root of the repository, or
//	go run ./report                           # from bench
//	go run -C bench ./report -only coldstart  # a part, anew where it must be
//	go run -C bench ./report -only 'sparse*'  # several; -list says which there are
//	go run -C bench ./report -render          # only tables and pictures, from data.json
//
// It prints the ratios of what it was asked for. After every section it saves what it has measured
// in bench/results/data.json, and so it goes on where it was interrupted. A section that is there,
// of the same revision, machine and Go, is not measured again unless -again says so. Everything
// else in bench/results, and the part of the root's README between the comments bench:begin and
// bench:end, is made from that file.
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

	"github.com/minlambda/minlambda/bench/internal/measure"
	"github.com/minlambda/minlambda/bench/internal/results"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

// options holds the command line.
type options struct {
	only, out                  string
	again, quick, render, list bool
}

func parse(args []string, log io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("report", flag.ContinueOnError)
	flags.SetOutput(log)
	flags.StringVar(&o.only, "only", "",
		"measure these `sections`, separated by commas; patterns as of files, such as sparse*")
	flags.BoolVar(&o.list, "list", false, "say which sections there are, and end")
	flags.BoolVar(&o.again, "again", false, "measure what is there already, too")
	flags.BoolVar(&o.quick, "quick", false, "a smoke run, whose figures mean nothing; needs -o")
	flags.BoolVar(&o.render, "render", false,
		"measure nothing: make tables and pictures from data.json")
	flags.StringVar(&o.out, "o", "",
		"write to this `directory` in place of bench/results, and leave README.md as it is")
	if err = flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if o.quick && o.out == "" {
		return o, errors.New(
			"-quick needs -o: its figures mean nothing, and are not for bench/results",
		)
	}
	return o, nil
}

// run is the command with its arguments. Ratios go to out, messages to log.
func run(ctx context.Context, args []string, out, log io.Writer) error {
	o, err := parse(args, log)
	if err != nil {
		return err
	}
	if o.list {
		_, err = io.WriteString(out, list())
		return err
	}
	dir, readme, err := places(o.out)
	if err != nil {
		return err
	}
	data := filepath.Join(dir, "data.json")
	found, err := results.Read(data)
	if err != nil {
		return fmt.Errorf("%s: %w", data, err)
	}
	if !o.render {
		chosen, err := choose(sections(), o.only)
		if err != nil {
			return err
		}
		c := &campaign{
			results: found, file: data, sections: chosen, part: o.only != "", again: o.again,
			quick: o.quick, progress: newProgress(log),
		}
		c.identify(ctx)
		if err = c.run(ctx); err != nil {
			return err
		}
		if _, err = io.WriteString(out, c.ratios()); err != nil {
			return err
		}
	}
	if len(found.Rows) == 0 {
		return fmt.Errorf("%s: there is nothing to show", data)
	}
	return write(found, dir, readme)
}

// sections returns all that is measured, in this order.
func sections() []measure.Section {
	return append(measure.Sections(), measure.Section{Name: "micro", Run: micro})
}

// list names the sections, and says what each is.
func list() string {
	var b strings.Builder
	for _, s := range sections() {
		title := "Parsers, of heads, bodies and JSON: head, chunked and json on the page"
		for _, one := range chapters {
			if one.section == s.Name {
				title = one.title
			}
		}
		fmt.Fprintf(&b, "%-20s %s\n", s.Name, title)
	}
	return b.String()
}

// places returns the directory of the results, which it makes, and the README whose part is
// written; no README if out is set. It changes to this module's directory, below which the sections
// build.
func places(out string) (dir, readme string, err error) {
	bench, err := benchDir()
	if err != nil {
		return "", "", err
	}
	dir, readme = filepath.Join(bench, "results"), filepath.Join(bench, "..", "README.md")
	if out != "" {
		if dir, err = filepath.Abs(out); err != nil {
			return "", "", err
		}
		readme = ""
	}
	if err = os.Chdir(bench); err != nil {
		return "", "", err
	}
	return dir, readme, os.MkdirAll(dir, 0o755)
}

// benchDir returns this module's directory.
func benchDir() (string, error) {
	cmd := exec.Command(
		"go",
		"list",
		"-m",
		"-f",
		"{{.Dir}}",
		"github.com/minlambda/minlambda/bench",
	)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("looking for the module bench; run this in bench: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}
