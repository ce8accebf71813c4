package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/minlambda/minlambda/bench/internal/results"
)

// files returns the files that are made from results, by their names in the directory of the
// results.
func files(r *results.Results) map[string][]byte {
	all := map[string][]byte{"README.md": []byte(pageOf(r))}
	for _, p := range pictures(r) {
		all[p.Name+".svg"] = p.SVG()
	}
	return all
}

// write writes the files to dir, and its parts to the README, if one is named. It removes pictures
// from dir that there is no longer data for.
func write(r *results.Results, dir, readme string) error {
	all := files(r)
	for name, content := range all {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return err
		}
	}
	there, err := filepath.Glob(filepath.Join(dir, "*.svg"))
	if err != nil {
		return err
	}
	for _, file := range there {
		if all[filepath.Base(file)] == nil {
			if err = os.Remove(file); err != nil {
				return err
			}
		}
	}
	if readme == "" {
		return nil
	}
	text, err := os.ReadFile(readme)
	if err != nil {
		return err
	}
	changed, err := withParts(string(text), r)
	if err != nil || bytes.Equal(text, []byte(changed)) {
		return err
	}
	return os.WriteFile(readme, []byte(changed), 0o644)
}

// withParts puts what results give into the root's README: what you gain, and the three figures at
// the top if the README has a place for them.
func withParts(text string, r *results.Results) (string, error) {
	text, err := withPart(text, "bench", gains(r, "bench/results"))
	if err != nil {
		return "", err
	}
	begin, end := comments("figures")
	if !strings.Contains(text, begin) && !strings.Contains(text, end) {
		return text, nil
	}
	return withPart(text, "figures", figures(r))
}

// comments returns the lines between which a part of the README is.
func comments(name string) (begin, end string) {
	return "<!-- " + name + ":begin -->\n", "<!-- " + name + ":end -->\n"
}

// withPart puts a part between its two comments, and nothing at all if the part is empty.
func withPart(text, name, part string) (string, error) {
	begin, end := comments(name)
	before, rest, ok := strings.Cut(text, begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return "", errors.New(
			"README.md has no lines " + strings.TrimSpace(begin) + " and " + strings.TrimSpace(end),
		)
	}
	if part != "" {
		part = "\n" + part + "\n"
	}
	return before + begin + part + end + after, nil
}
