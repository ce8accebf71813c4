package tidy

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// exempt has the directories that do not keep to the form of the code yet. "." is the root's own
// files; every other name stands for all that is below it, too.
var exempt = []string{".", "faults", "internal/peerscript"}

// isExempt reports whether a file, named by its slash-separated path, is in such a directory.
func isExempt(file string) bool {
	dir := path.Dir(file)
	for _, e := range exempt {
		if dir == e || strings.HasPrefix(dir, e+"/") {
			return true
		}
	}
	return false
}

// eachSource calls check with every Go file of the repository that is not exempt, modules in the
// repository included. A package of this module that is used from the module cache has fewer.
func eachSource(t *testing.T, check func(file string, text []byte)) {
	t.Helper()
	seen := 0
	err := fs.WalkDir(os.DirFS(top), ".", func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != "." && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(file) != ".go" || isExempt(file):
			return nil
		}
		text, err := os.ReadFile(filepath.Join(top, filepath.FromSlash(file)))
		if err == nil {
			seen++
			check(file, text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 100 {
		t.Errorf("only %d files were seen", seen)
	}
}

// Exempt is what is listed and what lies below, and nothing else.
func TestExempt(t *testing.T) {
	for file, want := range map[string]bool{
		"loop.go":                               true,
		"faults/cut_test.go":                    true,
		"faults/longrun/main.go":                true,
		"faultsandmore/x.go":                    false,
		"parse/head.go":                         false,
		"internal/tidy/source_test.go":          false,
		"internal/peerscript/peerscript.go":     true,
		"cmd/minlambda/testdata/bootstrap/x.go": false,
	} {
		if got := isExempt(file); got != want {
			t.Errorf("%s: %v", file, got)
		}
	}
}
