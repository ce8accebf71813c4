package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
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
	stamp    string // identifies what is measured, except the machine
	repeats  bool   // the stamp says exactly what is measured
}

// identify finds out what is measured, and where.
func (c *campaign) identify(ctx context.Context) {
	c.machine = machine()
	c.versions = versions(ctx)
	c.stamp, c.repeats = c.versions["minlambda"]+", "+c.versions["go"], committed(
		c.versions["minlambda"],
	)
	if c.quick {
		c.stamp, c.repeats = "smoke run", false
		c.versions["smoke run"] = "its figures mean nothing"
	}
}

// run measures what is not measured yet.
func (c *campaign) run(ctx context.Context) error {
	if len(c.results.Rows) > 0 && !maps.Equal(c.results.Machine, c.machine) {
		if c.part {
			return fmt.Errorf(
				"%s is of another machine, and figures of two do not mix:"+
					" measure everything, or use -o",
				c.file,
			)
		}
		c.results.Rows, c.results.Versions = nil, map[string]string{}
	}
	for i, s := range c.sections {
		c.progress.begin(i+1, len(c.sections), s.Name)
		if c.measured(s.Name) {
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
		c.store(s.Name, rows)
		if err = c.results.Write(c.file); err != nil {
			c.progress.end("failed")
			return err
		}
		c.progress.end("done")
	}
	return nil
}

// measured reports whether a section need not be measured again.
func (c *campaign) measured(section string) bool {
	return !c.again && c.repeats && c.results.Versions[results.Stamp+section] == c.stamp
}

// store puts rows in place of the section's old rows.
func (c *campaign) store(section string, rows []results.Row) {
	c.results.Replace(section, nil)
	for len(rows) > 0 { // package micro has several sections
		name := rows[0].Section
		other := func(row results.Row) bool { return row.Section != name }
		c.results.Replace(name, slices.DeleteFunc(slices.Clone(rows), other))
		rows = slices.DeleteFunc(rows, func(row results.Row) bool { return !other(row) })
	}
	c.results.Date = time.Now().UTC().Format(time.RFC3339)
	c.results.Machine = c.machine
	maps.DeleteFunc(
		c.results.Versions,
		func(key, _ string) bool { return !strings.HasPrefix(key, results.Stamp) },
	)
	maps.Copy(c.results.Versions, c.versions)
	c.results.Versions[results.Stamp+section] = c.stamp
}

// ratios returns those that were asked for: the gains over aws-lambda-go, or the ratios of each of
// some sections.
func (c *campaign) ratios() string {
	text := ""
	if !c.part {
		text = results.Text(c.results)
	} else {
		for _, s := range c.sections {
			names := []string{s.Name}
			if s.Name == "micro" {
				names = []string{"head", "chunked", "json", "log"}
			}
			for _, name := range names {
				text += sectionText(c.results, name)
			}
		}
	}
	if text != "" && c.quick {
		text += "A smoke run, by -quick: these figures mean nothing.\n"
	}
	return text
}

// choose picks the sections that only names, in their own order. A name may be a pattern like those
// for files, such as sparse* or *pinned.
func choose(all []measure.Section, only string) ([]measure.Section, error) {
	if only == "" {
		return all, nil
	}
	wanted := map[string]bool{}
	for pattern := range strings.SplitSeq(only, ",") {
		found := false
		for _, s := range all {
			ok, err := path.Match(pattern, s.Name)
			if err != nil {
				return nil, fmt.Errorf("-only %s: %w", pattern, err)
			}
			if ok {
				wanted[s.Name], found = true, true
			}
		}
		if !found {
			return nil, fmt.Errorf("no section %q; there are %s", pattern, names(all))
		}
	}
	return slices.DeleteFunc(all, func(s measure.Section) bool { return !wanted[s.Name] }), nil
}

func names(all []measure.Section) string {
	var names []string
	for _, s := range all {
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}
