package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/minlambda/minlambda/bench/internal/results"
)

// gains returns the block of the root's README: what a user gains over aws-lambda-go, with the
// pictures below dir.
func gains(r *results.Results, dir string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "## What you gain\n\n%s\n\n", wrap(gainsHead(r), 80))
	var rows [][]string
	for _, g := range results.Gains(r) {
		rows = append(rows, []string{"**" + g.Name + "**", "", "", ""})
		for _, one := range g.Gains {
			rows = append(rows, append(both(one), one.Ratio()))
		}
	}
	if len(rows) > 0 {
		head := []string{"", "minlambda", "aws-lambda-go", "aws-lambda-go / minlambda"}
		b.WriteString(table(head, rows) + "\n")
	}
	rows = nil
	for _, one := range results.ParserGains(r) {
		cells := both(one)
		rows = append(
			rows,
			append([]string{cells[0], one.Other}, append(cells[1:], one.Ratio())...),
		)
	}
	if len(rows) > 0 {
		fmt.Fprintf(
			&b,
			"%s\n\n",
			wrap("And what reading an event costs beside other parsers, those"+
				" that are faster among them:", 80),
		)
		head := []string{"", "peer", "minlambda", "the other", "the other / minlambda"}
		b.WriteString(table(head, rows) + "\n")
	}
	for _, p := range pictures(r) {
		if slices.Contains(inReadme, p.Name) {
			fmt.Fprintf(&b, "%s\n\n", p.Markdown(dir+"/"))
		}
	}
	fmt.Fprintf(&b, "%s\n\n    go run -C bench ./report\n", wrap("All figures, with the machine"+
		" and the versions, are in ["+dir+"]("+dir+"). This command measures them anew, and writes"+
		" them and this part of the page:", 80))
	return b.String()
}

// both returns the name of a gain and its two figures.
func both(g results.Gain) []string {
	return []string{
		g.Name, results.Format(g.Unit, g.Ours.Median()), results.Format(g.Unit, g.Theirs.Median()),
	}
}

func gainsHead(r *results.Results) string {
	s := circumstances(r) + " Each runtime is a process of its own, and its handler returns the" +
		" event, unless the line says otherwise. Figures are medians of rounds in which the" +
		" runtimes take turns. Ratios are taken within a round, and the least and the most of" +
		" them are in parentheses (of single starts: the middle half). Time includes the server's" +
		" share and the kernel's, the same for both, so its ratio is smaller than the runtimes'" +
		" own difference; processor time is the runtime's alone."
	if v := r.Versions["aws-lambda-go"]; v != "" {
		s += " aws-lambda-go is " + v + " with its `Handler` interface over bytes, its fastest" +
			" way, built with the tag lambda.norpc unless the line says otherwise."
	}
	return s
}

// wrap breaks text into lines of at most n bytes, where words allow it.
func wrap(text string, n int) string {
	var b strings.Builder
	used := 0
	for _, word := range strings.Fields(text) {
		switch {
		case used == 0:
		case used+1+len(word) > n:
			b.WriteByte('\n')
			used = 0
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used += len(word)
	}
	return b.String()
}
