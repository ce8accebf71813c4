package tidy

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// eachSource calls check with every Go file of the repository, modules in the repository
// included. A package of this module that is used from the module cache has fewer.
func eachSource(t *testing.T, check func(file string, text []byte)) {
	t.Helper()
	seen := 0
	err := fs.WalkDir(os.DirFS(top), ".", func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != "." && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(file) != ".go":
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
