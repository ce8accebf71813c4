package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/minlambda/minlambda/bench/internal/measure"
	"github.com/minlambda/minlambda/bench/internal/results"
)

// A campaign measures sections, one after the other, into a file.
type campaign struct {
	results  *results.Results
	file     string
	sections []measure.Section
	part     bool // these are not all
	again    bool
	quick    bool
	progress *progress

	machine  map[string]string
	versions map[string]string
	stamp    string // of what a section is, other than the machine's
	repeats  bool   // the stamp says exactly what is measured
}

// here finds out what is measured, and where.
func (c *campaign) here(ctx context.Context) {
	c.machine = machine()
	c.versions = versions(ctx)
	c.stamp, c.repeats = c.versions["minlambda"]+", "+c.versions["go"], committed(c.versions["minlambda"])
	if c.quick {
		c.stamp, c.repeats = "smoke run", false
		c.versions["smoke run"] = "its figures mean nothing"
	}
}

// run measures what is not there yet.
func (c *campaign) run(ctx context.Context) error {
	if len(c.results.Rows) > 0 && !maps.Equal(c.results.Machine, c.machine) {
		if c.part {
			return fmt.Errorf("%s is of another machine, and figures of two do not mix: measure everything, or use -o", c.file)
		}
		c.results.Rows, c.results.Versions = nil, map[string]string{}
	}
	for i, s := range c.sections {
		c.progress.begin(i+1, len(c.sections), s.Name)
		if c.done(s.Name) {
			c.progress.end("there already")
			continue
		}
		rows, err := s.Run(ctx, c.quick, c.progress.at)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			c.progress.end("failed")
			if ctx.Err() != nil {
				return errors.New("interrupted; the same command goes on with " + s.Name)
			}
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		c.keep(s.Name, rows)
		if err = c.results.Write(c.file); err != nil {
			c.progress.end("failed")
			return err
		}
		c.progress.end("done")
	}
	return nil
}

// done reports whether a section need not be measured again.
func (c *campaign) done(section string) bool {
	return !c.again && c.repeats && c.results.Versions[results.Stamp+section] == c.stamp
}

// keep puts rows in place of those that were there.
func (c *campaign) keep(section string, rows []results.Row) {
	c.results.Replace(section, nil)
	for len(rows) > 0 { // package micro has several sections
		name := rows[0].Section
		other := func(row results.Row) bool { return row.Section != name }
		c.results.Replace(name, slices.DeleteFunc(slices.Clone(rows), other))
		rows = slices.DeleteFunc(rows, func(row results.Row) bool { return !other(row) })
	}
	c.results.Date = time.Now().UTC().Format(time.RFC3339)
	c.results.Machine = c.machine
	maps.DeleteFunc(c.results.Versions, func(key, _ string) bool { return !strings.HasPrefix(key, results.Stamp) })
	maps.Copy(c.results.Versions, c.versions)
	c.results.Versions[results.Stamp+section] = c.stamp
}

// choose picks the sections that only names, in their own order.
func choose(all []measure.Section, only string) ([]measure.Section, error) {
	if only == "" {
		return all, nil
	}
	wanted := strings.Split(only, ",")
	var chosen []measure.Section
	var known []string
	for _, s := range all {
		known = append(known, s.Name)
		if slices.Contains(wanted, s.Name) {
			chosen = append(chosen, s)
		}
	}
	for _, name := range wanted {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("no section %q; there are %s", name, strings.Join(known, ", "))
		}
	}
	return chosen, nil
}
