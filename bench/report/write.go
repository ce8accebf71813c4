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

// write writes the files to dir, and the block to the README, if one is named. It removes pictures
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
	changed, err := withBlock(string(text), block(r))
	if err != nil || bytes.Equal(text, []byte(changed)) {
		return err
	}
	return os.WriteFile(readme, []byte(changed), 0o644)
}

// block returns the README's part, as seen from the root.
func block(r *results.Results) string { return gains(r, "bench/results") }

const (
	begin = "<!-- bench:begin -->\n"
	end   = "<!-- bench:end -->\n"
)

// withBlock puts the block between its two comments.
func withBlock(text, block string) (string, error) {
	before, rest, ok := strings.Cut(text, begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return "", errors.New(
			"README.md has no lines " + strings.TrimSpace(begin) + " and " + strings.TrimSpace(end),
		)
	}
	return before + begin + "\n" + block + "\n" + end + after, nil
}
